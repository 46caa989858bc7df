import type { Duplex } from "node:stream";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { Transport } from "../client/types.ts";
import type { ContainerRuntime } from "../runtime/types.ts";

export interface NetworkOptions {
  /** Authenticated as `system:kube-proxy`; needs the rights of README.md. */
  transport: Transport;
  runtime: ContainerRuntime;
  clock: Clock;
  random: Random;
  log: Log;
  systemImage?: SystemImage;
  /** Where the API server listens on 127.0.0.1: pods reach it through the agent. */
  apiServerPort: number;
  /** Of the `kube-dns` Service: 10.96.0.10. */
  dnsIP?: string;
  /** `cluster.local` */
  clusterDomain?: string;
  serviceCIDR?: string;
  /** As `runtime.podNetwork()` says, which is asked anyway. */
  podCIDR?: string;
  /** Where pods find the API server inside the pod network: the honest endpoint of the `kubernetes` Service. Called again when it changes. */
  onApiAddress(ip: string, port: number): void;
  /** Keeps how the agent is reached, mode 0600. */
  dataDir: string;
}

/** The image of the pods' pause container and of the network agent. */
export interface SystemImage {
  /** `wherry/system:1` */
  name: string;
  /** An archive that holds it, gzipped or not: loaded when the engine has no such image. */
  archive?: string;
}

export interface Network {
  /** Why Services have no traffic, or undefined when they have. */
  readonly problem: string | undefined;
  /** A connection to an address of the pod network. @throws Error `connect ECONNREFUSED …` as from net.connect. */
  dialPod(host: string, port: number): Promise<Duplex>;
  /**
   * Resolves when Service addresses work in the sandbox. To be awaited before its first container starts. At once for
   * sandboxes in the host's network, where there is nothing to do.
   * @throws Error when they can't be made to work; the pod then has no Services.
   */
  podNetworkReady(sandbox: PodSandbox): Promise<void>;
  /** Ends our part: listeners and tunnel. Rules and DNS in the pods go on working, unless `keepRunning` is false. */
  close(options?: { keepRunning?: boolean }): Promise<void>;
}

export interface PodSandbox {
  id: string;
}
