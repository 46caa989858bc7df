import type { Pod, Taint, Toleration } from "../../../shared/kubernetes/types.ts";

export const tolerates = ({ key, operator = "Equal", value = "", effect }: Toleration, taint: Taint): boolean =>
  (!effect || effect === taint.effect) &&
  (!key || key === taint.key) &&
  (operator === "Exists" || (operator === "Equal" && value === (taint.value ?? "")));

/**
 * When a pod must leave a node with these NoExecute taints, ms since the epoch: Infinity when it tolerates them for good.
 * A taint without a time counts from `seen`.
 */
export function evictionTime({ spec }: Pod, taints: Taint[], seen: number): number {
  let soonest = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    const tolerations = (spec.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
    if (tolerations.length === 0) return seen;
    const limits = tolerations.map(({ tolerationSeconds }) => tolerationSeconds).filter((seconds) => seconds !== undefined);
    if (limits.length === 0) continue;
    const since = taint.timeAdded ? Date.parse(taint.timeAdded) : seen;
    soonest = Math.min(soonest, since + Math.max(0, Math.min(...limits)) * 1000);
  }
  return soonest;
}
