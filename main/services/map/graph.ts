import type { MapEdge, MapGrouping, MapMessage, MapNode } from "../../../shared/map.ts";
import type { StatusClass } from "../../../shared/contract.ts";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { HorizontalPodAutoscaler, Ingress, IngressBackend, Pod, Service } from "../../../shared/kubernetes/types.ts";
import { podTemplateOf } from "../plans/warnings.ts";
import { controllerOf, ref } from "../views/kindView.ts";
import { matchesAll } from "../views/labelSelector.ts";
import { podSummary } from "../views/podStatus.ts";
import { usesOf } from "../views/usedBy.ts";
import { workloadState, workloadStatus } from "../views/workloadStatus.ts";
import { known, type KnownResource } from "../watch/resources.ts";

/** What the map is made from: the part of Relations that it needs. */
export interface MapSource {
  all<T extends KubeObject>(resource: KnownResource): T[];
  podsOf(object: KubeObject): Pod[];
}

export const mapResources = [
  "pods",
  "replicasets",
  "deployments",
  "statefulsets",
  "daemonsets",
  "jobs",
  "cronjobs",
  "services",
  "ingresses",
  "horizontalpodautoscalers",
] as const satisfies readonly KnownResource[];

/** With more nodes the map shows groups. */
const mostNodes = 500;
const workloads = ["deployments", "statefulsets", "daemonsets", "replicasets", "cronjobs", "jobs", "pods"] as const;
const configKinds = { configmaps: "ConfigMap", secrets: "Secret", persistentvolumeclaims: "PersistentVolumeClaim" } as const;
/** The worst first. */
const severity: readonly StatusClass[] = ["failed", "pending", "terminating", "unknown", "running", "succeeded"];

const idOf = (resource: KnownResource, namespace: string | undefined, name: string): string => `${resource}/${namespace ?? ""}/${name}`;

type Graph = Pick<MapMessage, "nodes" | "edges" | "collapsed">;

/** The map of the namespaces, or of all when there are none given. */
export function buildMap(source: MapSource, namespaces: readonly string[], by: MapGrouping): Graph {
  const wanted = new Set(namespaces);
  const all = <T extends KubeObject>(resource: KnownResource): T[] =>
    source.all<T>(resource).filter(({ metadata }) => wanted.size === 0 || wanted.has(metadata.namespace ?? ""));
  const { nodes, edges } = by === "node" ? podsByNode(all<Pod>("pods")) : new Connections(source, all, by).graph();
  nodes.sort((a, b) => (a.id < b.id ? -1 : 1));
  return nodes.length > mostNodes ? { nodes: groupsOf(nodes), edges: [], collapsed: true } : { nodes, edges, collapsed: false };
}

function podsByNode(pods: Pod[]): { nodes: MapNode[]; edges: MapEdge[] } {
  const nodes = pods.map((pod): MapNode => {
    const { status, reason } = podSummary(pod);
    return { ...nodeOf("pods", pod, "Pod"), group: pod.spec.nodeName ?? "", status, text: reason };
  });
  return { nodes, edges: [] };
}

function nodeOf(resource: KnownResource, { metadata }: KubeObject, kind: string): MapNode {
  const { namespace, name } = metadata;
  return { id: idOf(resource, namespace, name), object: ref(known[resource], name, namespace), kind, name, group: namespace ?? "" };
}

/** Workloads and all that leads to them or is used by them. */
class Connections {
  readonly #source: MapSource;
  readonly #all: <T extends KubeObject>(resource: KnownResource) => T[];
  readonly #by: MapGrouping;
  readonly #nodes = new Map<string, MapNode>();
  readonly #edges: MapEdge[] = [];
  /** Labels of the pods that a workload makes. */
  readonly #labels: { id: string; namespace: string; labels: Record<string, string> }[] = [];

  constructor(source: MapSource, all: <T extends KubeObject>(resource: KnownResource) => T[], by: MapGrouping) {
    this.#source = source;
    this.#all = all;
    this.#by = by;
  }

