import type { Cell, ObjectRef, ResourceRef, Row, StatusClass, ViewColumn, ViewFilter } from "../../../shared/contract.ts";
import { summaryOf } from "../../features/detail/summary.ts";
import { kinds, refOf, type FakeCluster, type FakeObject } from "./fakeCluster.ts";

const column = (id: string, title: string, type: ViewColumn["type"] = "text", extra = false): ViewColumn => ({
  id,
  title,
  type,
  ...(extra ? { extra } : {}),
});
const status = column("status", "Status", "status");

const columnsByKind: Record<string, ViewColumn[]> = {
  Pod: [
    status,
    column("ready", "Ready", "ratio"),
    column("restarts", "Restarts", "number"),
    column("cpu", "CPU", "usage"),
    column("memory", "Memory", "usage"),
    column("node", "Node", "ref"),
    column("ip", "IP", "text", true),
    column("owner", "Owner", "ref", true),
  ],
  Deployment: [column("ready", "Ready", "ratio"), status, column("images", "Images", "list"), column("strategy", "Strategy")],
  ReplicaSet: [column("ready", "Ready", "ratio"), column("images", "Images", "list"), column("owner", "Owner", "ref")],
  Service: [
    column("type", "Type"),
    column("clusterIP", "Cluster IP"),
    column("external", "External"),
    column("ports", "Ports", "list"),
    column("endpoints", "Endpoints", "ratio"),
    column("open", "Open", "link"),
  ],
  Node: [status, column("pods", "Pods", "ratio"), column("cpu", "CPU", "usage"), column("memory", "Memory", "usage"), column("version", "Version")],
  Event: [
    status,
    column("reason", "Reason"),
    column("object", "Object", "ref"),
    column("message", "Message"),
    column("count", "Count", "number"),
    column("last", "Last", "time"),
    column("source", "Source", "text", true),
  ],
  ConfigMap: [column("keys", "Keys", "list"), column("usedBy", "Used by", "number")],
  Secret: [column("type", "Type"), column("keys", "Keys", "list")],
  Namespace: [status, column("pods", "Pods", "number"), column("warnings", "Warnings", "number")],
};

export function columnsOf(ref: ResourceRef): ViewColumn[] {
  const kind = kinds.find((each) => each.group === ref.group && each.resource === ref.resource);
  const own = columnsByKind[kind?.kind ?? ""] ?? [];
  return [
    ...(kind?.kind === "Event" ? [] : [column("name", "Name")]),
    ...(kind?.namespaced ? [column("namespace", "Namespace")] : []),
    ...own,
    ...(kind?.kind === "Event" ? [] : [column("age", "Age", "time")]),
  ];
}

const statusCell = (object: FakeObject): Cell => {
  if (object.kind === "Event") return { kind: "status", status: object["type"] === "Warning" ? "failed" : "succeeded", text: object["type"] };
  const summary = summaryOf(object as never);
  return summary ? { kind: "status", status: summary.status, text: summary.word } : null;
};

const usage = (value: number, unit: "cores" | "bytes", request?: number, limit?: number): Cell => ({
  kind: "usage",
  value,
  unit,
  ...(request ? { request } : {}),
  ...(limit ? { limit } : {}),
});
const wave = (object: FakeObject, base: number): number =>
  base * (0.6 + 0.4 * Math.abs(Math.sin(object.metadata.uid.length + Number(object.metadata.resourceVersion) + Date.now() / 20_000)));

type CellsOf = (object: FakeObject, cluster: FakeCluster) => Record<string, Cell>;

const owner: CellsOf = (object, cluster): Record<string, Cell> => {
  const of = cluster.ownersOf(object)[0];
  if (!of) return { owner: null };
  return {
    owner: {
      kind: "ref",
      object: refOf(
        kinds.find((each) => each.kind === of.kind)!,
        of,
      ),
      text: `${of.kind}/${of.metadata.name}`,
    },
  };
};
const images = (object: FakeObject): Cell => ({
  kind: "list",
  items: object.spec.template.spec.containers.map((each: { image: string }) => each.image),
});
const ready = (object: FakeObject): Cell => {
  const summary = summaryOf(object as never);
  return summary?.ready ? { kind: "ratio", ...summary.ready } : null;
};

