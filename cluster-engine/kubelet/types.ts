import type { Duplex } from "node:stream";
import type { NodeConnection } from "../api/nodeConnection.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { Turns } from "../base/turns.ts";
import type { EventRecorder } from "../client/events.ts";
import type { Client, Informer, Transport } from "../client/types.ts";
import type { Service } from "../../shared/kubernetes/types.ts";
import type { ContainerRuntime } from "../runtime/types.ts";

export interface KubeletOptions {
  nodeName: string;
  /** Authenticated as `system:node:<nodeName>` in `system:nodes`. */
  transport: Transport;
  runtime: ContainerRuntime;
  clock: Clock;
  random: Random;
  log: Log;
  /** Holds the pods' volumes, hosts files and termination messages under `pods/<uid>`. Must be visible to the container engine. */
  dataDir: string;
  /** Address of the cluster's DNS Service. */
  clusterDNS: string;
  clusterDomain: string;
  /** InternalIP of the node; pods with host network have it too. */
  nodeIP?: string;
  /** Labels of the node besides the usual ones. */
  nodeLabels?: Record<string, string>;
  /** Folder of manifests that run without the scheduler. */
  staticPodPath?: string;
  maxPods?: number;
  /** `external`: the node waits for a cloud controller to initialize it, and its addresses come from there. */
  cloudProvider?: "external";
  /** Of the node's machine; the container engine's own when absent. */
  capacity?: { cpus: number; memoryBytes: number };
  /** Pulls at the same time; 1 is Kubernetes' serializeImagePulls. */
  maxParallelImagePulls?: number;
  /** Reaches pod addresses where this process can't: probes and port-forward go through it. */
  dialPod?: (host: string, port: number) => Promise<Duplex>;
  /** Resolves when Service addresses work in a new sandbox: its containers start after that. */
  podNetworkReady?: (sandbox: { id: string }) => Promise<void>;
  /** Kubernetes version that the node reports. */
  version?: string;
  /** Which part of its period each repeated task waits before its first turn, above 0 to 1 (the default): spreads many nodes in time. */
  phase?: number;
  /** Whether containers have files: volumes, hosts file, last words. True unless told otherwise; many simulated ones need none. */
  writesFiles?: boolean;
  /** Pods prepare their start in turns, if need be together with those of other nodes; all at once when absent. */
  podTurns?: Turns;
  /** All Services; watched by the kubelet itself when absent. */
  services?: Informer<Service>;
}

export interface Kubelet extends NodeConnection {
  readonly nodeName: string;
  /** Resolves when the node is registered, what ran is adopted and pods are being synced. */
  readonly started: Promise<void>;
  /** Ends all work. Containers keep running unless `keepPods` is false. */
  stop(options?: { keepPods?: boolean }): Promise<void>;
}

/** What every part of a kubelet works with. */
export interface KubeletContext {
  nodeName: string;
  nodeIP: string;
  client: Client;
  runtime: ContainerRuntime;
  /** `docker`: the scheme of container ids in statuses. */
  runtimeName: string;
  clock: Clock;
  random: Random;
  log: Log;
  recorder: EventRecorder;
  dataDir: string;
  clusterDNS: string;
  clusterDomain: string;
  /** See KubeletOptions. */
  phase: number;
  dialPod: ((host: string, port: number) => Promise<Duplex>) | undefined;
  podNetworkReady: ((sandbox: { id: string }) => Promise<void>) | undefined;
}
