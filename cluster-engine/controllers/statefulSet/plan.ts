import type { Pod, StatefulSet } from "../../../shared/kubernetes/types.ts";
import { scaledValue } from "../intOrPercent.ts";
import { isAvailable, isReady, isTerminal } from "../podState.ts";
import { firstOrdinal, ordinalOf, revisionOf } from "./identity.ts";

/** What a run does: pods to create by ordinal, pods to delete. */
export interface Plan {
  create: number[];
  delete: Pod[];
}

export interface PlanInput {
  set: StatefulSet;
  pods: Pod[];
  updateRevision: string;
  /** ms */
  now: number;
}

export const wantedReplicas = ({ spec }: StatefulSet): number => spec.replicas ?? 1;

const isRunningReady = (pod: Pod): boolean => pod.status?.phase === "Running" && isReady(pod);

/**
 * Which pods come and go now. In order (OrderedReady): one at a time, each once its predecessors are ready, scaling down
 * from the highest ordinal. Parallel: all at once. Updates replace one pod at a time, from the highest ordinal down to
 * the partition.
 */
export function planStatefulSet(input: PlanInput): Plan {
  const { set, pods, now } = input;
  if (set.metadata.deletionTimestamp) return { create: [], delete: [] };
  const ordered = set.spec.podManagementPolicy !== "Parallel";
  const { replicas, condemned } = divide(set, pods);
  const available = (pod: Pod) => isRunningReady(pod) && isAvailable(pod, set.spec.minReadySeconds ?? 0, now);
  const plan: Plan = { create: [], delete: [] };
  for (const [ordinal, pod] of replicas) {
    if (pod && isTerminal(pod)) {
      if (!pod.metadata.deletionTimestamp) plan.delete.push(pod);
      if (ordered) return plan;
    } else if (!pod) {
      plan.create.push(ordinal);
      if (ordered) return plan;
    } else if (ordered && (pod.metadata.deletionTimestamp || !available(pod))) return plan;
  }
  const firstUnhealthy = condemned.filter((pod) => !available(pod) || pod.metadata.deletionTimestamp).at(-1);
  for (const pod of condemned) {
    if (!pod.metadata.deletionTimestamp && (!ordered || available(pod) || pod === firstUnhealthy)) plan.delete.push(pod);
    if (ordered) return plan;
  }
  if (plan.create.length + plan.delete.length > 0) return plan;
  return { create: [], delete: outdated(input, replicas, available) };
}

/** Pods of an older revision that may go now: as many as may be unavailable, from the highest ordinal down to the partition. */
function outdated({ set, updateRevision }: PlanInput, replicas: Map<number, Pod | undefined>, available: (pod: Pod) => boolean): Pod[] {
  const { type, rollingUpdate: { partition = 0, maxUnavailable } = {} } = set.spec.updateStrategy ?? {};
  if (type === "OnDelete") return [];
  const isUp = (pod: Pod | undefined) => pod !== undefined && !pod.metadata.deletionTimestamp && available(pod);
  const isOld = (pod: Pod | undefined) => pod !== undefined && !pod.metadata.deletionTimestamp && revisionOf(pod) !== updateRevision;
  const descending = [...replicas].reverse().filter(([ordinal]) => ordinal - firstOrdinal(set) >= partition);
  if (maxUnavailable === undefined) {
    // One after the other, a broken one as well: the first that is not both new and up decides.
    const next = descending.map(([, pod]) => pod).find((pod) => isOld(pod) || !isUp(pod));
    return isOld(next) ? [next!] : [];
  }
  const down = [...replicas.values()].filter((pod) => !isUp(pod)).length;
  const allowed = Math.max(1, scaledValue(maxUnavailable, wantedReplicas(set), "down")) - down;
  return descending.flatMap(([, pod]) => (isOld(pod) ? [pod!] : [])).slice(0, Math.max(0, allowed));
}

/** The pods by wanted ordinal, ascending, and those beyond, highest first. */
export function divide(set: StatefulSet, pods: Pod[]): { replicas: Map<number, Pod | undefined>; condemned: Pod[] } {
  const start = firstOrdinal(set);
  const replicas = new Map<number, Pod | undefined>(Array.from({ length: wantedReplicas(set) }, (_, i) => [start + i, undefined]));
  const condemned: [number, Pod][] = [];
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod);
    if (ordinal === undefined) continue;
    if (replicas.has(ordinal)) replicas.set(ordinal, pod);
    else condemned.push([ordinal, pod]);
  }
  return { replicas, condemned: condemned.sort(([a], [b]) => b - a).map(([, pod]) => pod) };
}

/** A new pod below the partition still gets the current revision. */
export function revisionFor(set: StatefulSet, ordinal: number, current: string, update: string): string {
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  if (type === "OnDelete") return update;
  const below = rollingUpdate ? (rollingUpdate.partition ?? 0) : (set.status?.currentReplicas ?? 0);
  return ordinal - firstOrdinal(set) < below ? current : update;
}
