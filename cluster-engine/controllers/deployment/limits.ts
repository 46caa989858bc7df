import type { Deployment } from "../../../shared/kubernetes/types.ts";
import { scaledValue } from "../intOrPercent.ts";

export const replicasOf = (object: { spec?: { replicas?: number } }): number => object.spec?.replicas ?? 1;

const isRolling = (deployment: Deployment): boolean => deployment.spec.strategy?.type !== "Recreate";

/** How many pods above the wanted number may exist during a rolling update. */
export function maxSurge(deployment: Deployment): number {
  if (!isRolling(deployment)) return 0;
  return scaledValue(deployment.spec.strategy?.rollingUpdate?.maxSurge, replicasOf(deployment), "up");
}

/** How many of the wanted pods may be missing during a rolling update; 1 when both limits round to nothing. */
export function maxUnavailable(deployment: Deployment): number {
  const replicas = replicasOf(deployment);
  if (!isRolling(deployment) || replicas === 0) return 0;
  const unavailable = scaledValue(deployment.spec.strategy?.rollingUpdate?.maxUnavailable, replicas, "down");
  return Math.min(replicas, unavailable === 0 && maxSurge(deployment) === 0 ? 1 : unavailable);
}

/** "No deadline" is the largest int32. */
export const hasDeadline = (deployment: Deployment): boolean => (deployment.spec.progressDeadlineSeconds ?? 0x7fffffff) !== 0x7fffffff;
