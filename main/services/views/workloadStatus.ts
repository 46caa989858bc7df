import type { StatusClass } from "../../../shared/contract.ts";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { DaemonSet, Deployment, Job, Pod, ReplicaSet, StatefulSet } from "../../../shared/kubernetes/types.ts";
import { podSummary } from "./podStatus.ts";

/** How far a workload is. */
export interface WorkloadState {
  ready: number;
  desired: number;
  updated: number;
  /** True when the rollout of its current template is complete: what `kubectl rollout status` waits for. */
  complete: boolean;
  /** One sentence about the rollout. */
  rollout: string;
  /** Set when the controller has given up. */
  failure?: string;
}

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

export function deploymentState({ metadata, spec, status = {} }: Deployment): WorkloadState {
  const desired = spec.replicas ?? 1;
  const { updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0, replicas = 0 } = status;
  const progressing = status.conditions?.find(({ type }) => type === "Progressing");
  const replicaFailure = status.conditions?.find(({ type, status: value }) => type === "ReplicaFailure" && value === "True");
  const failure =
    progressing?.reason === "ProgressDeadlineExceeded"
      ? (progressing.message ?? "the rollout exceeded its progress deadline")
      : replicaFailure?.message;
  const rollout = ((): string => {
    if (spec.paused) return "Paused";
    if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return "Waiting for the controller";
    if (updatedReplicas < desired) return `${updatedReplicas} of ${desired} updated`;
    if (replicas > updatedReplicas) return `${plural(replicas - updatedReplicas, "old replica")} still to end`;
    if (availableReplicas < updatedReplicas) return `${availableReplicas} of ${updatedReplicas} available`;
    return "Complete";
  })();
  return { ready: readyReplicas, desired, updated: updatedReplicas, complete: rollout === "Complete", rollout, ...(failure ? { failure } : {}) };
}

export function replicaSetState({ metadata, spec, status }: ReplicaSet): WorkloadState {
  const desired = spec.replicas ?? 1;
  const ready = status?.readyReplicas ?? 0;
  const failure = status?.conditions?.find(({ type, status: value }) => type === "ReplicaFailure" && value === "True")?.message;
  const seen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const complete = seen && (status?.availableReplicas ?? 0) === desired && (status?.replicas ?? 0) === desired;
  return {
    ready,
    desired,
    updated: status?.replicas ?? 0,
    complete,
    rollout: complete ? "Complete" : `${ready} of ${desired} ready`,
    ...(failure ? { failure } : {}),
  };
}

export function statefulSetState({ metadata, spec, status }: StatefulSet): WorkloadState {
  const desired = spec.replicas ?? 1;
  const ready = status?.readyReplicas ?? 0;
  const updated = status?.updatedReplicas ?? 0;
  const wanted = spec.updateStrategy?.type === "OnDelete" ? 0 : Math.max(0, desired - (spec.updateStrategy?.rollingUpdate?.partition ?? 0));
  const seen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const complete = seen && ready === desired && updated >= wanted;
  return {
    ready,
    desired,
    updated,
    complete,
    rollout: complete ? "Complete" : updated < wanted ? `${updated} of ${wanted} updated` : `${ready} of ${desired} ready`,
  };
}

export function daemonSetState({ metadata, status, spec }: DaemonSet): WorkloadState {
  const desired = status?.desiredNumberScheduled ?? 0;
  const ready = status?.numberReady ?? 0;
  const updated = status?.updatedNumberScheduled ?? 0;
  const seen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const rolled = spec.updateStrategy?.type === "OnDelete" || updated >= desired;
  const complete = seen && rolled && (status?.numberAvailable ?? 0) >= desired;
  return {
    ready,
    desired,
    updated,
    complete,
    rollout: complete ? "Complete" : rolled ? `${ready} of ${desired} ready` : `${updated} of ${desired} updated`,
  };
}

export function jobState({ spec, status }: Job): WorkloadState {
  const desired = spec?.completions ?? spec?.parallelism ?? 1;
  const ready = status?.succeeded ?? 0;
  const ended = status?.conditions?.find(({ type, status: value }) => (type === "Complete" || type === "Failed") && value === "True");
  const failure = ended?.type === "Failed" ? (ended.message ?? ended.reason ?? "the Job failed") : undefined;
  const rollout = failure ? "Failed" : ended ? "Complete" : spec?.suspend ? "Suspended" : (status?.active ?? 0) > 0 ? "Running" : "Pending";
  return { ready, desired, updated: ready, complete: rollout === "Complete", rollout, ...(failure ? { failure } : {}) };
}

/** The state of any workload; undefined for other kinds. */
export function workloadState(object: KubeObject): WorkloadState | undefined {
  switch (object.kind) {
    case "Deployment":
      return deploymentState(object as Deployment);
    case "ReplicaSet":
    case "ReplicationController":
      return replicaSetState(object as ReplicaSet);
    case "StatefulSet":
      return statefulSetState(object as StatefulSet);
    case "DaemonSet":
      return daemonSetState(object as DaemonSet);
    case "Job":
      return jobState(object as Job);
    default:
      return undefined;
  }
}

/** The class of a workload, and the word for it: the reason of a failing pod rather than a count. */
export function workloadStatus(state: WorkloadState, pods: Pod[]): { status: StatusClass; text: string } {
  if (state.failure) return { status: "failed", text: "Failed" };
  if (state.complete) return state.desired === 0 ? { status: "succeeded", text: "Scaled to 0" } : { status: "running", text: "Ready" };
  const failing = pods.map((pod) => podSummary(pod)).find(({ status }) => status === "failed");
  return failing ? { status: "failed", text: failing.reason } : { status: "pending", text: state.rollout };
}
