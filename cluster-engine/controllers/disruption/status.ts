import type { Pod, PodDisruptionBudget, PodDisruptionBudgetStatus } from "../../../shared/kubernetes/types.ts";
import { rfc3339 } from "../../base/clock.ts";
import { findCondition, withCondition } from "../conditions.ts";
import { scaledValue } from "../intOrPercent.ts";
import { isReady } from "../podState.ts";

/** An eviction that was allowed but has not led to a deletion is forgotten after this, ms. */
export const disruptionTimeout = 120_000;

type Conditions = PodDisruptionBudgetStatus["conditions"];

/** What the status should say; `now` in ms. */
export function budgetStatus({ metadata, spec, status }: PodDisruptionBudget, pods: Pod[], expected: number, now: number): PodDisruptionBudgetStatus {
  const { disruptedPods } = divideDisrupted(status?.disruptedPods, pods, now);
  const healthy = pods.filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp && !(pod.metadata.name in disruptedPods)).length;
  const desired = desiredHealthy(spec, expected);
  const allowed = expected > 0 ? Math.max(0, healthy - desired) : 0;
  const condition = {
    type: "DisruptionAllowed",
    status: allowed > 0 ? ("True" as const) : ("False" as const),
    observedGeneration: metadata.generation,
    lastTransitionTime: rfc3339(now),
    reason: allowed > 0 ? "SufficientPods" : "InsufficientPods",
    message: "",
  };
  return {
    observedGeneration: metadata.generation,
    ...(Object.keys(disruptedPods).length > 0 ? { disruptedPods } : {}),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: withCondition(status?.conditions, condition) as Conditions,
  };
}

/** When nothing can be counted nothing may be evicted. */
export function failedStatus({ status }: PodDisruptionBudget, message: string, now: number): PodDisruptionBudgetStatus {
  const { observedGeneration } = status ?? {};
  const current = findCondition(status?.conditions, "DisruptionAllowed");
  const lastTransitionTime = current?.status === "False" ? current.lastTransitionTime : rfc3339(now);
  const condition = { type: "DisruptionAllowed", status: "False" as const, observedGeneration, lastTransitionTime, reason: "SyncFailed", message };
  const conditions = [...(status?.conditions ?? []).filter(({ type }) => type !== condition.type), condition];
  return { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, ...status, disruptionsAllowed: 0, conditions: conditions as Conditions };
}

function desiredHealthy(spec: PodDisruptionBudget["spec"], expected: number): number {
  if (spec?.maxUnavailable !== undefined) return Math.max(0, expected - scaledValue(spec.maxUnavailable, expected, "up"));
  return scaledValue(spec?.minAvailable, expected, "up");
}

/** The pods whose eviction is still awaited, and those that should have been deleted by now. */
export function divideDisrupted(
  disrupted: Record<string, string> = {},
  pods: Pod[],
  now: number,
): { disruptedPods: Record<string, string>; overdue: Pod[] } {
  const present = pods.filter(({ metadata }) => !metadata.deletionTimestamp && metadata.name in disrupted);
  const isAwaited = ({ metadata }: Pod) => Date.parse(disrupted[metadata.name]!) + disruptionTimeout > now;
  return {
    disruptedPods: Object.fromEntries(present.filter(isAwaited).map(({ metadata: { name } }) => [name, disrupted[name]!])),
    overdue: present.filter((pod) => !isAwaited(pod)),
  };
}
