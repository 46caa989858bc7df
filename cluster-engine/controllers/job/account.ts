import type { Job, Pod } from "../../../shared/kubernetes/types.ts";
import { formatIndexes, parseIndexes } from "./indexes.ts";
import { failureAction } from "./failurePolicy.ts";
import { hasFailed, indexOf, isIndexed, isTracked } from "./pods.ts";

/** What the pods of a Job have come to, those that the status has counted included. */
export interface Account {
  succeeded: number;
  failed: number;
  /** Of an indexed Job. */
  completedIndexes: Set<number>;
  /** uids of ended pods that the status does not count yet. */
  uncounted: { succeeded: string[]; failed: string[] };
  /** Ended pods that the Job still holds back. */
  ended: Pod[];
  newlyFailed: Pod[];
  newlySucceeded: Pod[];
}

/**
 * `ending`: the Job is over, so that every pod counts, running ones as failed. A pod is counted once: first its uid is
 * noted in the status, then its finalizer goes, then it moves to the count.
 */
export function account(job: Job, pods: Pod[], ending: boolean): Account {
  const noted = job.status?.uncountedTerminatedPods ?? {};
  const tracked = new Set(pods.filter(isTracked).map(({ metadata }) => metadata.uid));
  const settled = { succeeded: settledOf(noted.succeeded, tracked), failed: settledOf(noted.failed, tracked) };
  const known = new Set([...settled.succeeded.kept, ...settled.failed.kept]);
  const ended = pods.filter(
    (pod) => isTracked(pod) && (pod.status?.phase === "Succeeded" || hasFailed(job, pod) || (ending && pod.metadata.deletionTimestamp !== undefined)),
  );
  const fresh = ended.filter(({ metadata }) => !known.has(metadata.uid));
  const newlySucceeded = fresh.filter((pod) => pod.status?.phase === "Succeeded");
  const newlyFailed = fresh.filter((pod) => pod.status?.phase !== "Succeeded" && failureAction(job, pod) !== "Ignore");
  const completions = job.spec?.completions ?? 0;
  const completedIndexes = parseIndexes(job.status?.completedIndexes, completions);
  if (isIndexed(job)) for (const index of newlySucceeded.map(indexOf)) if (index !== undefined && index < completions) completedIndexes.add(index);
  const uncounted = {
    succeeded: isIndexed(job) ? [] : [...settled.succeeded.kept, ...newlySucceeded.map(({ metadata }) => metadata.uid)],
    failed: [...settled.failed.kept, ...newlyFailed.map(({ metadata }) => metadata.uid)],
  };
  return {
    succeeded: isIndexed(job) ? completedIndexes.size : (job.status?.succeeded ?? 0) + settled.succeeded.count + uncounted.succeeded.length,
    failed: (job.status?.failed ?? 0) + settled.failed.count + uncounted.failed.length,
    completedIndexes,
    uncounted,
    ended,
    newlyFailed,
    newlySucceeded,
  };
}

/** Noted uids whose pods are released (or gone) are counted; the others stay noted. */
function settledOf(noted: string[] | undefined, tracked: Set<string>): { kept: string[]; count: number } {
  const kept = (noted ?? []).filter((uid) => tracked.has(uid));
  return { kept, count: (noted?.length ?? 0) - kept.length };
}

/** The first indexes without a completion or an active pod. */
export function pendingIndexes(job: Job, { completedIndexes }: Account, active: Pod[], count: number): number[] {
  const taken = new Set([...completedIndexes, ...active.map(indexOf)]);
  const pending: number[] = [];
  for (let index = 0; index < (job.spec?.completions ?? 0) && pending.length < count; index++) if (!taken.has(index)) pending.push(index);
  return pending;
}

export const completedText = (indexes: Set<number>): string => formatIndexes(indexes);