const cellsByKind: Record<string, CellsOf> = {
  Pod: (pod, cluster) => ({
    ready: ready(pod),
    restarts: pod.status.containerStatuses?.[0]?.restartCount ?? 0,
    ip: pod.status.podIP ?? null,
    ...owner(pod, cluster),
    cpu: pod.status.phase === "Running" ? usage(wave(pod, 0.08), "cores", 0.1) : null,
    memory: pod.status.phase === "Running" ? usage(wave(pod, 180 * 1024 ** 2), "bytes", 100 * 1024 ** 2, 256 * 1024 ** 2) : null,
    node: pod.spec.nodeName
      ? { kind: "ref", object: { group: "", version: "v1", resource: "nodes", name: pod.spec.nodeName }, text: pod.spec.nodeName }
      : null,
  }),
  Deployment: (object) => ({ ready: ready(object), images: images(object), strategy: object.spec.strategy.type }),
  ReplicaSet: (object, cluster) => ({ ready: ready(object), images: images(object), ...owner(object, cluster) }),
  Service: (service, cluster): Record<string, Cell> => {
    const selector = Object.entries((service.spec.selector ?? {}) as Record<string, string>);
    const pods = cluster
      .list({ group: "", resource: "pods" })
      .filter(
        (pod) =>
          selector.length > 0 &&
          pod.metadata.namespace === service.metadata.namespace &&
          selector.every(([name, value]) => pod.metadata.labels[name] === value),
      );
    const url = urlOf(service);
    return {
      type: service.spec.type,
      clusterIP: service.spec.clusterIP,
      external: service.spec.type === "LoadBalancer" ? "127.0.0.1" : null,
      open: url ? { kind: "link", url, text: url.replace("http://", "") } : null,
      ports: {
        kind: "list",
        items: service.spec.ports.map(
          (port: { port: number; targetPort: number; nodePort?: number; protocol: string }) =>
            `${port.port}${port.nodePort ? `:${port.nodePort}` : ""}/${port.protocol} → ${port.targetPort}`,
        ),
      },
      endpoints:
        selector.length > 0 ? { kind: "ratio", value: pods.filter((pod) => pod.status.containerStatuses?.[0]?.ready).length, of: pods.length } : null,
    };
  },
  Node: (node, cluster) => ({
    pods: {
      kind: "ratio",
      value: cluster.list({ group: "", resource: "pods" }).filter((pod) => pod.spec.nodeName === node.metadata.name).length,
      of: 110,
    },
    cpu: usage(wave(node, 1.4), "cores", 1.1, 4),
    memory: usage(wave(node, 6 * 1024 ** 3), "bytes", 3 * 1024 ** 3, 16 * 1024 ** 3),
    version: node.status.nodeInfo.kubeletVersion,
  }),
  Event: (event) => ({
    reason: event["reason"],
    object: { kind: "ref", object: event["involvedObject"], text: `${event["involvedObject"].kind}/${event["involvedObject"].name}` },
    message: event["message"],
    count: event["count"],
    last: { kind: "time", at: Date.parse(event["lastTimestamp"]) },
    source: event["source"].component,
  }),
  ConfigMap: (object) => ({ keys: { kind: "list", items: Object.keys(object["data"] ?? {}) }, usedBy: 1 }),
  Secret: (object) => ({ type: object["type"], keys: { kind: "list", items: Object.keys(object["data"] ?? {}) } }),
  Namespace: (object, cluster) => ({
    pods: cluster.list({ group: "", resource: "pods" }).filter((pod) => pod.metadata.namespace === object.metadata.name).length,
    warnings: cluster
      .list({ group: "", resource: "events" })
      .filter((event) => event["type"] === "Warning" && event.metadata.namespace === object.metadata.name).length,
  }),
};

export function urlOf(service: FakeObject): string | undefined {
  const port = service.spec?.ports?.[0];
  if (service.spec?.type === "LoadBalancer") return `http://localhost:${port.port}`;
  return service.spec?.type === "NodePort" ? `http://localhost:${port.nodePort}` : undefined;
}

