import type { Duplex, Readable, Writable } from "node:stream";
import type { PodLogOptions } from "./podLogOptions.ts";

export interface ContainerTarget {
  namespace: string;
  pod: string;
  container: string;
}

export interface TerminalSize {
  width: number;
  height: number;
}

export interface ExecStreams {
  stdin?: Readable;
  stdout?: Writable;
  /** Absent with a TTY: all output goes to stdout. */
  stderr?: Writable;
  /** Calls back on each new size of the client's terminal. */
  onResize?(listener: (size: TerminalSize) => void): void;
  /** Aborted when the client is gone: the process's streams are closed. */
  signal: AbortSignal;
}

export interface ExecRequest {
  command: string[];
  tty: boolean;
}

/** CPU in nanocores and ns, memory in bytes; times RFC 3339. */
export interface UsageSample {
  time: string;
  cpuNanoCores: number;
  memoryWorkingSetBytes: number;
  networkRxBytes?: number;
  networkTxBytes?: number;
}

/**
 * How the API server reaches a node's kubelet. The composition root supplies one per node.
 * Errors are StatusErrors with the kubelet's own reasons and messages.
 */
export interface NodeConnection {
  /** The bytes of the log; ends by itself unless `follow`. Destroying it stops the kubelet's work. */
  logs(target: ContainerTarget, options: PodLogOptions): Promise<Readable>;
  /** Resolves with the exit code when the process has ended and its output is delivered. */
  exec(target: ContainerTarget, request: ExecRequest, streams: ExecStreams): Promise<number>;
  attach(target: ContainerTarget, request: { tty: boolean }, streams: ExecStreams): Promise<void>;
  /** A connection to a TCP port inside the pod's network namespace. */
  portForward(target: { namespace: string; pod: string }, port: number): Promise<Duplex>;
  /** Usage of the node and of each running container, newest sample last, at most one hour, or the newest `last` samples. */
  nodeUsage(last?: number): UsageSample[];
  podUsage(target: { namespace: string; pod: string }, last?: number): Record<string, UsageSample[]>;
}

/** Finds the connection of a node by name; undefined when no such kubelet is known. */
export type NodeConnections = (nodeName: string) => NodeConnection | undefined;
