import type { HomeMessage, ObjectRef, StatusClass } from "../../../shared/contract.ts";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Deployment, Event, Node, Pod, Service } from "../../../shared/kubernetes/types.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { StreamEnds, StreamSource } from "../port/types.ts";
import { serviceUrl } from "../services/serviceUrl.ts";
import { ref } from "../views/kindView.ts";
import { lastSeen } from "../views/kinds/events.ts";
import { nodeStatus } from "../views/kinds/nodes.ts";
import { podSummary } from "../views/podStatus.ts";
import { quantity } from "../views/quantity.ts";
import { matchesAll } from "../views/labelSelector.ts";
import { workloadState, workloadStatus } from "../views/workloadStatus.ts";
import { whyOf } from "../objects/why.ts";
import { freshnessOf } from "../watch/freshness.ts";
import { Relations } from "../watch/relations.ts";
import { known, knownKind, type KnownResource } from "../watch/resources.ts";

const counted = ["pods", "deployments", "statefulsets", "daemonsets", "jobs", "services", "nodes"] as const satisfies readonly KnownResource[];
const workloads = ["deployments", "statefulsets", "daemonsets"] as const satisfies readonly KnownResource[];
const recentEvents = 12;

/** Home: problems grouped by cause, apps, nodes, what happened last. */
export class HomeStream implements StreamSource<HomeMessage> {
  readonly #relations: Relations;
  readonly #namespaces: Set<string> | undefined;
  readonly #local: boolean;
  #sent = "";

  constructor(cluster: Cluster, namespaces: string[], ends: StreamEnds) {
    this.#local = cluster.local;
    this.#namespaces = namespaces.length > 0 ? new Set(namespaces) : undefined;
    this.#relations = new Relations(cluster, [...counted, "replicasets", "endpointslices", "events", "usage"], () => ends.wake());
    ends.wake();
  }

  next(): HomeMessage | undefined {
    const message = this.#message();
    const { freshness, ...rest } = message;
    const shape = JSON.stringify([rest, freshness.state]);
    if (shape === this.#sent) return undefined;
    this.#sent = shape;
    return message;
  }

  [Symbol.dispose](): void {
    this.#relations[Symbol.dispose]();
  }

  #message(): HomeMessage {
    const pods = this.#scoped<Pod>("pods");
    const status = this.#relations.cache("pods")!.status;
    return {
      problems: this.#problems(pods),
      apps: this.#apps(),
      nodes: this.#relations.all<Node>("nodes").map((node) => this.#node(node)),
      recent: this.#recent(),
      counts: counted.map((resource) => ({
        resource: known[resource],
        total: this.#scoped(resource).length,
        failing: this.#scoped(resource).filter((object) => this.#statusOf(object) === "failed").length,
      })),
      freshness: freshnessOf(status, known.pods),
    };
  }

  #scoped<T extends KubeObject>(resource: KnownResource): T[] {
    const all = this.#relations.all<T>(resource);
    return this.#namespaces ? all.filter(({ metadata }) => !metadata.namespace || this.#namespaces!.has(metadata.namespace)) : all;
  }

  #statusOf(object: KubeObject): StatusClass | undefined {
    if (object.kind === "Pod") return podSummary(object as Pod).status;
    if (object.kind === "Node") return nodeStatus(object as Node).status;
    const state = workloadState(object);
    return state && workloadStatus(state, this.#relations.podsOf(object)).status;
  }

  #problems(pods: Pod[]): HomeMessage["problems"] {
    const groups = new Map<string, HomeMessage["problems"][number]>();
    const events = this.#relations.all<Event>("events").sort((a, b) => lastSeen(b) - lastSeen(a));
    const add = (object: KubeObject, resource: KnownResource, status: StatusClass) => {
      const why = whyOf(object, {
        events,
        pods: this.#relations.podsOf(object),
        slices: object.kind === "Service" ? this.#relations.slicesOf(object) : [],
      });
      if (!why) return;
      const group = groups.get(why.cause) ?? { cause: why.cause, status, count: 0, objects: [], next: why.next };
      group.count++;
      group.objects.push(ref(known[resource], object.metadata.name, object.metadata.namespace));
      groups.set(why.cause, group);
    };
    for (const pod of pods) {
      const unscheduled = pod.status?.conditions?.some(
        ({ type, status, reason }) => type === "PodScheduled" && status === "False" && reason === "Unschedulable",
      );
      if (podSummary(pod).status === "failed" || unscheduled) add(pod, "pods", unscheduled ? "pending" : "failed");
    }
    for (const node of this.#relations.all<Node>("nodes")) if (nodeStatus(node).status !== "running") add(node, "nodes", nodeStatus(node).status);
    return [...groups.values()].sort((a, b) => b.count - a.count);
  }

  #apps(): HomeMessage["apps"] {
    return workloads.flatMap((resource) =>
      this.#scoped(resource).map((object) => {
        const state = workloadState(object)!;
        const { name, namespace, labels } = object.metadata;
        const url = this.#urlOf(object as Deployment);
        return {
          name: labels?.["app.kubernetes.io/name"] ?? name,
          namespace,
          owner: ref(known[resource], name, namespace) satisfies ObjectRef,
          ready: state.ready,
          desired: state.desired,
          status: workloadStatus(state, this.#relations.podsOf(object)).status,
          ...(url ? { url } : {}),
        };
      }),
    );
  }

  /** The address of a Service that selects the workload's pods. */
  #urlOf({ metadata, spec }: Deployment): string | undefined {
    const labels = spec.template?.metadata?.labels ?? {};
    const services = this.#relations
      .all<Service>("services")
      .filter(
        (service) =>
          service.metadata.namespace === metadata.namespace &&
          Object.keys(service.spec?.selector ?? {}).length > 0 &&
          matchesAll(service.spec!.selector!, labels),
      );
    return services.map((service) => serviceUrl(service, this.#local ? "127.0.0.1" : undefined)).find((url) => url !== undefined);
  }

  #node(node: Node): HomeMessage["nodes"][number] {
    const { name } = node.metadata;
    const usage = this.#relations.nodeUsage(name);
    const { status, text } = nodeStatus(node);
    const capacity = (resource: string) => quantity(node.status?.allocatable?.[resource]) || 0;
    return {
      name,
      status,
      text,
      pods: this.#relations.podsOn(name).length,
      maxPods: capacity("pods"),
      cpuCapacity: capacity("cpu"),
      memoryCapacity: capacity("memory"),
      ...(usage ? { cpu: usage.cpu, memory: usage.memory } : {}),
    };
  }

  #recent(): HomeMessage["recent"] {
    return this.#scoped<Event>("events")
      .sort((a, b) => lastSeen(b) - lastSeen(a))
      .slice(0, recentEvents)
      .map((event) => {
        const { involvedObject, type = "Normal", reason = "", message = "" } = event;
        const resource = knownKind(involvedObject.apiVersion ?? "v1", involvedObject.kind ?? "") ?? known.events;
        return {
          at: lastSeen(event),
          type,
          reason,
          message,
          object: ref(resource, involvedObject.name ?? "", involvedObject.namespace),
          kind: involvedObject.kind ?? "",
        };
      });
  }
}
