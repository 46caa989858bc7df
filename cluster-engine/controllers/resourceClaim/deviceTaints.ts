import type {
  DeviceRequestAllocationResult,
  DeviceTaint,
  DeviceToleration,
  ResourceSlice,
  ResourceV1ResourceClaim as ResourceClaim,
} from "../../../shared/kubernetes/types.ts";

/** The NoExecute taints of an allocated device, as the newest slices of its pool have them. */
export function taintsOf({ driver, pool, device }: DeviceRequestAllocationResult, slices: ResourceSlice[]): DeviceTaint[] {
  const ofPool = slices.filter(({ spec }) => spec.driver === driver && spec.pool.name === pool);
  const newest = Math.max(...ofPool.map(({ spec }) => spec.pool.generation));
  return ofPool
    .filter(({ spec }) => spec.pool.generation === newest)
    .flatMap(({ spec }) => spec.devices ?? [])
    .filter(({ name }) => name === device)
    .flatMap(({ taints = [] }) => taints.filter(({ effect }) => effect === "NoExecute"));
}

export const tolerates = ({ key, operator = "Equal", value = "", effect }: DeviceToleration, taint: DeviceTaint): boolean =>
  (!effect || effect === taint.effect) &&
  (!key || key === taint.key) &&
  (operator === "Exists" || (operator === "Equal" && value === (taint.value ?? "")));

/** When users of a claim must go for the taints of its devices, ms since the epoch; Infinity when they may stay. `seen` is the time of taints without one. */
export function claimEvictionTime({ status }: ResourceClaim, slices: ResourceSlice[], seen: number): number {
  let soonest = Number.POSITIVE_INFINITY;
  for (const result of status?.allocation?.devices?.results ?? [])
    for (const taint of taintsOf(result, slices)) soonest = Math.min(soonest, endOfToleration(taint, result.tolerations ?? [], seen));
  return soonest;
}

function endOfToleration(taint: DeviceTaint, tolerations: DeviceToleration[], seen: number): number {
  const since = taint.timeAdded ? Date.parse(taint.timeAdded) : seen;
  const fitting = tolerations.filter((toleration) => tolerates(toleration, taint));
  if (fitting.length === 0) return since;
  const limits = fitting.flatMap(({ tolerationSeconds }) => (tolerationSeconds === undefined ? [] : [Math.max(0, tolerationSeconds)]));
  return limits.length === 0 ? Number.POSITIVE_INFINITY : since + Math.min(...limits) * 1000;
}
