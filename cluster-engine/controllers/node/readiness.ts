import type { Pod } from "../../../shared/kubernetes/types.ts";
import { Pods } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { rfc3339, type Clock } from "../../base/clock.ts";
import type { EventRecorder } from "../../client/events.ts";
import type { Client } from "../../client/types.ts";
import { findCondition } from "../conditions.ts";

/** Services must not send traffic where nobody answers: pods of a node that is not ready are not ready either. */
export async function markPodNotReady(client: Client, events: EventRecorder, clock: Clock, pod: Pod): Promise<void> {
  if (findCondition(pod.status?.conditions, "Ready")?.status !== "True") return;
  const lastTransitionTime = rfc3339(clock.now());
  const conditions = pod.status!.conditions!.map((condition) =>
    condition.type === "Ready" ? { ...condition, status: "False", lastTransitionTime } : condition,
  );
  try {
    await client.resource(Pods).updateStatus({ ...pod, status: { ...pod.status, conditions } });
  } catch (error) {
    if (hasReason(error, "NotFound")) return;
    throw error;
  }
  events.event(pod, "Warning", "NodeNotReady", "Node is not ready");
}
