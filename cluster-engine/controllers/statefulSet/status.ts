import type { Pod, StatefulSet, StatefulSetStatus } from "../../../shared/kubernetes/types.ts";
import { omitZero } from "../equality.ts";
import { isAvailable, isReady } from "../podState.ts";
import { revisionOf } from "./identity.ts";
import { wantedReplicas } from "./plan.ts";

export interface StatusInput {
  set: StatefulSet;
  pods: Pod[];
  currentRevision: string;
  updateRevision: string;
  collisionCount: number;
  /** ms */
  now: number;
}

/** What the status should say; when all pods run the update, it becomes the current revision. */
export function statefulSetStatus({ set, pods, currentRevision, updateRevision, collisionCount, now }: StatusInput): StatefulSetStatus {
  const ready = pods.filter((pod) => pod.status?.phase === "Running" && isReady(pod));
  const staying = pods.filter((pod) => !pod.metadata.deletionTimestamp);
  const updated = staying.filter((pod) => revisionOf(pod) === updateRevision).length;
  const current = staying.filter((pod) => revisionOf(pod) === currentRevision).length;
  const wanted = wantedReplicas(set);
  const complete = set.spec.updateStrategy?.type !== "OnDelete" && updated === wanted && ready.length === wanted && pods.length === wanted;
  return {
    ...omitZero({
      observedGeneration: set.metadata.generation,
      readyReplicas: ready.length,
      currentReplicas: complete ? updated : current,
      updatedReplicas: updated,
    }),
    replicas: pods.length,
    currentRevision: complete ? updateRevision : currentRevision,
    updateRevision,
    collisionCount,
    availableReplicas: ready.filter((pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, now)).length,
    ...(set.status?.conditions ? { conditions: set.status.conditions } : {}),
  };
}
