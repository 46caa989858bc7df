import type { Deployment, ReplicaSet } from "../../../shared/kubernetes/types.ts";
import { maxSurge, maxUnavailable, replicasOf } from "./limits.ts";
import { maxAnnotation, sizeAnnotation, sortedByAge } from "./revisions.ts";

// Pure decisions: how large each ReplicaSet of a Deployment should be. They answer with the ones to resize.

export interface Resize {
  replicaSet: ReplicaSet;
  replicas: number;
}

export const total = (replicaSets: ReplicaSet[]): number => replicaSets.reduce((sum, each) => sum + replicasOf(each), 0);

export const available = (replicaSets: ReplicaSet[]): number => replicaSets.reduce((sum, each) => sum + (each.status?.availableReplicas ?? 0), 0);

const age = (replicaSet: ReplicaSet): string => `${replicaSet.metadata.creationTimestamp}/${replicaSet.metadata.name}`;

/** The size of the new ReplicaSet, of which there are `current` now and `all` with the old ones. */
export function newSize(deployment: Deployment, current: number, all: number): number {
  const wanted = replicasOf(deployment);
  if (deployment.spec.strategy?.type === "Recreate" || current >= wanted) return wanted;
  const room = wanted + maxSurge(deployment) - all;
  return room <= 0 ? current : current + Math.min(room, wanted - current);
}

/**
 * What a rolling update takes from the old ReplicaSets now: first pods that are not available, then as many as the
 * available ones allow.
 */
export function shrinkOld(deployment: Deployment, newReplicaSet: ReplicaSet, old: ReplicaSet[]): Resize[] {
  const active = sortedByAge(old.filter((each) => replicasOf(each) > 0));
  const minAvailable = replicasOf(deployment) - maxUnavailable(deployment);
  const newMissing = replicasOf(newReplicaSet) - (newReplicaSet.status?.availableReplicas ?? 0);
  const room = total([...active, newReplicaSet]) - minAvailable - newMissing;
  if (active.length === 0 || room <= 0) return [];
  const sizes = new Map(active.map((each) => [each, replicasOf(each)]));
  takeUnhealthy(active, sizes, room);
  takeAvailable(active, sizes, available([...active, newReplicaSet]) - minAvailable);
  return changed(sizes);
}

function takeUnhealthy(active: ReplicaSet[], sizes: Map<ReplicaSet, number>, room: number): void {
  for (const each of active) {
    const unhealthy = replicasOf(each) - (each.status?.availableReplicas ?? 0);
    const taken = Math.max(0, Math.min(room, unhealthy));
    sizes.set(each, replicasOf(each) - taken);
    room -= taken;
  }
}

function takeAvailable(active: ReplicaSet[], sizes: Map<ReplicaSet, number>, room: number): void {
  for (const each of active) {
    const taken = Math.max(0, Math.min(room, sizes.get(each)!));
    sizes.set(each, sizes.get(each)! - taken);
    room -= taken;
  }
}

/** Shares a change of the Deployment's size among its active ReplicaSets in proportion to theirs. */
export function scaleProportionally(deployment: Deployment, active: ReplicaSet[]): Resize[] {
  const wanted = replicasOf(deployment);
  const toAdd = (wanted > 0 ? wanted + maxSurge(deployment) : 0) - total(active);
  const newerFirst = toAdd > 0;
  const ordered = [...active].sort((a, b) => replicasOf(b) - replicasOf(a) || (newerFirst ? -1 : 1) * (age(a) < age(b) ? -1 : 1));
  let added = 0;
  const sizes = new Map<ReplicaSet, number>();
  for (const each of ordered) {
    const share = proportion(deployment, each, toAdd, added);
    sizes.set(each, replicasOf(each) + share);
    added += share;
  }
  // Rounding may leave some: the largest takes them.
  const [largest] = ordered;
  if (largest && toAdd !== 0) sizes.set(largest, Math.max(0, sizes.get(largest)! + toAdd - added));
  return [...sizes].map(([replicaSet, replicas]) => ({ replicaSet, replicas }));
}

function proportion(deployment: Deployment, replicaSet: ReplicaSet, toAdd: number, added: number): number {
  if (replicasOf(replicaSet) === 0 || toAdd === 0 || toAdd === added) return 0;
  const share = fraction(deployment, replicaSet);
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
}

function fraction(deployment: Deployment, replicaSet: ReplicaSet): number {
  const size = replicasOf(replicaSet);
  if (replicasOf(deployment) === 0) return -size;
  const before = sizeAnnotation(replicaSet, maxAnnotation) || deployment.status?.replicas || 0;
  if (before === 0) return 0;
  return Math.round((size * (replicasOf(deployment) + maxSurge(deployment))) / before) - size;
}

const changed = (sizes: Map<ReplicaSet, number>): Resize[] =>
  [...sizes].filter(([replicaSet, replicas]) => replicas !== replicasOf(replicaSet)).map(([replicaSet, replicas]) => ({ replicaSet, replicas }));
