import type { Job, JobCondition, Pod } from "../../../shared/kubernetes/types.ts";
import { findCondition } from "../conditions.ts";
import type { Account } from "./account.ts";
import { failJobMessage } from "./failurePolicy.ts";
import { hasFailed, isIndexed } from "./pods.ts";
import { parseIndexes } from "./indexes.ts";

/** How a Job ends: the condition that announces it, before its last pods are gone. */
export interface Verdict {
  type: "FailureTarget" | "SuccessCriteriaMet";
  reason: string;
  message: string;
}

export const isSuspended = ({ spec }: Job): boolean => spec?.suspend ?? false;

export const isFinished = ({ status }: Job): boolean =>
  ["Complete", "Failed"].some((type) => findCondition(status?.conditions, type)?.status === "True");

/** Undefined while the Job goes on. `now` in ms. */
export function verdictOf(job: Job, pods: Pod[], counted: Account, now: number): Verdict | undefined {
  return announced(job) ?? byPolicy(job, pods) ?? byLimits(job, pods, counted, now) ?? bySuccessPolicy(job, counted);
}

function announced({ status }: Job): Verdict | undefined {
  for (const type of ["SuccessCriteriaMet", "FailureTarget"] as const) {
    const condition = findCondition(status?.conditions, type);
    if (condition?.status === "True") return { type, reason: condition.reason ?? "", message: condition.message ?? "" };
  }
  return undefined;
}

function byPolicy(job: Job, pods: Pod[]): Verdict | undefined {
  const message = pods
    .filter((pod) => hasFailed(job, pod))
    .map((pod) => failJobMessage(job, pod))
    .find((each) => each !== undefined);
  return message === undefined ? undefined : { type: "FailureTarget", reason: "PodFailurePolicy", message };
}

function byLimits(job: Job, pods: Pod[], { failed }: Account, now: number): Verdict | undefined {
  const limit = job.spec?.backoffLimit ?? 6;
  if (failed > limit || restartedTooOften(job, pods, limit))
    return { type: "FailureTarget", reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" };
  const remaining = untilDeadline(job, now);
  if (remaining !== undefined && remaining <= 0)
    return { type: "FailureTarget", reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" };
  return undefined;
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

function bySuccessPolicy(job: Job, { completedIndexes }: Account): Verdict | undefined {
  if (!isIndexed(job)) return undefined;
  for (const [index, { succeededIndexes, succeededCount }] of (job.spec?.successPolicy?.rules ?? []).entries()) {
    const wanted = succeededIndexes === undefined ? undefined : parseIndexes(succeededIndexes, job.spec!.completions!);
    const done = wanted ? [...wanted].filter((each) => completedIndexes.has(each)).length : completedIndexes.size;
    if (done >= (succeededCount ?? wanted?.size ?? Number.POSITIVE_INFINITY))
      return { type: "SuccessCriteriaMet", reason: "SuccessPolicy", message: `Matched rules at index ${index}` };
  }
  return undefined;
}

export const completed: Verdict = { type: "SuccessCriteriaMet", reason: "CompletionsReached", message: "Reached expected number of succeeded pods" };

/** All that was asked for has succeeded, and nothing runs any more. */
export const isComplete = ({ spec }: Job, { succeeded }: Account, active: number): boolean =>
  active === 0 && (spec?.completions === undefined ? succeeded > 0 : succeeded >= spec.completions);

/** How many pods should run now. */
export function wantedActive({ spec }: Job, { succeeded }: Account, active: number): number {
  const parallelism = spec?.parallelism ?? 1;
  if (spec?.suspend) return 0;
  if (spec?.completions === undefined) return succeeded > 0 ? active : parallelism;
  return Math.max(0, Math.min(parallelism, spec.completions - succeeded));
}

/** The announcing condition and, once all is over, the final one; each once. */
export function withVerdict(
  conditions: JobCondition[] | undefined,
  { type, reason, message }: Verdict,
  over: boolean,
  stamp: string,
): JobCondition[] {
  const next = [...(conditions ?? [])];
  const add = (each: string) => {
    if (!findCondition(next, each)) next.push({ type: each, status: "True", lastProbeTime: stamp, lastTransitionTime: stamp, reason, message });
  };
  add(type);
  if (over) add(type === "FailureTarget" ? "Failed" : "Complete");
  return next;
}
