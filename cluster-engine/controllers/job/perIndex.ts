import type { Job, Pod } from "../../../shared/kubernetes/types.ts";
import { failureAction } from "./failurePolicy.ts";
import { backoffLeft, finishedAt } from "./failures.ts";
import { parseIndexes } from "./indexes.ts";
import { countedIndex, hasFailed } from "./pods.ts";

const failureCount = "batch.kubernetes.io/job-index-failure-count";
const ignoredCount = "batch.kubernetes.io/job-index-ignored-failure-count";

/** The indexes that have failed for good, by the status and by `tracked` pods. */
export function failedIndexesOf(job: Job, tracked: Pod[]): Set<number> {
  const failed = parseIndexes(job.status?.failedIndexes, job.spec?.completions ?? 0);
  for (const pod of tracked) if (failsIndex(job, pod)) failed.add(countedIndex(job, pod)!);
  return failed;
}

function failsIndex(job: Job, pod: Pod): boolean {
  if (!hasFailed(job, pod)) return false;
  const action = failureAction(job, pod);
  return action === "FailIndex" || (action !== "Ignore" && countOf(pod, failureCount) >= job.spec!.backoffLimitPerIndex!);
}

/** Of each open index, the failed pod that knows of most failures. */
export function awaitedPods(job: Job, tracked: Pod[], isOpen: (index: number) => boolean): Map<number, Pod> {
  const awaited = new Map<number, Pod>();
  for (const pod of tracked) {
    const index = countedIndex(job, pod)!;
    if (!hasFailed(job, pod) || !isOpen(index)) continue;
    const other = awaited.get(index);
    if (!other || (allFailures(other) <= allFailures(pod) && finishedAt(pod) >= finishedAt(other))) awaited.set(index, pod);
  }
  return awaited;
}

/** The annotations by which the next pod of an index knows of the failures before it. */
export function failureAnnotations(job: Job, predecessor: Pod | undefined): Record<string, string> {
  const ignored = predecessor && failureAction(job, predecessor) === "Ignore" ? 1 : 0;
  const counted = predecessor && !ignored ? 1 : 0;
  const ignoredFailures = (predecessor ? countOf(predecessor, ignoredCount) : 0) + ignored;
  return {
    [failureCount]: String((predecessor ? countOf(predecessor, failureCount) : 0) + counted),
    ...(ignoredFailures > 0 ? { [ignoredCount]: String(ignoredFailures) } : {}),
  };
}

/** ms until the pod that follows `predecessor` may be made. */
export const indexBackoff = (predecessor: Pod | undefined, now: number): number =>
  predecessor ? backoffLeft({ count: allFailures(predecessor) + 1, last: finishedAt(predecessor) }, now) : 0;

const allFailures = (pod: Pod): number => countOf(pod, failureCount) + countOf(pod, ignoredCount);

function countOf({ metadata }: Pod, annotation: string): number {
  const text = metadata.annotations?.[annotation] ?? "";
  return /^\d+$/.test(text) ? Number(text) : 0;
}
