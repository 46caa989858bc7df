import type { ObjectRef, ResourceRef, StatusClass, ViewMessage } from "./contract.ts";

// What streams and requests tell that is more than rows and objects.

export interface LogEntry {
  seq: number;
  /** ms since the epoch. */
  at: number;
  pod: string;
  container: string;
  text: string;
  /** Instead of a line: something that happened to the source. */
  marker?: "started" | "restarted" | "ended" | "lost" | "error";
}

export interface MetricsMessage {
  /** Where the numbers come from, or why there are none. */
  source: "kubelet" | "metrics-server" | "none";
  message?: string;
  /** One per container or node; times ms since the epoch, cpu in cores, memory in bytes. */
  series: {
    name: string;
    samples: { at: number; cpu: number; memory: number }[];
    cpuRequest?: number;
    cpuLimit?: number;
    memoryRequest?: number;
    memoryLimit?: number;
  }[];
}

export interface HomeMessage {
  problems: { cause: string; status: StatusClass; count: number; objects: ObjectRef[]; next: string }[];
  apps: { name: string; namespace: string; owner: ObjectRef; ready: number; desired: number; status: StatusClass; url?: string }[];
  nodes: {
    name: string;
    status: StatusClass;
    text: string;
    pods: number;
    maxPods: number;
    cpu?: number;
    cpuCapacity: number;
    memory?: number;
    memoryCapacity: number;
  }[];
  recent: { at: number; type: string; reason: string; message: string; object: ObjectRef; kind: string }[];
  counts: { resource: ResourceRef; total: number; failing: number }[];
  freshness: NonNullable<ViewMessage["freshness"]>;
}

/** A port of 127.0.0.1 that leads to a pod, Service or workload. */
export interface ForwardState {
  id: string;
  cluster: string;
  object: ObjectRef;
  /** Number or name; absent: the first. */
  port?: string;
  /** 0 until one was chosen. */
  localPort: number;
  state: "starting" | "running" | "stopped" | "failed";
  /** Why it failed, or the last connection did. */
  problem?: string | undefined;
  /** The pod that the last connection went to. */
  pod?: string;
  remembered: boolean;
  connections: number;
  /** Bytes. */
  sent: number;
  received: number;
}

export interface PaletteHit {
  kind: "object" | "resource" | "cluster" | "namespace";
  title: string;
  subtitle: string;
  cluster: string;
  object?: ObjectRef;
  resource?: ResourceRef;
}

/** A cluster's whole state, kept. */
export interface Snapshot {
  name: string;
  /** ms since the epoch. */
  at: number;
  objects: number;
  bytes: number;
}
