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

/** A node in a DecisionTrace. */
export interface NodeTrace {
  name: string;
  /** Every plugin that refuses the node. */
  filters: { plugin: string; reasons: string[] }[];
  scores: { plugin: string; score: number; weight: number }[];
  /** Sum of score × weight; absent when the node was refused, or was the only one left. */
  total?: number;
}

/** The decision on one pod: what "why pending" shows. */
export interface DecisionTrace {
  /** `namespace/name` */
  pod: string;
  uid: string;
  /** The profile that decided. */
  scheduler: string;
  /** ms since the epoch. */
  at: number;
  /** 1 is the first; 0 a dry run. */
  attempt: number;
  /** The chosen node. */
  node?: string;
  /** Why there is none: the message of the FailedScheduling event. */
  message?: string;
  /** Plugins that refused the pod before any node was asked. */
  preFilters: { plugin: string; reasons: string[] }[];
  /** Where pods of lower priority have to leave, and which (`namespace/name`). */
  preemption?: { node: string; victims: string[] };
  nodeCount: number;
  /** How many nodes were asked, and how many of them would do. */
  evaluated: number;
  feasible: number;
  /** How many nodes were refused for each reason. */
  reasons: Record<string, number>;
  /** All that were asked in clusters of up to 100 nodes, else the best and some of the refused. */
  nodes: NodeTrace[];
}

/** A changed world to decide in. Objects replace those of the same name. */
export interface WhatIf {
  /** Decided upon; its `spec.nodeName` is ignored. */
  pod: Pod;
  /** Pods that have a node, more or changed. */
  pods?: Pod[];
  removedPods?: { namespace: string; name: string }[];
  nodes?: Node[];
  removedNodes?: string[];
}

/** What a running scheduler tells. */
export interface SchedulerHandle {
  /** The last attempts to place a pod, newest last. */
  traces(namespace: string, name: string): DecisionTrace[];
  /** What would be decided now if the world were changed so; nothing is written, no extender is asked. */
  whatIf(change: WhatIf): DecisionTrace;
}
