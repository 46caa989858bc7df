import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { CustomResourceDefinition, PersistentVolumeClaim, Pod } from "../../../shared/kubernetes/types.ts";
import { podSummary } from "../views/podStatus.ts";
import { workloadState } from "../views/workloadStatus.ts";

export interface Readiness {
  state: "applied" | "ready" | "failed";
  message?: string;
}

/** Reasons that do not go away by waiting. */
const hopeless = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "CreateContainerConfigError",
  "CreateContainerError",
]);

/** How far an applied object is, from its own status and its pods. */
export function readinessOf(object: KubeObject, pods: Pod[]): Readiness {
  if (object.kind === "Pod") return podReadiness(object as Pod);
  const state = workloadState(object);
  if (object.kind === "Job") return state?.failure ? { state: "failed", message: state.failure } : { state: "ready" };
  if (state) {
    if (state.failure) return { state: "failed", message: state.failure };
    if (state.complete) return { state: "ready" };
    const troubled = pods.map(podReadiness).find((one) => one.state === "failed") ?? pods.map(podReadiness).find((one) => one.message);
    return troubled?.state === "failed" ? troubled : { state: "applied", message: troubled?.message ?? state.rollout };
  }
  if (object.kind === "PersistentVolumeClaim")
    return (object as PersistentVolumeClaim).status?.phase === "Lost" ? { state: "failed", message: "its volume is lost" } : { state: "ready" };
  if (object.kind === "CustomResourceDefinition") {
    const established = (object as CustomResourceDefinition).status?.conditions?.some(
      ({ type, status }) => type === "Established" && status === "True",
    );
    return established ? { state: "ready" } : { state: "applied", message: "Waiting to be established" };
  }
  return { state: "ready" };
}

function podReadiness(pod: Pod): Readiness {
  const { reason, status, ready, containers } = podSummary(pod);
  if (status === "succeeded" || (status === "running" && ready === containers)) return { state: "ready" };
  const waiting = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].find(
    ({ state }) => state?.waiting?.message,
  )?.state?.waiting;
  const unscheduled = pod.status?.conditions?.find(({ type, status: value }) => type === "PodScheduled" && value === "False");
  const detail = waiting?.message ?? unscheduled?.message;
  const message = detail ? `${reason}: ${detail}` : reason;
  return { state: hopeless.has(reason) ? "failed" : "applied", message };
}
