import type { Pod } from "../../shared/kubernetes/types.ts";
import { isReady, readySince } from "./podState.ts";

const phaseOrder: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

const deletionCost = "controller.kubernetes.io/pod-deletion-cost";

/**
 * The pods in the order in which they go when there are too many: unassigned, pending and unready ones first, then the
 * cheaper, those with more siblings on their node, the younger (by magnitude of age), those that restarted more.
 * `rank` counts siblings on the pod's node; `now` in ms.
 */
export function inDeletionOrder(pods: Pod[], rank: (pod: Pod) => number, now: number): Pod[] {
  return [...pods].sort((a, b) => compare(a, b, rank, now));
}

/** Siblings on the same node, by pod. */
export function ranksByNode(related: Pod[]): (pod: Pod) => number {
  const counts = new Map<string, number>();
  for (const { spec } of related) if (spec.nodeName) counts.set(spec.nodeName, (counts.get(spec.nodeName) ?? 0) + 1);
  return (pod) => counts.get(pod.spec.nodeName ?? "") ?? 0;
}

function compare(a: Pod, b: Pod, rank: (pod: Pod) => number, now: number): number {
  return (
    Number(Boolean(a.spec.nodeName)) - Number(Boolean(b.spec.nodeName)) ||
    phaseOf(a) - phaseOf(b) ||
    Number(isReady(a)) - Number(isReady(b)) ||
    costOf(a) - costOf(b) ||
    rank(b) - rank(a) ||
    byMagnitude(readySince(a), readySince(b), a, b, now) ||
    restarts(b) - restarts(a) ||
    byMagnitude(createdAt(a), createdAt(b), a, b, now)
  );
}

const phaseOf = (pod: Pod): number => phaseOrder[pod.status?.phase ?? "Pending"] ?? 0;

const costOf = (pod: Pod): number => Number(pod.metadata.annotations?.[deletionCost] ?? 0) || 0;

const restarts = (pod: Pod): number => Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount));

const createdAt = (pod: Pod): number => Date.parse(pod.metadata.creationTimestamp) || 0;

/** Times compare by the power of two of their age, so that age alone does not always fell the youngest. */
function byMagnitude(a: number, b: number, podA: Pod, podB: Pod, now: number): number {
  if (a === b) return 0;
  if (a === 0 || b === 0) return a === 0 ? -1 : 1;
  const difference = magnitude(now - a) - magnitude(now - b);
  return difference || (podA.metadata.uid < podB.metadata.uid ? -1 : 1);
}

/** Of the age in ns, as Go's durations are. */
const magnitude = (ms: number): number => (ms > 0 ? Math.floor(Math.log2(ms * 1e6)) : -1);
