import type { Job, Pod } from "../../../shared/kubernetes/types.ts";
import { isActive } from "../podState.ts";
import { failureAction } from "./failurePolicy.ts";
import { parseIndexes } from "./indexes.ts";
import { awaitedPods, failedIndexesOf } from "./perIndex.ts";
import { countedIndex, hasFailed, hasLimitPerIndex, isIndexed, isTracked } from "./pods.ts";

/** What the pods of a Job have come to: what the status has counted, what it has noted, and what it does not know yet. */
export interface Tally {
  succeeded: number;
  failed: number;
  /** Of an indexed Job; those that the status knows, and all. */
  completedBefore: Set<number>;
  completed: Set<number>;
  /** Of a Job with a backoff limit per index. */
  failedIndexes: Set<number> | undefined;
  /** Index → its last failed pod, held back until the one that takes its place carries its count of failures. */
  awaited: Map<number, Pod>;
  newlySucceeded: Pod[];
  newlyFailed: Pod[];
}

export function tallyOf(job: Job, pods: Pod[]): Tally {
  const noted = job.status?.uncountedTerminatedPods ?? {};
  const tracked = pods.filter((pod) => isTracked(pod) && (!isIndexed(job) || countedIndex(job, pod) !== undefined));
  const fresh = (known: string[] = []) => tracked.filter(({ metadata }) => !known.includes(metadata.uid));
  const newlySucceeded = fresh(noted.succeeded).filter(({ status }) => status?.phase === "Succeeded");
  const newlyFailed = fresh(noted.failed).filter((pod) => hasFailed(job, pod));
  const completions = job.spec?.completions ?? 0;
  const completedBefore = parseIndexes(job.status?.completedIndexes, completions);
  const completed = new Set([...completedBefore, ...(isIndexed(job) ? newlySucceeded.map((pod) => countedIndex(job, pod)!) : [])]);
  const failedIndexes = hasLimitPerIndex(job) ? failedIndexesOf(job, tracked) : undefined;
  const active = new Set(pods.filter(isActive).map((pod) => countedIndex(job, pod)));
  const isOpen = (index: number) => !completed.has(index) && !failedIndexes?.has(index) && !active.has(index);
  const counted = newlyFailed.filter((pod) => failureAction(job, pod) !== "Ignore");
  return {
    succeeded: isIndexed(job) ? completed.size : (job.status?.succeeded ?? 0) + (noted.succeeded?.length ?? 0) + newlySucceeded.length,
    failed: (job.status?.failed ?? 0) + (noted.failed?.length ?? 0) + counted.length,
    completedBefore,
    completed,
    failedIndexes,
    awaited: failedIndexes ? awaitedPods(job, tracked, isOpen) : new Map(),
    newlySucceeded,
    newlyFailed,
  };
}
