import type { Job, JobCondition, JobStatus, Pod } from "../../../shared/kubernetes/types.ts";
import { rfc3339 } from "../../base/clock.ts";
import { findCondition } from "../conditions.ts";
import { omitZero } from "../equality.ts";
import { failureAction } from "./failurePolicy.ts";
import { formatIndexes } from "./indexes.ts";
import { countedIndex, hasFailed, isIndexed, isTracked } from "./pods.ts";
import type { Tally } from "./tally.ts";
import type { Verdict } from "./verdict.ts";

// A pod is counted once: first its uid is noted in the status, then its finalizer goes, then it moves to the count.

/** As many uids are noted at most: the status stays small. */
const maxNoted = 500;

export interface Counting {
  job: Job;
  pods: Pod[];
  tally: Tally;
  verdict: Verdict | undefined;
}

/** Pods to note and to let go. */
export interface Ended {
  pods: Pod[];
  succeeded: string[];
  failed: string[];
  indexes: number[];
  /** False when there are more than one run takes. */
  all: boolean;
}

/** The pods that the Job need not hold back any more: those that have ended and, when the Job has, all. */
export function endedPods({ job, pods, tally, verdict }: Counting): Ended {
  const noted = { succeeded: new Set(job.status?.uncountedTerminatedPods?.succeeded), failed: new Set(job.status?.uncountedTerminatedPods?.failed) };
  const ended: Ended = { pods: [], succeeded: [], failed: [], indexes: [], all: true };
  for (const pod of pods.filter((each) => isTracked(each) && mayGo(job, each, tally, verdict))) {
    if (ended.succeeded.length + ended.failed.length + ended.indexes.length + noted.succeeded.size + noted.failed.size >= maxNoted) {
      ended.all = false;
      break;
    }
    ended.pods.push(pod);
    const { uid } = pod.metadata;
    if (pod.status?.phase === "Succeeded" && !noted.failed.has(uid)) noteSuccess(job, pod, tally, noted.succeeded, ended);
    else if (!noted.failed.has(uid) && countsAsFailed(job, pod, verdict)) ended.failed.push(uid);
  }
  return ended;
}

function mayGo(job: Job, pod: Pod, { awaited }: Tally, verdict: Verdict | undefined): boolean {
  if (verdict || job.metadata.deletionTimestamp || pod.status?.phase === "Succeeded") return true;
  const index = countedIndex(job, pod);
  return hasFailed(job, pod) && (index === undefined || awaited.get(index) !== pod);
}

function noteSuccess(job: Job, pod: Pod, { completedBefore }: Tally, noted: Set<string>, ended: Ended): void {
  const index = countedIndex(job, pod);
  if (!isIndexed(job)) {
    if (!noted.has(pod.metadata.uid)) ended.succeeded.push(pod.metadata.uid);
  } else if (index !== undefined && !completedBefore.has(index)) ended.indexes.push(index);
}

/** When the Job has failed, so have all pods that did not succeed. */
function countsAsFailed(job: Job, pod: Pod, verdict: Verdict | undefined): boolean {
  if (isIndexed(job) && countedIndex(job, pod) === undefined) return false;
  return (hasFailed(job, pod) || verdict?.type === "FailureTarget") && failureAction(job, pod) !== "Ignore";
}

/** The status with these pods noted. */
export function withNoted(status: JobStatus, job: Job, { completedBefore, failedIndexes }: Tally, ended: Ended): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const completed = new Set([...completedBefore, ...ended.indexes]);
  return {
    ...status,
    uncountedTerminatedPods: { succeeded: [...succeeded, ...ended.succeeded], failed: [...failed, ...ended.failed] },
    ...(isIndexed(job) ? { completedIndexes: formatIndexes(completed), succeeded: completed.size } : {}),
    ...(failedIndexes ? { failedIndexes: formatIndexes(failedIndexes) } : {}),
  };
}

/** The status with the noted pods counted whose uid is not in `tracked` any more. */
export function withCounted(status: JobStatus, tracked: Set<string>): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const still = { succeeded: succeeded.filter((uid) => tracked.has(uid)), failed: failed.filter((uid) => tracked.has(uid)) };
  return {
    ...status,
    succeeded: (status.succeeded ?? 0) + succeeded.length - still.succeeded.length,
    failed: (status.failed ?? 0) + failed.length - still.failed.length,
    uncountedTerminatedPods: still,
  };
}

/** The condition that announces the end, once. */
export function withAnnouncement(status: JobStatus, { type, reason, message }: Verdict, now: number): JobStatus {
  const conditions = status.conditions ?? [];
  return findCondition(conditions, type)?.status === "True"
    ? status
    : { ...status, conditions: [...conditions, condition(type, "True", reason, message, now)] };
}

/** The end itself, when no pod is left to end or to be counted; else the status as it is. */
export function withEnd(status: JobStatus, { type, reason, message }: Verdict, now: number): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  if (succeeded.length + failed.length + (status.terminating ?? 0) > 0) return status;
  const final = type === "FailureTarget" ? "Failed" : "Complete";
  const conditions = [...(status.conditions ?? []), condition(final, "True", reason, message, now)];
  return { ...status, conditions, ...(final === "Complete" ? { completionTime: rfc3339(now) } : {}) };
}

/** A Job that was never suspended has no condition that says so. */
export function withSuspension(status: JobStatus, suspended: boolean, now: number): JobStatus {
  const { conditions = [] } = status;
  const current = findCondition(conditions, "Suspended");
  if ((current?.status === "True") === suspended) return status;
  const next = suspended
    ? condition("Suspended", "True", "JobSuspended", "Job suspended", now)
    : condition("Suspended", "False", "JobResumed", "Job resumed", now);
  return {
    ...status,
    conditions: current ? conditions.map((each) => (each === current ? next : each)) : [...conditions, next],
    // The time of activity, which a deadline measures, begins anew.
    startTime: suspended ? undefined : rfc3339(now),
  };
}

/** As Kubernetes writes it: without what is zero, but for three fields. */
export function compact(status: JobStatus): JobStatus {
  const { ready = 0, terminating = 0, failedIndexes, uncountedTerminatedPods = {}, conditions = [], ...others } = status;
  const noted = Object.fromEntries(Object.entries(uncountedTerminatedPods).filter(([, uids]) => uids.length > 0));
  return {
    ...omitZero(others),
    ...(conditions.length > 0 ? { conditions } : {}),
    ready,
    terminating,
    uncountedTerminatedPods: noted,
    ...(failedIndexes === undefined ? {} : { failedIndexes }),
  };
}

function condition(type: string, status: "True" | "False", reason: string, message: string, now: number): JobCondition {
  const stamp = rfc3339(now);
  return { type, status, lastProbeTime: stamp, lastTransitionTime: stamp, reason, message };
}