export function rowOf(ref: ResourceRef, object: FakeObject, cluster: FakeCluster): Row {
  const summary = object.kind === "Event" ? undefined : summaryOf(object as never);
  const url = object.kind === "Service" ? urlOf(object) : undefined;
  const target: ObjectRef = refOf(ref, object);
  const statusClass: StatusClass | undefined = object.kind === "Event" ? (object["type"] === "Warning" ? "failed" : "succeeded") : summary?.status;
  return {
    key: `${object.metadata.namespace ? `${object.metadata.namespace}/` : ""}${object.metadata.name}`,
    object: target,
    uid: object.metadata.uid,
    labels: object.metadata.labels,
    ...(statusClass ? { status: statusClass } : {}),
    facts: {
      ...(typeof object.spec?.replicas === "number" ? { replicas: object.spec.replicas } : {}),
      ...(url ? { url } : {}),
      ...(object.spec?.containers ? { containers: object.spec.containers.map((each: { name: string }) => each.name) } : {}),
    },
    cells: {
      name: object.metadata.name,
      namespace: object.metadata.namespace ?? null,
      status: statusCell(object),
      age: { kind: "time", at: Date.parse(object.metadata.creationTimestamp) },
      ...cellsByKind[object.kind]?.(object, cluster),
    },
  };
}

const textOf = (cell: Cell | undefined): string => {
  if (cell === null || cell === undefined) return "";
  if (typeof cell !== "object") return String(cell);
  if (cell.kind === "list") return cell.items.join(" ");
  if (cell.kind === "ratio") return `${cell.value}/${cell.of}`;
  return "text" in cell ? cell.text : "";
};

const valueOf = (cell: Cell | undefined): number | string => {
  if (typeof cell === "number") return cell;
  if (cell !== null && typeof cell === "object") {
    if (cell.kind === "time") return -cell.at;
    if (cell.kind === "usage" || cell.kind === "ratio") return cell.value;
  }
  return textOf(cell);
};

/** Whether a row's words satisfy the filter text: plain, `/regex/`, `!not`. */
export function matchesText(row: Row, text: string): boolean {
  if (text === "") return true;
  const not = text.startsWith("!");
  const inner = not ? text.slice(1) : text;
  const words = Object.values(row.cells).map(textOf).join(" ").toLowerCase();
  const pattern = /^\/(.*)\/$/.exec(inner)?.[1];
  let found = false;
  try {
    found =
      pattern === undefined
        ? inner
            .toLowerCase()
            .split(/\s+/)
            .every((word) => words.includes(word))
        : new RegExp(pattern, "i").test(words);
  } catch {
    return true;
  }
  return not ? !found : found;
}

export interface FakeViewParams {
  resource: ResourceRef;
  namespaces?: string[];
  filter: Partial<ViewFilter>;
  sort?: { column: string; descending: boolean };
}

/** All rows of a view, filtered and sorted. */
export function rowsOf(
  cluster: FakeCluster,
  { resource, namespaces = [], filter, sort }: FakeViewParams,
): { rows: Row[]; total: number; statusCounts: Partial<Record<StatusClass, number>> } {
  const ownerObject = filter.owner ? cluster.find(filter.owner) : undefined;
  const belongs = (object: FakeObject): boolean => {
    if (!filter.owner) return true;
    if (!ownerObject) return false;
    const about = object["about"] as FakeObject | undefined;
    return about ? about === ownerObject || cluster.isOwnedBy(about, ownerObject) : cluster.isOwnedBy(object, ownerObject);
  };
  const scoped = cluster.list(resource).filter((object) => namespaces.length === 0 || namespaces.includes(object.metadata.namespace ?? ""));
  const labels = (filter.labelSelector ?? "")
    .split(",")
    .filter(Boolean)
    .map((each) => each.split("="));
  const before = scoped
    .filter((object) => belongs(object) && labels.every(([name, value]) => object.metadata.labels[name!] === value))
    .map((object) => rowOf(resource, object, cluster))
    .filter((row) => matchesText(row, filter.text ?? ""));
  const statusCounts: Partial<Record<StatusClass, number>> = {};
  for (const row of before) if (row.status) statusCounts[row.status] = (statusCounts[row.status] ?? 0) + 1;
  const rows = filter.statuses?.length ? before.filter((row) => row.status && filter.statuses!.includes(row.status)) : before;
  const by = sort?.column ?? (resource.resource === "events" ? "last" : "name");
  const order = (sort?.descending ? -1 : 1) * 1;
  const ordered = rows.toSorted((a, b) => {
    const [one, other] = [valueOf(a.cells[by]), valueOf(b.cells[by])];
    return (one < other ? -1 : one > other ? 1 : a.key.localeCompare(b.key)) * order;
  });
  return { rows: ordered, total: scoped.length, statusCounts };
}
