import type { Node, Pod } from "../../shared/kubernetes/types.ts";
import type { NodeInfo } from "./nodeInfo.ts";

/** What a plugin says of a pod on a node; undefined is success. */
export interface Verdict {
  /** `unresolvable`: removing other pods would not help. */
  code: "unschedulable" | "unresolvable";
  reasons: string[];
}

/** What one attempt to place one pod sees: nothing changes while it runs. */
export interface Cycle {
  pod: Pod;
  /** All nodes, in order of name. */
  nodes: readonly NodeInfo[];
}

/** The pre-computed part of a plugin for one cycle. */
export interface PluginRun {
  filter?(node: NodeInfo): Verdict | undefined;
  /** Higher is better; any range when `normalize` brings it to 0…100. */
  score?(node: NodeInfo): number;
  normalize?(scores: number[]): number[];
}

/** An extension of the scheduler, as kube-scheduler's framework has it. */
export interface Plugin {
  readonly name: string;
  /** How much its score counts; plugins that only filter have none. */
  readonly weight?: number;
  /** Sees a pod before it is queued; a message keeps it out of the queue. */
  gate?(pod: Pod): string | undefined;
  /** Undefined when it has nothing to say about this pod. */
  begin(cycle: Cycle): PluginRun | undefined;
  /** Whether a change of the cluster may make a pod that this plugin refused schedulable. */
  wakesOn(event: ClusterEvent, pod: Pod): boolean;
}

export type ClusterEvent =
  | { type: "nodeAdded" | "nodeUpdated"; node: Node; old?: Node }
  | { type: "podBound" | "podUpdated" | "podDeleted"; pod: Pod }
  /** The pod itself changed. */
  | { type: "self" };

/** The decision on one pod, with every plugin's verdict and score for every node: what "why pending" shows. */
export interface SchedulingTrace {
  pod: string;
  /** ms since the epoch. */
  at: number;
  attempt: number;
  node?: string;
  message?: string;
  nodes: {
    name: string;
    filters: { plugin: string; reasons: string[] }[];
    scores: { plugin: string; score: number; weight: number }[];
    total?: number;
  }[];
}
