import type { Log } from "./base/log.ts";

export type RuntimeChoice = "auto" | "docker" | "simulated";

export type CloudChoice = "local" | "simulated";

export interface ClusterOptions {
  /** Holds everything that must survive: store, certificates, kubeconfig, volumes. Created with mode 0700. */
  dataDir: string;
  /** Of the API on 127.0.0.1; 0 picks a free one and keeps it in the data dir. */
  port: number;
  runtime: RuntimeChoice;
  /** How many nodes; with a container engine they share it. */
  nodes: number;
  /** Where nodes and load balancers come from: this machine, or a cloud in memory with zones, quotas and failures. */
  cloud?: CloudChoice;
  /** A JSON file with the simulated cloud's settings. */
  cloudConfig?: string;
  /** Path of a KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1), YAML or JSON. */
  schedulerConfig?: string;
  /** A snapshot that a new data dir begins from: the path of its file. */
  fromSnapshot?: string;
  /** Where the admin kubeconfig is written as well; `dataDir/kubeconfig` always. */
  kubeconfig?: string;
  /** An archive of the image of Wherry's own containers, for engines that don't have it. */
  systemImageArchive?: string;
  log: Log;
  onProgress?(step: StartStep): void;
}

/** A named step of starting, for the screen that shows it. */
export interface StartStep {
  name: "certificates" | "store" | "api" | "controllers" | "runtime" | "network" | "nodes";
  state: "started" | "done" | "failed";
  message?: string;
  /** ms since start. */
  at: number;
}

/** What runs the pods, and what was looked for. */
export interface RuntimeReport {
  name: string;
  version: string;
  simulated: boolean;
  /** Each engine that was tried, with the reason when it can't be used. */
  candidates: { name: string; address: string; problem?: string }[];
  /** Why Services have no traffic; absent when they have. */
  networkProblem?: string;
}

export interface Cluster {
  readonly url: string;
  readonly kubeconfigPath: string;
  /** What was done about a damaged store when it was opened; absent: it was whole. */
  readonly recovery?: string;
  /** Resolves when the pod runtime and the network are up, or it is known that they are not. */
  readonly runtime: Promise<RuntimeReport>;
  /** Stops cleanly; containers keep running unless `pods`. */
  stop(options?: { pods?: boolean }): Promise<void>;
}
