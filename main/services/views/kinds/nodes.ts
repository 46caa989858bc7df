import type { Node, Pod } from "../../../../shared/kubernetes/types.ts";
import type { Cell, StatusClass } from "../../../../shared/contract.ts";
import type { Relations } from "../../watch/relations.ts";
import { column, list, ratio, status, statusColumn, text, type KindView } from "../kindView.ts";
import { quantity } from "../quantity.ts";

export const nodes: KindView = {
  columns: [
    statusColumn,
    text("roles", "Roles"),
    column("pods", "Pods", "ratio"),
    column("cpu", "CPU", "usage"),
    column("memory", "Memory", "usage"),
    column("taints", "Taints", "list"),
    text("version", "Version"),
    text("ip", "IP", { extra: true }),
    text("os", "OS image", { extra: true }),
    text("runtime", "Runtime", { extra: true }),
  ],
  joins: ["pods", "usage"],
  joined: ["pods", "cpu", "memory"],
  row(object, relations) {
    const node = object as Node;
    const shown = nodeStatus(node);
    const pods = activePods(relations.podsOn(node.metadata.name));
    const info = node.status?.nodeInfo;
    return {
      status: shown.status,
      facts: { unschedulable: node.spec?.unschedulable ?? false },
      cells: {
        status: status(shown.status, shown.text),
        roles: rolesOf(node).join(","),
        pods: ratio(pods.length, quantity(node.status?.allocatable?.pods)),
        ...nodeUsageCells(node, pods, relations),
        taints: list((node.spec?.taints ?? []).map(({ key, value, effect }) => `${key}${value ? `=${value}` : ""}:${effect}`)),
        version: info?.kubeletVersion ?? null,
        ip: node.status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? null,
        os: info?.osImage ?? null,
        runtime: info?.containerRuntimeVersion ?? null,
      },
    };
  },
};

/** `Ready,SchedulingDisabled` as kubectl prints it. */
export function nodeStatus(node: Node): { status: StatusClass; text: string } {
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready")?.status;
  const word = ready === "True" ? "Ready" : ready === "Unknown" || ready === undefined ? "Unknown" : "NotReady";
  const pressures = (node.status?.conditions ?? []).filter(({ type, status: value }) => type !== "Ready" && value === "True").map(({ type }) => type);
  const parts = [word, ...pressures, ...(node.spec?.unschedulable ? ["SchedulingDisabled"] : [])];
  const class_: StatusClass = word === "Unknown" ? "unknown" : word === "NotReady" ? "failed" : parts.length > 1 ? "pending" : "running";
  return { status: class_, text: parts.join(",") };
}

const rolesOf = (node: Node): string[] =>
  Object.entries(node.metadata.labels ?? {}).flatMap(([key, value]) =>
    key.startsWith("node-role.kubernetes.io/") ? [key.slice("node-role.kubernetes.io/".length)] : key === "kubernetes.io/role" ? [value] : [],
  );

const activePods = (pods: Pod[]): Pod[] => pods.filter(({ status: { phase } = {} }) => phase !== "Succeeded" && phase !== "Failed");

/** Used of allocatable, with what the pods request. */
function nodeUsageCells(node: Node, pods: Pod[], relations: Relations): { cpu: Cell; memory: Cell } {
  const usage = relations.nodeUsage(node.metadata.name);
  const cell = (resource: "cpu" | "memory"): Cell =>
    usage
      ? {
          kind: "usage",
          value: usage[resource],
          request: requested(pods, resource),
          limit: quantity(node.status?.allocatable?.[resource]),
          unit: resource === "cpu" ? "cores" : "bytes",
        }
      : null;
  return { cpu: cell("cpu"), memory: cell("memory") };
}

const requested = (pods: Pod[], resource: "cpu" | "memory"): number =>
  pods.reduce(
    (sum, pod) => sum + pod.spec.containers.reduce((total, { resources }) => total + (quantity(resources?.requests?.[resource]) || 0), 0),
    0,
  );
