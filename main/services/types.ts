import type { EngineState } from "../../shared/contract.ts";
import type { ServicesPort } from "./port/types.ts";
import type { Clock } from "./time.ts";

/** How services see the engine that the host supervises. */
export interface EngineControl {
  /** The last known state. */
  state(): EngineState;
  /** Calls back on each change. */
  subscribe(listener: () => void): Disposable;
  /** `fromSnapshot`: what is stored is set aside, and the cluster goes on from its newest snapshot. */
  start(options: { fromSnapshot: boolean }): Promise<void>;
  /** Pods keep running unless `pods`. */
  stop(options: { pods: boolean }): Promise<void>;
}

export interface ServicesOptions {
  /** Kubeconfig files whose contexts are offered, in order; missing files are watched for. */
  kubeconfigPaths: string[];
  /** The kubeconfig of the local cluster, which becomes the cluster `local`; the file may appear later. */
  localKubeconfig: string;
  /** Where services keep their settings. Mode 0700. */
  dataDir: string;
  engine: EngineControl;
  /** The first window, if there is one already. */
  port?: ServicesPort;
  clock?: Clock;
}

export interface Services {
  /** Serves one more window, until its port closes. */
  connect(port: ServicesPort): void;
  close(): Promise<void>;
}
