import { keyOf } from "../../shared/kubernetes/object.ts";
import type { EndpointSlice, Node, Pod, Service } from "../../shared/kubernetes/types.ts";
import { EndpointSlices, Nodes, Pods, Services } from "../api/resources.ts";
import type { Informer, Informers } from "../client/types.ts";
import { serviceKeyOf } from "./rules/endpoints.ts";

/** What the network reads of the API. */
export interface NetworkObjects {
  readonly synced: Promise<unknown>;
  readonly services: Informer<Service>;
  readonly nodes: Informer<Node>;
  readonly pods: Informer<Pod>;
  slicesOf(serviceKey: string): EndpointSlice[];
  podsOn(node: string): Pod[];
  /** Hears of Services (`namespace/name`) that changed, they or their endpoints, and of nodes whose host ports or addresses did. */
  onChange(listener: NetworkChanges): Disposable;
}

export interface NetworkChanges {
  service(key: string): void;
  node(name: string): void;
}

const byService = "network-service";
const byNode = "network-node";

export function networkObjects(informers: Informers): NetworkObjects {
  const services = informers.of(Services);
  const slices = informers.of(EndpointSlices);
  const nodes = informers.of(Nodes);
  const pods = informers.of(Pods);
  slices.addIndex(byService, (slice) => [serviceKeyOf(slice) ?? ""]);
  pods.addIndex(byNode, (pod) => (pod.spec?.nodeName && hasHostPort(pod) ? [pod.spec.nodeName] : []));
  return {
    synced: Promise.all([services.synced, slices.synced, nodes.synced, pods.synced]),
    services,
    nodes,
    pods,
    slicesOf: (key) => slices.byIndex(byService, key),
    podsOn: (node) => pods.byIndex(byNode, node),
    onChange: ({ service, node }) => {
      const wakeService = (object: EndpointSlice) => {
        const key = serviceKeyOf(object);
        if (key) service(key);
      };
      const wakeNodeOf = (pod: Pod) => {
        if (pod.spec?.nodeName && hasHostPort(pod)) node(pod.spec.nodeName);
      };
      const subscriptions = [
        services.handle(always((object: Service) => service(keyOf(object.metadata)))),
        slices.handle(always(wakeService)),
        nodes.handle(always((object: Node) => node(object.metadata.name))),
        pods.handle(always(wakeNodeOf)),
      ];
      return { [Symbol.dispose]: () => subscriptions.forEach((each) => each[Symbol.dispose]()) };
    },
  };
}

const always = <T>(wake: (object: T) => void) => ({
  onAdd: wake,
  onUpdate: (object: T, old: T) => {
    wake(old);
    wake(object);
  },
  onDelete: wake,
});

const hasHostPort = (pod: Pod): boolean => (pod.spec?.containers ?? []).some((container) => container.ports?.some((port) => port.hostPort));
