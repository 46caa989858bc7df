import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from "../../../shared/kubernetes/types.ts";
import { findCondition, withCondition, withoutCondition } from "../conditions.ts";
import { omitZero } from "../equality.ts";
import { hasDeadline, maxUnavailable, replicasOf } from "./limits.ts";
import { available, total } from "./sizes.ts";

export interface StatusInput {
  /** Its status carries the conditions set so far in this run. */
  deployment: Deployment;
  newReplicaSet: ReplicaSet | undefined;
  oldReplicaSets: ReplicaSet[];
  /** ms and the same as RFC 3339. */
  now: number;
  stamp: string;
}

export const condition = (
  type: string,
  status: "True" | "False" | "Unknown",
  reason: string,
  message: string,
  stamp: string,
): DeploymentCondition => ({
  type,
  status,
  lastUpdateTime: stamp,
  lastTransitionTime: stamp,
  reason,
  message,
});

const sum = (replicaSets: ReplicaSet[], field: "replicas" | "readyReplicas"): number =>
  replicaSets.reduce((all, each) => all + (each.status?.[field] ?? 0), 0);

/** Counts and availability, as they follow from the ReplicaSets. */
export function countedStatus(input: StatusInput): DeploymentStatus {
  const { deployment, newReplicaSet, oldReplicaSets, stamp } = input;
  const all = newReplicaSet ? [...oldReplicaSets, newReplicaSet] : oldReplicaSets;
  const availableReplicas = available(all);
  const enough = availableReplicas >= replicasOf(deployment) - maxUnavailable(deployment);
  const availability = enough
    ? condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", stamp)
    : condition("Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", stamp);
  return {
    ...omitZero({
      observedGeneration: deployment.metadata.generation,
      replicas: sum(all, "replicas"),
      updatedReplicas: newReplicaSet?.status?.replicas ?? 0,
      readyReplicas: sum(all, "readyReplicas"),
      availableReplicas,
      unavailableReplicas: Math.max(0, total(all) - availableReplicas),
    }),
    ...(deployment.status?.collisionCount === undefined ? {} : { collisionCount: deployment.status.collisionCount }),
    ...terminating(all),
    conditions: withCondition(deployment.status?.conditions, availability),
  };
}

/** Unknown as soon as one ReplicaSet with a status does not tell. */
function terminating(replicaSets: ReplicaSet[]): Pick<DeploymentStatus, "terminatingReplicas"> {
  const telling = replicaSets.filter(({ status }) => status?.observedGeneration || status?.terminatingReplicas !== undefined);
  if (telling.some(({ status }) => status?.terminatingReplicas === undefined)) return {};
  return { terminatingReplicas: telling.reduce((all, { status }) => all + status!.terminatingReplicas!, 0) };
}

export const isComplete = (deployment: Deployment, status: DeploymentStatus | undefined): boolean =>
  [status?.updatedReplicas, status?.replicas, status?.availableReplicas].every((count) => (count ?? 0) === replicasOf(deployment)) &&
  (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);

/** The status of a rollout in progress: the counts, how it goes on, and what keeps ReplicaSets from it. */
export function rolloutStatus(input: StatusInput): DeploymentStatus {
  const { deployment, newReplicaSet, oldReplicaSets } = input;
  const status = countedStatus(input);
  status.conditions = hasDeadline(deployment) ? progress(input, status) : withoutCondition(status.conditions, "Progressing");
  const failure = replicaFailure(newReplicaSet, oldReplicaSets);
  status.conditions = failure ? withCondition(status.conditions, failure) : withoutCondition(status.conditions, "ReplicaFailure");
  return status;
}

function progress({ deployment, newReplicaSet, now, stamp }: StatusInput, status: DeploymentStatus): DeploymentCondition[] {
  const conditions = status.conditions ?? [];
  const current = findCondition(conditions, "Progressing");
  if ((status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === "NewReplicaSetAvailable") return conditions;
  const subject = newReplicaSet ? `ReplicaSet "${newReplicaSet.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  if (isComplete(deployment, status))
    return withCondition(conditions, condition("Progressing", "True", "NewReplicaSetAvailable", `${subject} has successfully progressed.`, stamp));
  if (hasProgressed(deployment.status, status)) {
    const next = condition("Progressing", "True", "ReplicaSetUpdated", `${subject} is progressing.`, stamp);
    if (current?.status === "True") next.lastTransitionTime = current.lastTransitionTime;
    // Replaced even when the reason stays: each step gives the deadline a new start.
    return [...withoutCondition(conditions, "Progressing"), next];
  }
  if (hasTimedOut(deployment, current, now))
    return withCondition(conditions, condition("Progressing", "False", "ProgressDeadlineExceeded", `${subject} has timed out progressing.`, stamp));
  return conditions;
}

function hasProgressed(before: DeploymentStatus = {}, after: DeploymentStatus): boolean {
  const count = (status: DeploymentStatus, field: "replicas" | "updatedReplicas" | "readyReplicas" | "availableReplicas") => status[field] ?? 0;
  const old = (status: DeploymentStatus) => count(status, "replicas") - count(status, "updatedReplicas");
  return (
    count(after, "updatedReplicas") > count(before, "updatedReplicas") ||
    old(after) < old(before) ||
    count(after, "readyReplicas") > count(before, "readyReplicas") ||
    count(after, "availableReplicas") > count(before, "availableReplicas")
  );
}

function hasTimedOut(deployment: Deployment, current: DeploymentCondition | undefined, now: number): boolean {
  if (!current || current.reason === "NewReplicaSetAvailable") return false;
  return current.reason === "ProgressDeadlineExceeded" || deadline(deployment, current) < now;
}

/** ms since the epoch. */
const deadline = (deployment: Deployment, current: DeploymentCondition): number =>
  Date.parse(current.lastUpdateTime ?? "") + deployment.spec.progressDeadlineSeconds! * 1000;

/** ms until the deadline must be looked at again; undefined when there is nothing to wait for. */
export function untilDeadline(deployment: Deployment, status: DeploymentStatus, now: number): number | undefined {
  const current = findCondition(status.conditions, "Progressing");
  if (!hasDeadline(deployment) || !current || isComplete(deployment, status)) return undefined;
  if (current.reason === "ProgressDeadlineExceeded" || current.reason === "NewReplicaSetAvailable") return undefined;
  return Math.max(0, deadline(deployment, current) - now) + 1000;
}

function replicaFailure(newReplicaSet: ReplicaSet | undefined, old: ReplicaSet[]): DeploymentCondition | undefined {
  for (const each of newReplicaSet ? [newReplicaSet, ...old] : old) {
    const failure = findCondition(each.status?.conditions, "ReplicaFailure");
    if (failure) return { ...failure, lastUpdateTime: failure.lastTransitionTime };
  }
  return undefined;
}
