import type { Job, Pod } from "../../../shared/kubernetes/types.ts";
import { findCondition } from "../conditions.ts";
import { failJobMessage } from "./failurePolicy.ts";
import { parseIndexes } from "./indexes.ts";
import { hasFailed, isIndexed } from "./pods.ts";
import type { Tally } from "./tally.ts";

/** How a Job ends: the condition that announces it, before its last pods are gone. */
export interface Verdict {
  type: "FailureTarget" | "SuccessCriteriaMet";
  reason: string;
  message: string;
}

export const isSuspended = ({ spec }: Job): boolean => spec?.suspend ?? false;

export const isFinished = ({ status }: Job): boolean =>
  ["Complete", "Failed"].some((type) => findCondition(status?.conditions, type)?.status === "True");

/** Undefined while the Job goes on. What was announced stands; else failures come before success. `now` in ms. */
export function verdictOf(job: Job, pods: Pod[], tally: Tally, now: number): Verdict | undefined {
  return announced(job) ?? byPolicy(job, pods) ?? byLimits(job, pods, tally, now) ?? byIndexes(job, tally) ?? bySuccessPolicy(job, tally);
}

function announced({ status }: Job): Verdict | undefined {
  for (const type of ["SuccessCriteriaMet", "FailureTarget"] as const) {
    const condition = findCondition(status?.conditions, type);
    if (condition?.status === "True") return { type, reason: condition.reason ?? "", message: condition.message ?? "" };
  }
  return undefined;
}

const failure = (reason: string, message: string): Verdict => ({ type: "FailureTarget", reason, message });

function byPolicy(job: Job, pods: Pod[]): Verdict | undefined {
  const messages = pods.filter((pod) => hasFailed(job, pod)).map((pod) => failJobMessage(job, pod));
  const message = messages.find((each) => each !== undefined);
  return message === undefined ? undefined : failure("PodFailurePolicy", message);
}

function byLimits(job: Job, pods: Pod[], { failed }: Tally, now: number): Verdict | undefined {
  const limit = job.spec?.backoffLimit ?? 6;
  if (failed > limit || restartedTooOften(job, pods, limit)) return failure("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  const remaining = untilDeadline(job, now);
  return remaining !== undefined && remaining <= 0 ? failure("DeadlineExceeded", "Job was active longer than specified deadline") : undefined;
}

/** ms until `activeDeadlineSeconds` is over. */
export function untilDeadline({ spec, status }: Job, now: number): number | undefined {
  if (spec?.activeDeadlineSeconds === undefined || !status?.startTime || spec.suspend) return undefined;
  return Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000 - now;
}

function restartedTooOften({ spec }: Job, pods: Pod[], limit: number): boolean {
  if (spec?.template.spec?.restartPolicy !== "OnFailure") return false;
  const alive = pods.filter(({ status }) => status?.phase === "Running" || status?.phase === "Pending");
  const statuses = alive.flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]);
  const restarts = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

function byIndexes({ spec }: Job, { failedIndexes, completed }: Tally): Verdict | undefined {
  if (!failedIndexes) return undefined;
  if (spec?.maxFailedIndexes !== undefined && failedIndexes.size > spec.maxFailedIndexes)
    return failure("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
  const allEnded = failedIndexes.size > 0 && failedIndexes.size + completed.size >= (spec?.completions ?? 0);
  return allEnded ? failure("FailedIndexes", "Job has failed indexes") : undefined;
}

function bySuccessPolicy(job: Job, { completed }: Tally): Verdict | undefined {
  if (!isIndexed(job) || completed.size === 0) return undefined;
  for (const [index, { succeededIndexes, succeededCount }] of (job.spec?.successPolicy?.rules ?? []).entries()) {
    const wanted = succeededIndexes === undefined ? undefined : parseIndexes(succeededIndexes, job.spec!.completions!);
    const done = wanted ? [...wanted].filter((each) => completed.has(each)).length : completed.size;
    if (wanted?.size !== 0 && done >= (succeededCount ?? wanted?.size ?? Number.POSITIVE_INFINITY))
      return { type: "SuccessCriteriaMet", reason: "SuccessPolicy", message: `Matched rules at index ${index}` };
  }
  return undefined;
}

export const completedVerdict: Verdict = {
  type: "SuccessCriteriaMet",
  reason: "CompletionsReached",
  message: "Reached expected number of succeeded pods",
};

/** All that was asked for has succeeded, and nothing runs any more. */
export const isComplete = ({ spec }: Job, { succeeded }: Tally, active: number): boolean =>
  active === 0 && (spec?.completions === undefined ? succeeded > 0 : succeeded >= spec.completions);
