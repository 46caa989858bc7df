import type { HPAScalingRules } from "../../../shared/kubernetes/types.ts";

export interface Limited {
  replicas: number;
  reason: string;
  message: string;
}

export interface Bounds {
  current: number;
  min: number;
  max: number;
}

const within = (replicas: number): Limited => ({
  replicas,
  reason: "DesiredWithinRange",
  message: "the desired count is within the acceptable range",
});

const tooFew = (replicas: number): Limited => ({
  replicas,
  reason: "TooFewReplicas",
  message: "the desired replica count is less than the minimum replica count",
});

const tooMany = (replicas: number): Limited => ({
  replicas,
  reason: "TooManyReplicas",
  message: "the desired replica count is more than the maximum replica count",
});

const tooFastUp = (replicas: number): Limited => ({
  replicas,
  reason: "ScaleUpLimit",
  message: "the desired replica count is increasing faster than the maximum scale rate",
});

const tooFastDown = (replicas: number): Limited => ({
  replicas,
  reason: "ScaleDownLimit",
  message: "the desired replica count is decreasing faster than the maximum scale rate",
});

/** The wanted number within the autoscaler's bounds, and at most doubled (or 4) at a time. */
export function limitReplicas(desired: number, { current, min, max }: Bounds): Limited {
  const growth = Math.max(2 * current, 4);
  if (desired < min) return tooFew(min);
  if (desired <= Math.min(max, growth)) return within(desired);
  return growth < max ? tooFastUp(growth) : tooMany(max);
}

/** A change of size that was made. */
export interface Change {
  /** Pods added, or taken away; above 0. */
  by: number;
  /** ms */
  at: number;
}

export interface Changes {
  up: Change[];
  down: Change[];
}

export interface Rates {
  scaleUp: HPAScalingRules;
  scaleDown: HPAScalingRules;
  changes: Changes;
  /** ms */
  now: number;
}

/** The wanted number within the autoscaler's bounds and the policies of its `behavior`. */
export function limitByPolicies(desired: number, { current, min, max }: Bounds, { scaleUp, scaleDown, changes, now }: Rates): Limited {
  if (desired > current) {
    const limit = Math.max(current, policyLimit(scaleUp, current, changes, now, +1));
    if (desired <= Math.min(max, limit)) return within(desired);
    return limit < max ? tooFastUp(limit) : tooMany(max);
  }
  if (desired < current) {
    const limit = Math.min(current, policyLimit(scaleDown, current, changes, now, -1));
    if (desired >= Math.max(min, limit)) return within(desired);
    return limit > min ? tooFastDown(limit) : tooFew(min);
  }
  return within(desired);
}

/** How far the policies of one direction allow to go from what there was at the beginning of their periods. */
function policyLimit(
  { policies = [], selectPolicy = "Max" }: HPAScalingRules,
  current: number,
  changes: Changes,
  now: number,
  direction: 1 | -1,
): number {
  if (selectPolicy === "Disabled") return current;
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const start = current - changedSince(changes.up, now - periodSeconds * 1000) + changedSince(changes.down, now - periodSeconds * 1000);
    if (type === "Pods") return start + direction * value;
    const scaled = start * (1 + (direction * value) / 100);
    return direction > 0 ? Math.ceil(scaled) : Math.trunc(scaled);
  });
  // The largest change, or the smallest.
  return (selectPolicy === "Min") === direction > 0 ? Math.min(...limits) : Math.max(...limits);
}

const changedSince = (changes: Change[], since: number): number => changes.filter(({ at }) => at > since).reduce((sum, { by }) => sum + by, 0);
