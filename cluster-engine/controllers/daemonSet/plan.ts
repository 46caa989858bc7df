import type { DaemonSet, Node, Pod } from "../../../shared/kubernetes/types.ts";
import { scaledValue } from "../intOrPercent.ts";
import { isAvailable, isReady, isTerminal } from "../podState.ts";
import { type Fit, targetNode } from "./nodes.ts";

export interface DaemonInput {
  set: DaemonSet;
  nodes: Node[];
  pods: Pod[];
  /** From nodeFitter. */
  fit(node: Node): Fit;
  /** Revision hash of the present template. */
  hash: string;
  /** ms */
  now: number;
  /** A pod of this node failed too recently to be replaced again. */
  backsOff(node: string): boolean;
}

export interface DaemonPlan {
  /** Names of nodes that need a pod. */
  create: string[];
  delete: Pod[];
}

const hashLabel = "controller-revision-hash";

const isCurrent = (pod: Pod, hash: string): boolean => pod.metadata.labels?.[hashLabel] === hash;

/** Bound pods before others, then older ones first. */
const byAge = (a: Pod, b: Pod): number =>
  Number(!a.spec.nodeName) - Number(!b.spec.nodeName) || (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1);

/** Daemon pods by node; ended ones that are being deleted count no more. */
export function podsByNode(pods: Pod[]): Map<string, Pod[]> {
  const byNode = new Map<string, Pod[]>();
  for (const pod of pods) {
    const node = targetNode(pod.spec);
    if (!node || (isTerminal(pod) && pod.metadata.deletionTimestamp)) continue;
    byNode.set(node, [...(byNode.get(node) ?? []), pod]);
  }
  return byNode;
}

/** One pod on each node that fits, and none elsewhere. */
export function planDaemons(input: DaemonInput): DaemonPlan {
  const { set, nodes } = input;
  const byNode = podsByNode(input.pods);
  const plan: DaemonPlan = { create: [], delete: [] };
  for (const node of nodes) planNode(input, node, byNode.get(node.metadata.name) ?? [], plan);
  const known = new Set(nodes.map(({ metadata }) => metadata.name));
  for (const [name, pods] of byNode)
    if (!known.has(name)) plan.delete.push(...pods.filter((pod) => !pod.spec.nodeName && !pod.metadata.deletionTimestamp));
  if (plan.create.length + plan.delete.length > 0 || set.spec.updateStrategy?.type === "OnDelete") return plan;
  return limits(set, desired(input)).maxSurge > 0 ? rollWithSurge(input, byNode) : roll(input, byNode);
}

function planNode({ set, hash, now, backsOff, fit }: DaemonInput, node: Node, pods: Pod[], plan: DaemonPlan): void {
  const { shouldRun, mayStay } = fit(node);
  const alive = pods.filter((pod) => !pod.metadata.deletionTimestamp);
  if (!mayStay) return void plan.delete.push(...alive);
  if (shouldRun && pods.length === 0) return void plan.create.push(node.metadata.name);
  plan.delete.push(...alive.filter((pod) => isTerminal(pod) && !(pod.status?.phase === "Failed" && backsOff(node.metadata.name))));
  const running = alive.filter((pod) => !isTerminal(pod)).sort(byAge);
  if (limits(set, 1).maxSurge === 0) return void plan.delete.push(...running.slice(1));
  if (running.length === 0 && shouldRun) return void plan.create.push(node.metadata.name);
  const fresh = running.filter((pod) => isCurrent(pod, hash));
  const old = running.filter((pod) => !isCurrent(pod, hash));
  plan.delete.push(...fresh.slice(1), ...old.slice(1));
  const [newest, oldest] = [fresh[0], old[0]];
  if (newest && oldest && (!isReady(oldest) || isAvailable(newest, set.spec.minReadySeconds ?? 0, now))) plan.delete.push(oldest);
}

function desired({ nodes, fit }: DaemonInput): number {
  return nodes.filter((node) => fit(node).shouldRun).length;
}

