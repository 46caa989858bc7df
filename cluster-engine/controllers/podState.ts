import type { Pod, PodCondition } from "../../shared/kubernetes/types.ts";
import { findCondition } from "./conditions.ts";

export const isTerminal = (pod: Pod): boolean => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

export const isActive = (pod: Pod): boolean => !isTerminal(pod) && !pod.metadata.deletionTimestamp;

export const isTerminating = (pod: Pod): boolean => !isTerminal(pod) && pod.metadata.deletionTimestamp !== undefined;

export const readyCondition = (pod: Pod): PodCondition | undefined => findCondition(pod.status?.conditions, "Ready");

export const isReady = (pod: Pod): boolean => readyCondition(pod)?.status === "True";

/** When the pod became ready, ms; 0 when it is not. */
export const readySince = (pod: Pod): number => (isReady(pod) ? Date.parse(readyCondition(pod)!.lastTransitionTime ?? "") || 0 : 0);

/** Ready for `minReadySeconds` at `now` (ms). */
export const isAvailable = (pod: Pod, minReadySeconds: number, now: number): boolean =>
  isReady(pod) && (minReadySeconds === 0 || (readySince(pod) > 0 && readySince(pod) + minReadySeconds * 1000 <= now));

/** ms until the next of these pods becomes available; undefined when none will by mere waiting. */
export function nextAvailability(pods: Pod[], minReadySeconds: number, now: number): number | undefined {
  if (minReadySeconds <= 0) return undefined;
  const waits = pods.filter(isReady).map((pod) => readySince(pod) + minReadySeconds * 1000 - now);
  const future = waits.filter((wait) => wait > 0);
  return future.length > 0 ? Math.min(...future) : undefined;
}
