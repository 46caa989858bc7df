import type { LoadBalancerStatus, Node, NodeAddress, Service } from "../../shared/kubernetes/types.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { Transport } from "../client/types.ts";

// What a cloud provider does for a cluster, in the terms of k8s.io/cloud-provider. Calls are idempotent; their errors are
// shown to the user in events.

export interface LoadBalancers {
  /** The load balancer's status; undefined when there is none. */
  status(service: Service): Promise<LoadBalancerStatus | undefined>;
  /** Creates or updates it, and answers where it is reached. */
  ensure(service: Service, nodes: Node[]): Promise<LoadBalancerStatus>;
  /** Sends its traffic to these nodes from now on. */
  update(service: Service, nodes: Node[]): Promise<void>;
  ensureDeleted(service: Service): Promise<void>;
}

export interface InstanceMetadata {
  /** `provider://…`; never changes once the node has it. */
  providerID: string;
  instanceType: string;
  zone: string;
  region: string;
  /** Absent: the kubelet's own stay. */
  addresses?: NodeAddress[];
}

/** What a cloud provider knows of a node's machine. */
export interface Instances {
  exists(node: Node): Promise<boolean>;
  isShutDown(node: Node): Promise<boolean>;
  /** @throws Error when there is no such instance (yet). */
  metadata(node: Node): Promise<InstanceMetadata>;
}

/** Brings packets for a node's pods to the node. */
export interface Route {
  name: string;
  targetNode: string;
  destinationCIDR: string;
  /** Leads nowhere: its target is gone. */
  blackhole?: boolean;
}

export interface Routes {
  list(): Promise<Route[]>;
  create(route: Route): Promise<void>;
  delete(route: Route): Promise<void>;
}

/** A machine that a cloud runs for a node. */
export interface Machine {
  name: string;
  instanceType: string;
  zone: string;
  region: string;
  capacity: { cpus: number; memoryBytes: number; maxPods: number };
}

export type MachineState = "running" | "stopped" | "terminated";

/** Where a cloud runs the nodes themselves; absent when nodes come from elsewhere. */
export interface Machines {
  /** Starts a machine and resolves when it runs. @throws Error when the cloud has none, or fails to. */
  launch(name: string): Promise<Machine>;
  /** The machine of this name, if there ever was one. */
  of(name: string): Machine | undefined;
  /** Told when a machine that ran stops, is lost, or runs again. */
  onChange(listener: (name: string, state: MachineState) => void): Disposable;
}

export interface CloudProvider {
  /** `local`, `simulated`. */
  name: string;
  loadBalancers: LoadBalancers;
  instances: Instances;
  /** Absent: pods find each other without the cloud. */
  routes?: Routes;
  /** Absent: nodes are not made by this cloud, and need no initialization by it. */
  machines?: Machines;
  /** What else runs with the controllers: where the provider is operated. */
  runConsole?(options: { transport: Transport; clock: Clock; random: Random; log: Log }): Disposable;
}