function limits(set: DaemonSet, total: number): { maxSurge: number; maxUnavailable: number } {
  const { maxSurge, maxUnavailable } = set.spec.updateStrategy?.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge, total, "up");
  const unavailable = scaledValue(maxUnavailable ?? 1, total, "up");
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** The pods of a node that are not on their way out; undefined when there are several of one revision. */
function byRevision(pods: Pod[], hash: string): { fresh?: Pod; old?: Pod } | undefined {
  const alive = pods.filter((pod) => !pod.metadata.deletionTimestamp);
  const fresh = alive.filter((pod) => isCurrent(pod, hash));
  const old = alive.filter((pod) => !isCurrent(pod, hash));
  return fresh.length > 1 || old.length > 1 ? undefined : { fresh: fresh[0], old: old[0] };
}

/** Old pods go first, as many as may be missing; unavailable ones always. */
function roll(input: DaemonInput, byNode: Map<string, Pod[]>): DaemonPlan {
  const { set, hash, now } = input;
  const available = (pod: Pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, now);
  let unavailable = 0;
  const broken: Pod[] = [];
  const outdated: Pod[] = [];
  for (const pods of byNode.values()) {
    const { fresh, old } = byRevision(pods, hash) ?? {};
    const only = fresh && old ? undefined : (fresh ?? old);
    if (!only || !available(only)) unavailable++;
    if (only && only === old) (available(old) ? outdated : broken).push(old);
  }
  const room = Math.max(0, limits(set, desired(input)).maxUnavailable - unavailable);
  return { create: [], delete: [...broken, ...outdated.slice(0, room)] };
}

/**
 * New pods come first, beside the old ones, as many as may be too much. Where none should run any more the old one goes
 * once enough run elsewhere.
 */
function rollWithSurge(input: DaemonInput, byNode: Map<string, Pod[]>): DaemonPlan {
  const { set, nodes, hash, now, fit } = input;
  const available = (pod: Pod | undefined) => pod !== undefined && isAvailable(pod, set.spec.minReadySeconds ?? 0, now);
  const welcome = new Set(nodes.filter((node) => fit(node).shouldRun).map(({ metadata }) => metadata.name));
  let surge = 0;
  let running = 0;
  const create = { needed: [] as string[], wanted: [] as string[] };
  const leave = { now: [] as Pod[], later: [] as Pod[] };
  for (const [node, pods] of byNode) {
    const found = byRevision(pods, hash);
    if (available(found?.old ?? found?.fresh)) running++;
    if (!found || (found.old && found.fresh && !available(found.fresh))) surge++;
    else if (found.old && found.fresh) leave.now.push(found.old);
    else if (found.old && welcome.has(node)) create[available(found.old) ? "wanted" : "needed"].push(node);
    else if (found.old) leave[available(found.old) ? "later" : "now"].push(found.old);
  }
  const room = Math.max(0, limits(set, welcome.size).maxSurge - surge);
  return {
    create: [...create.needed, ...create.wanted.slice(0, room)],
    delete: [...leave.now, ...leave.later.slice(0, Math.max(0, running - welcome.size))],
  };
}

/** What the status should count. */
export function countDaemons(input: DaemonInput) {
  const { set, nodes, hash, now, fit } = input;
  const byNode = podsByNode(input.pods);
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, updated: 0, available: 0 };
  for (const node of nodes) {
    const [pod] = (byNode.get(node.metadata.name) ?? []).sort(byAge);
    const { shouldRun } = fit(node);
    if (shouldRun) counts.desired++;
    if (!pod) continue;
    if (!shouldRun) {
      counts.misscheduled++;
      continue;
    }
    counts.current++;
    if (isReady(pod)) counts.ready++;
    if (isAvailable(pod, set.spec.minReadySeconds ?? 0, now)) counts.available++;
    if (isCurrent(pod, hash)) counts.updated++;
  }
  return counts;
}
