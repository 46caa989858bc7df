import type { Pod, ReplicaSet, ReplicaSetStatus, ReplicationController } from "../../../shared/kubernetes/types.ts";
import { findCondition, withCondition, withoutCondition } from "../conditions.ts";
import { omitZero } from "../equality.ts";
import { isAvailable, isReady } from "../podState.ts";

export interface StatusInput {
  owner: ReplicaSet | ReplicationController;
  active: Pod[];
  /** Undefined for kinds that do not count them. */
  terminating: Pod[] | undefined;
  /** Why pods could not be made or deleted in this run. */
  failure: string | undefined;
  /** ms and the same as RFC 3339. */
  now: number;
  stamp: string;
}

/** What the status of a ReplicaSet or ReplicationController should say. */
export function replicaStatus({ owner, active, terminating, failure, now, stamp }: StatusInput): ReplicaSetStatus {
  const minReadySeconds = owner.spec?.minReadySeconds ?? 0;
  const template = Object.entries(owner.spec?.template?.metadata?.labels ?? {});
  const labeled = active.filter((pod) => template.every(([key, value]) => pod.metadata.labels?.[key] === value));
  return {
    ...omitZero({
      fullyLabeledReplicas: labeled.length,
      readyReplicas: active.filter(isReady).length,
      availableReplicas: active.filter((pod) => isAvailable(pod, minReadySeconds, now)).length,
      observedGeneration: owner.metadata.generation,
    }),
    replicas: active.length,
    ...(terminating ? { terminatingReplicas: terminating.length } : {}),
    ...conditionsOf(owner, active.length - (owner.spec?.replicas ?? 1), failure, stamp),
  };
}

function conditionsOf(
  { status }: StatusInput["owner"],
  surplus: number,
  failure: string | undefined,
  stamp: string,
): Pick<ReplicaSetStatus, "conditions"> {
  const current = findCondition(status?.conditions, "ReplicaFailure");
  let conditions = status?.conditions ?? [];
  if (failure !== undefined && !current) {
    const reason = surplus < 0 ? "FailedCreate" : "FailedDelete";
    conditions = withCondition(conditions, { type: "ReplicaFailure", status: "True", reason, message: failure, lastTransitionTime: stamp });
  } else if (failure === undefined && current) conditions = withoutCondition(conditions, "ReplicaFailure");
  return conditions.length > 0 ? { conditions } : {};
}
