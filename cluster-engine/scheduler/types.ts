import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { Node, Pod } from "../../shared/kubernetes/types.ts";
import type { ResourceType } from "../api/resourceType.ts";
import type { Change } from "./change.ts";
import type { NodeInfo } from "./nodeInfo.ts";

/** What a plugin says of a pod on a node; undefined is success. */
export interface Verdict {
  /** `unresolvable`: removing other pods would not help. */
  code: "unschedulable" | "unresolvable";
  reasons: string[];
}

/** All nodes as one attempt sees them: nothing changes while it runs. */
export interface Snapshot {
  /** In the order in which they are visited: zones take turns. */
  readonly nodes: readonly NodeInfo[];
  get(name: string): NodeInfo | undefined;
  /** Pods on nodes counted by some rule; the counts are kept up to date from the first time they are asked for. */
  tally(request: TallyRequest): Tally;
  /** The affinity terms of placed pods that may be about pods of a namespace. */
  terms(kind: TermKind, namespace: string): Iterable<TermTally>;
  /** Which nodes share a value of a label. */
  topology(key: string): Topology;
}

/** Nodes grouped by the value that they have of one label. */
export interface Topology {
  readonly key: string;
  /** Number of values. */
  readonly size: number;
  /** The number of the node's value, from 0; -1 when the node does not have the label. */
  domainOf(node: NodeInfo): number;
}

/** A rule by which pods are counted. */
export interface TallyRequest {
  /** Equal keys mean equal rules. */
  key: string;
  /** Only pods of this namespace count; absent: `of` looks at all pods. */
  namespace?: string;
  of(pod: Pod): number;
}

/** How many, node by node. */
export interface Tally {
  /** Per node of this snapshot, by `NodeInfo.slot`. */
  readonly counts: Int32Array;
  readonly total: number;
  of(pod: Pod): number;
}

/** Affinity terms that placed pods have: equal ones of equal owners' namespaces are one. */
export type TermKind = "requiredAffinity" | "requiredAntiAffinity" | "preferredAffinity" | "preferredAntiAffinity";

export interface TermTally extends Tally {
  readonly topologyKey: string;
  readonly weight: number;
  matches(pod: Pod, namespaceLabels: Readonly<Record<string, string>> | undefined): boolean;
}

/** What one attempt to place one pod sees. */
export interface Cycle {
  pod: Pod;
  snapshot: Snapshot;
}

/** The score part of a plugin, for the nodes that passed all filters. */
export interface Scoring {
  /** Higher is better; any range when `normalize` brings it to 0…100. */
  score(node: NodeInfo): number;
  normalize?(scores: number[], nodes: readonly NodeInfo[]): number[];
}

/**
 * A plugin's part in one attempt: what it worked out beforehand (PreFilter) and the extension points that read it.
 * Up to `scoring` all is pure; only the rest may have effects.
 */
export interface PluginRun {
  /** PreFilter: no node can do. The others are asked all the same unless it is `unresolvable`. */
  refusal?: Verdict;
  /** PreFilter: only these can do. */
  nodeNames?: ReadonlySet<string>;
  /** Filter. `change` is there when `node` is a trial. */
  filter?(node: NodeInfo, change?: Change): Verdict | undefined;
  /** PreScore: undefined when the plugin has no opinion on this pod. */
  scoring?(nodes: readonly NodeInfo[]): Scoring | undefined;
  /** Takes what the pod needs on the chosen node, in memory. `unreserve` undoes it and never fails. */
  reserve?(node: NodeInfo): Verdict | undefined;
  unreserve?(node: NodeInfo): void;
  /** Permit: resolves when the pod may be bound, or with why not. */
  permit?(node: NodeInfo): Promise<Verdict | undefined> | undefined;
  /** Whether `preBind` has something to do. */
  needsPreBind?(node: NodeInfo): boolean;
  preBind?(node: NodeInfo, signal: AbortSignal): Promise<void>;
  /** True when this plugin bound the pod. */
  bind?(node: NodeInfo): Promise<boolean>;
  postBind?(node: NodeInfo): void;
}

/** A failed attempt, for PostFilter. */
export interface Failure {
  cycle: Cycle;
  /** Why each node was refused; nodes that were never asked are absent. */
  refusals: ReadonlyMap<string, Verdict>;
  /** Why the pod does not fit on a trial of a node; undefined when it does. */
  fits(node: NodeInfo, change: Change): Verdict | undefined;
}

/** PostFilter's answer. */
export interface PostFilterResult {
  /** What it says of its failure. */
  message?: string;
  /** The node on which room will be made; "" forgets an earlier one. */
  nominatedNode?: string;
  /** Who has to leave it. */
  victims?: readonly Pod[];
  /** What has to be done for it, in the background. */
  act?(): Promise<void>;
  /** No plugin after this one is asked. */
  final?: boolean;
}

export const extensionPoints = [
  "preEnqueue",
  "queueSort",
  "preFilter",
  "filter",
  "postFilter",
  "preScore",
  "score",
  "reserve",
  "permit",
  "preBind",
  "bind",
  "postBind",
] as const;

export type ExtensionPoint = (typeof extensionPoints)[number];

/** An extension of the scheduler, as kube-scheduler's framework has it. */
export interface Plugin {
  readonly name: string;
  /** PreEnqueue: a message keeps the pod out of the queue. */
  preEnqueue?(pod: Pod): string | undefined;
  /** QueueSort: negative when `a` goes first. */
  compare?(a: Queued, b: Queued): number;
  /** PreFilter: undefined when it has nothing to say about this pod. */
  begin?(cycle: Cycle): PluginRun | undefined;
  /** PostFilter; `run` is absent when the attempt ended before this plugin began. */
  postFilter?(failure: Failure, run: PluginRun | undefined): PostFilterResult | Promise<PostFilterResult>;
  /** Queueing hint: whether an event may make a pod that this plugin refused schedulable. */
  wakesOn(event: ClusterEvent, pod: Pod): boolean;
}

export interface Queued {
  pod: Pod;
  /** Order of arrival in the queue. */
  arrival: number;
}

export type ClusterEvent =
  | { type: "nodeAdded"; node: Node }
  | { type: "nodeDeleted"; node: Node }
  | { type: "nodeUpdated"; node: Node; old: Node }
  /** Pods that have a node. */
  | { type: "podBound"; pod: Pod }
  | { type: "podDeleted"; pod: Pod }
  | { type: "podUpdated"; pod: Pod; old: Pod }
  /** The waiting pod itself changed. */
  | { type: "self"; pod: Pod; old: Pod }
  /** Any other object that plugins read. */
  | { type: "added" | "updated" | "deleted"; resource: ResourceType["resource"]; object: KubeObject; old?: KubeObject };

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
