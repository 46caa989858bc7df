import type { Pod } from "../../../shared/kubernetes/types.ts";
import { backoffDelay } from "../../base/backoff.ts";
import { findCondition } from "../conditions.ts";

/** ms; between a failed pod and the next. */
const podBackoff = { base: 10_000, max: 600_000 };

/** Failures since the last success. */
export interface Failures {
  count: number;
  /** When the last one was, ms. */
  last: number;
}

/** What is on record once these pods have ended as well. */
export function failuresAfter(before: Failures | undefined, succeeded: Pod[], failed: Pod[]): Failures | undefined {
  const lastSuccess = Math.max(...succeeded.map(finishedAt));
  const later = failed.map(finishedAt).filter((at) => at > lastSuccess);
  const known = succeeded.length > 0 ? 0 : (before?.count ?? 0);
  if (later.length === 0) return known > 0 ? before : undefined;
  return { count: known + later.length, last: Math.max(...later) };
}

/** ms until the next pod may be made. */
export const backoffLeft = (failures: Failures | undefined, now: number): number =>
  failures ? Math.max(0, failures.last + backoffDelay(failures.count - 1, podBackoff) - now) : 0;

/** When the pod ended, as well as one can tell; ms. */
export function finishedAt(pod: Pod): number {
  const { metadata, status } = pod;
  const ready = findCondition(status?.conditions, "Ready");
  const deletion = metadata.deletionTimestamp;
  return (
    containersFinished(pod) ||
    (ready?.status === "False" ? Date.parse(ready.lastTransitionTime ?? "") : 0) ||
    (deletion ? Date.parse(deletion) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000 : 0) ||
    Date.parse(metadata.creationTimestamp)
  );
}

/** The end of the last container, sidecars included; 0 when one has not ended. */
function containersFinished({ spec, status }: Pod): number {
  const sidecars = new Set((spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always").map(({ name }) => name));
  const started = (status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name));
  const ends = [...(status?.containerStatuses ?? []), ...started].map(({ state }) => Date.parse(state?.terminated?.finishedAt ?? "") || 0);
  return ends.length > 0 && !ends.includes(0) ? Math.max(...ends) : 0;
}
