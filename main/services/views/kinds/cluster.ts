import type { Event, Namespace, Node, Pod } from "../../../../shared/kubernetes/types.ts";
import { column, list, ratio, status, statusColumn, text, time, type KindView } from "../kindView.ts";
import { podSummary } from "../podStatus.ts";
import { quantity } from "../quantity.ts";
import { kindCell } from "./workloads.ts";

const finished = (pod: Pod) => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

/** `Ready`, `NotReady`, with `SchedulingDisabled` when cordoned. */
export function nodeStatus(node: Node): { status: "running" | "failed" | "unknown" | "pending"; text: string } {
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
  const word = ready?.status === "True" ? "Ready" : ready?.status === "Unknown" || !ready ? "Unknown" : "NotReady";
  const cordoned = node.spec?.unschedulable ? ", SchedulingDisabled" : "";
  return { status: word === "Ready" ? (cordoned ? "pending" : "running") : word === "Unknown" ? "unknown" : "failed", text: word + cordoned };
}

const rolesOf = ({ metadata }: Node): string[] => Object.keys(metadata.labels ?? {}).filter((key) => key.startsWith("node-role.kubernetes.io/")).map((key) => key.slice("node-role.kubernetes.io/".length));

const requestsOf = (pods: Pod[], resource: "cpu" | "memory"): number =>
  pods.filter((pod) => !finished(pod)).flatMap((pod) => pod.spec.containers).reduce((sum, { resources }) => sum + (quantity(resources?.requests?.[resource]) || 0), 0);

export const nodes: KindView = {
  columns: [statusColumn, column("roles", "Roles", "list"), column("pods", "Pods", "ratio"), column("cpu", "CPU", "usage"), column("memory", "Memory", "usage"), column("taints", "Taints", "list"), text("version", "Version"), text("runtime", "Runtime", { extra: true }), text("ip", "IP", { extra: true })],
  joins: ["pods", "usage"],
  joined: ["pods", "cpu", "memory"],
  row(object, relations) {
    const node = object as Node;
    const pods = relations.podsOn(node.metadata.name);
    const usage = relations.nodeUsage(node.metadata.name);
    const shown = nodeStatus(node);
    const bar = (resource: "cpu" | "memory") =>
      ({ kind: "usage", value: usage?.[resource] ?? 0, request: requestsOf(pods, resource), limit: quantity(node.status?.allocatable?.[resource]), unit: resource === "cpu" ? "cores" : "bytes" }) as const;
    return {
      status: shown.status,
      facts: { unschedulable: node.spec?.unschedulable ?? false },
      cells: {
        status: status(shown.status, shown.text),
        roles: list(rolesOf(node)),
        pods: ratio(pods.filter((pod) => !finished(pod)).length, quantity(node.status?.allocatable?.["pods"]) || 0),
        cpu: usage ? bar("cpu") : null,
        memory: usage ? bar("memory") : null,
        taints: list((node.spec?.taints ?? []).map(({ key, value, effect }) => `${key}${value ? `=${value}` : ""}:${effect}`)),
        version: node.status?.nodeInfo?.kubeletVersion ?? null,
        runtime: node.status?.nodeInfo?.containerRuntimeVersion ?? null,
        ip: node.status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? null,
      },
    };
  },
};

export const namespaces: KindView = {
  columns: [statusColumn, column("pods", "Pods", "number"), column("troubled", "Not well", "number")],
  joins: ["pods"],
  joined: ["pods", "troubled"],
  row(object, relations) {
    const terminating = (object as Namespace).status?.phase === "Terminating";
    const pods = relations.podsIn(object.metadata.name);
    return {
      status: terminating ? "terminating" : "running",
      cells: {
        status: terminating ? status("terminating", "Terminating") : status("running", "Active"),
        pods: pods.length,
        troubled: pods.filter((pod) => podSummary(pod).status === "failed").length,
      },
    };
  },
};

export const events: KindView = {
  columns: [column("type", "Type", "status"), text("reason", "Reason"), column("object", "Object", "ref"), text("message", "Message"), column("count", "Count", "number"), column("first", "First", "time", { extra: true }), column("last", "Last", "time"), text("source", "Source", { extra: true })],
  joins: [],
  sort: { column: "last", descending: true },
  omit: ["name", "age"],
  row(object) {
    const event = object as Event;
    const warning = event.type === "Warning";
    return {
      status: warning ? "failed" : "succeeded",
      cells: {
        type: status(warning ? "failed" : "succeeded", event.type ?? "Normal"),
        reason: event.reason ?? null,
        object: kindCell(event.involvedObject),
        message: event.message ?? null,
        count: event.count ?? event.series?.count ?? 1,
        first: time(event.firstTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp),
        last: time(event.lastTimestamp ?? event.series?.lastObservedTime ?? event.eventTime ?? event.metadata.creationTimestamp),
        source: event.source?.component ?? event.reportingComponent ?? null,
      },
    };
  },
};
