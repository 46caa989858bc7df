import type { ContainerStatus, Deployment, Node, ObjectMeta, Pod, ReplicaSet, Service } from "../../../shared/kubernetes/types.ts";
import type { StatusClass } from "../../../shared/contract.ts";

/** Any object, as far as the detail knows it before looking at its kind. */
export interface AnyObject {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
  [field: string]: unknown;
}

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

export type Summary = { status: StatusClass; word: string; ready?: { value: number; of: number } };

export const conditionsOf = (object: AnyObject): Condition[] =>
  Array.isArray(object.status?.["conditions"]) ? (object.status["conditions"] as Condition[]) : [];

const badReasons = /BackOff|Err|Error|Invalid|Failed|OOMKilled|CreateContainer/;

function waitingReason(statuses: readonly ContainerStatus[]): string | undefined {
  for (const { state } of statuses) {
    const reason =
      state?.waiting?.reason ??
      (state?.terminated && state.terminated.exitCode !== 0 ? (state.terminated.reason ?? `ExitCode:${state.terminated.exitCode}`) : undefined);
    if (reason && reason !== "ContainerCreating" && reason !== "PodInitializing") return reason;
  }
  return undefined;
}

function podSummary(pod: Pod): Summary {
  const statuses = pod.status?.containerStatuses ?? [];
  const ready = { value: statuses.filter((each) => each.ready).length, of: pod.spec.containers.length };
  const phase = pod.status?.phase ?? "Unknown";
  if (pod.metadata.deletionTimestamp) return { status: "terminating", word: "Terminating", ready };
  const reason = waitingReason([...(pod.status?.initContainerStatuses ?? []), ...statuses]) ?? pod.status?.reason;
  if (phase === "Succeeded") return { status: "succeeded", word: "Completed", ready };
  if (reason && badReasons.test(reason)) return { status: "failed", word: reason, ready };
  if (phase === "Failed") return { status: "failed", word: reason ?? phase, ready };
  if (phase === "Running") return { status: ready.value === ready.of ? "running" : "pending", word: reason ?? phase, ready };
  return { status: phase === "Pending" ? "pending" : "unknown", word: reason ?? phase, ready };
}

function replicaSummary({ spec, status, metadata }: Deployment | ReplicaSet): Summary {
  const ready = { value: status?.readyReplicas ?? 0, of: spec?.replicas ?? 1 };
  if (metadata.deletionTimestamp) return { status: "terminating", word: "Terminating", ready };
  if (ready.of === 0) return { status: "succeeded", word: "Scaled to 0", ready };
  const failing = (status?.conditions as Condition[] | undefined)?.find(
    (each) => (each.type === "Progressing" && each.status === "False") || (each.type === "ReplicaFailure" && each.status === "True"),
  );
  if (failing) return { status: "failed", word: failing.reason ?? "Failed", ready };
  return ready.value >= ready.of ? { status: "running", word: "Available", ready } : { status: "pending", word: "Progressing", ready };
}

function nodeSummary(node: Node): Summary {
  const ready = node.status?.conditions?.find((each) => each.type === "Ready");
  const word = ready?.status === "True" ? "Ready" : "NotReady";
  return {
    status: ready?.status === "True" ? (node.spec?.unschedulable ? "pending" : "running") : ready ? "failed" : "unknown",
    word: node.spec?.unschedulable ? `${word}, SchedulingDisabled` : word,
  };
}

function otherSummary(object: AnyObject): Summary | undefined {
  if (object.metadata?.deletionTimestamp) return { status: "terminating", word: "Terminating" };
  const phase = object.status?.["phase"];
  if (typeof phase === "string") {
    const status: StatusClass = ["Active", "Bound", "Available", "Running", "Ready"].includes(phase)
      ? "running"
      : phase === "Pending"
        ? "pending"
        : phase === "Failed" || phase === "Lost"
          ? "failed"
          : phase === "Terminating"
            ? "terminating"
            : "unknown";
    return { status, word: phase };
  }
  const ready = conditionsOf(object).find((each) => each.type === "Ready" || each.type === "Available");
  if (ready)
    return { status: ready.status === "True" ? "running" : "pending", word: ready.status === "True" ? ready.type : (ready.reason ?? ready.type) };
  return undefined;
}

/** The status of an object in one word and class; undefined for kinds that have none. */
export function summaryOf(object: AnyObject): Summary | undefined {
  switch (object.kind) {
    case "Pod":
      return podSummary(object as unknown as Pod);
    case "Deployment":
    case "ReplicaSet":
    case "StatefulSet":
    case "ReplicationController":
      return replicaSummary(object as unknown as Deployment);
    case "Node":
      return nodeSummary(object as unknown as Node);
    case "Service":
      return { status: "running", word: (object as unknown as Service).spec?.type ?? "ClusterIP" };
    default:
      return otherSummary(object);
  }
}

/** The desired number of pods, for kinds that keep one. */
export const replicasOf = (object: AnyObject): number | undefined =>
  typeof object.spec?.["replicas"] === "number" ? object.spec["replicas"] : undefined;
