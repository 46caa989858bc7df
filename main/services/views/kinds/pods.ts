import type { Cell } from "../../../../shared/contract.ts";
import type { Container, Pod } from "../../../../shared/kubernetes/types.ts";
import type { KubeObject } from "../../../../shared/kubernetes/object.ts";
import type { Relations } from "../../watch/relations.ts";
import { known } from "../../watch/resources.ts";
import { column, controllerOf, list, ownerCell, ratio, ref, refCell, status, statusColumn, text, time, type KindView } from "../kindView.ts";
import { podSummary } from "../podStatus.ts";
import { quantity } from "../quantity.ts";

export const pods: KindView = {
  columns: [
    statusColumn,
    column("ready", "Ready", "ratio"),
    column("restarts", "Restarts", "number"),
    column("lastRestart", "Last restart", "time", { extra: true }),
    column("cpu", "CPU", "usage"),
    column("memory", "Memory", "usage"),
    column("node", "Node", "ref"),
    text("ip", "IP"),
    column("owner", "Owner", "ref"),
    column("images", "Images", "list", { extra: true }),
    text("qos", "QoS", { extra: true }),
  ],
  joins: ["replicasets", "usage"],
  joined: ["cpu", "memory", "owner"],
  row(object, relations) {
    const pod = object as Pod;
    const summary = podSummary(pod);
    return {
      status: summary.status,
      facts: { containers: containersOf(pod).map(({ name }) => name) },
      cells: {
        status: status(summary.status, summary.reason),
        ready: ratio(summary.ready, summary.containers),
        restarts: summary.restarts,
        lastRestart: time(summary.lastRestartAt),
        ...usageCells([pod], relations),
        node: pod.spec.nodeName ? refCell(ref(known.nodes, pod.spec.nodeName)) : null,
        ip: pod.status?.podIP ?? null,
        owner: topOwner(pod, relations),
        images: list(pod.spec.containers.map(({ image }) => image ?? "")),
        qos: pod.status?.qosClass ?? null,
      },
    };
  },
};

/** All containers of a pod that a person may want to see: app containers first. */
const containersOf = (pod: Pod): Container[] => [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];

/** The Deployment rather than its ReplicaSet. */
function topOwner(pod: Pod, relations: Relations): Cell {
  const owner = controllerOf(pod);
  const replicaSet = owner?.kind === "ReplicaSet" ? relations.get<KubeObject>("replicasets", `${pod.metadata.namespace}/${owner.name}`) : undefined;
  return replicaSet && controllerOf(replicaSet) ? ownerCell(replicaSet) : ownerCell(pod);
}

/** CPU and memory of some pods together, against what they request and may use. */
export function usageCells(pods: Pod[], relations: Relations): { cpu: Cell; memory: Cell } {
  const usages = pods.flatMap((pod) => relations.podUsage(`${pod.metadata.namespace}/${pod.metadata.name}`) ?? []);
  if (usages.length === 0) return { cpu: null, memory: null };
  const cell = (resource: "cpu" | "memory"): Cell => ({
    kind: "usage",
    value: usages.reduce((sum, usage) => sum + usage[resource], 0),
    unit: resource === "cpu" ? "cores" : "bytes",
    ...bound("request", pods, resource),
    ...bound("limit", pods, resource),
  });
  return { cpu: cell("cpu"), memory: cell("memory") };
}

/** The sum over containers; left out when a container sets none, because then there is no bound. */
function bound(which: "request" | "limit", pods: Pod[], resource: "cpu" | "memory"): { request?: number; limit?: number } {
  const values = pods.flatMap((pod) =>
    pod.spec.containers.map(({ resources }) => quantity((which === "request" ? resources?.requests : resources?.limits)?.[resource])),
  );
  const set = values.filter((value) => !Number.isNaN(value));
  if (set.length === 0 || (which === "limit" && set.length < values.length)) return {};
  return { [which]: set.reduce((sum, value) => sum + value, 0) };
}