  graph(): { nodes: MapNode[]; edges: MapEdge[] } {
    for (const resource of workloads)
      for (const object of this.#all<KubeObject>(resource)) if (!controllerOf(object)) this.#workload(resource, object);
    for (const service of this.#all<Service>("services")) this.#service(service);
    for (const ingress of this.#all<Ingress>("ingresses")) this.#ingress(ingress);
    for (const scaler of this.#all<HorizontalPodAutoscaler>("horizontalpodautoscalers")) this.#scaler(scaler);
    if (this.#by === "app") this.#joinApps();
    return { nodes: [...this.#nodes.values()], edges: this.#edges };
  }

  #workload(resource: (typeof workloads)[number], object: KubeObject): void {
    const pods = this.#source.podsOf(object);
    const state = workloadState(object);
    const node: MapNode = { ...nodeOf(resource, object, object.kind), group: this.#groupOf(object) };
    if (state) Object.assign(node, workloadStatus(state, pods));
    if (object.kind === "Pod") Object.assign(node, (({ status, reason }) => ({ status, text: reason }))(podSummary(object as Pod)));
    if (pods.length > 0) node.pods = countStatuses(pods);
    this.#nodes.set(node.id, node);
    const template = podTemplateOf(object);
    const namespace = object.metadata.namespace ?? "";
    if (template?.metadata?.labels) this.#labels.push({ id: node.id, namespace, labels: template.metadata.labels });
    if (!template?.spec) return;
    const uses = usesOf(template.spec);
    for (const config of Object.keys(configKinds) as (keyof typeof configKinds)[])
      for (const name of uses[config]) this.#config(config, namespace, name, node);
  }

  #config(resource: keyof typeof configKinds, namespace: string, name: string, user: MapNode): void {
    const id = idOf(resource, namespace, name);
    const node: MapNode = { id, object: ref(known[resource], name, namespace), kind: configKinds[resource], name, group: user.group };
    if (!this.#nodes.has(id)) this.#nodes.set(id, node);
    this.#edges.push({ from: user.id, to: id, relation: "uses" });
  }

  #service(service: Service): void {
    const { metadata, spec } = service;
    const selector = spec?.selector ?? {};
    const selects = Object.keys(selector).length > 0;
    const targets = selects ? this.#labels.filter(({ namespace, labels }) => namespace === metadata.namespace && matchesAll(selector, labels)) : [];
    const node: MapNode = { ...nodeOf("services", service, "Service"), group: this.#groupOf(service), text: spec?.type ?? "ClusterIP" };
    if (selects && targets.length === 0) Object.assign(node, { status: "pending", text: "Selects nothing" });
    this.#nodes.set(node.id, node);
    for (const { id } of targets) this.#edges.push({ from: node.id, to: id, relation: "selects" });
  }

  #ingress(ingress: Ingress): void {
    const { metadata, spec } = ingress;
    const node = {
      ...nodeOf("ingresses", ingress, "Ingress"),
      group: this.#groupOf(ingress),
      text: spec?.rules?.map(({ host }) => host ?? "*").join(", ") ?? "",
    };
    this.#nodes.set(node.id, node);
    const backends: (IngressBackend | undefined)[] = [spec?.defaultBackend];
    for (const { http } of spec?.rules ?? []) for (const { backend } of http?.paths ?? []) backends.push(backend);
    for (const name of new Set(backends.map((backend) => backend?.service?.name)))
      if (name) this.#link({ from: node.id, to: idOf("services", metadata.namespace, name), relation: "routes" });
  }

  #scaler(scaler: HorizontalPodAutoscaler): void {
    const { metadata, spec, status } = scaler;
    const text = `${status?.currentReplicas ?? 0} of ${spec?.minReplicas ?? 1}–${spec?.maxReplicas ?? 1}`;
    const node = { ...nodeOf("horizontalpodautoscalers", scaler, "HorizontalPodAutoscaler"), group: this.#groupOf(scaler), text };
    this.#nodes.set(node.id, node);
    const target = [...this.#nodes.values()].find(
      ({ kind, name, object }) => kind === spec?.scaleTargetRef.kind && name === spec.scaleTargetRef.name && object?.namespace === metadata.namespace,
    );
    if (target) this.#link({ from: node.id, to: target.id, relation: "scales" });
  }

  #link(edge: MapEdge): void {
    if (this.#nodes.has(edge.to)) this.#edges.push(edge);
  }

  #groupOf({ metadata }: KubeObject): string {
    const { namespace, labels = {}, name } = metadata;
    if (this.#by === "namespace") return namespace ?? "";
    return labels["app.kubernetes.io/name"] ?? labels["app.kubernetes.io/instance"] ?? labels["app"] ?? name;
  }

  /** What leads to an app, or scales it, belongs to it. */
  #joinApps(): void {
    for (const { from, to, relation } of this.#edges) {
      const [source, target] = [this.#nodes.get(from)!, this.#nodes.get(to)!];
      if (relation !== "uses") source.group = target.group;
    }
  }
}

function countStatuses(pods: Pod[]): Partial<Record<StatusClass, number>> {
  const counts: Partial<Record<StatusClass, number>> = {};
  for (const pod of pods) {
    const { status } = podSummary(pod);
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

/** A node for each group, with the worst status in it and how many objects have which. */
function groupsOf(nodes: readonly MapNode[]): MapNode[] {
  const groups = new Map<string, MapNode>();
  for (const { group, status } of nodes) {
    const node = groups.get(group) ?? { id: `group/${group}`, kind: "Group", name: group, group: "", pods: {} };
    groups.set(group, node);
    if (!status) continue;
    node.pods![status] = (node.pods![status] ?? 0) + 1;
    if (!node.status || severity.indexOf(status) < severity.indexOf(node.status)) node.status = status;
  }
  return [...groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
