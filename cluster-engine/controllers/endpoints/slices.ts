import type { Endpoint, EndpointSlice, Node, Pod, Service } from "../../../shared/kubernetes/types.ts";
import { EndpointSlices, Nodes, Pods, Services } from "../../api/resources.ts";
import { runReconciler, source, type ReconcileContext } from "../../client/reconciler.ts";
import type { Informer } from "../../client/types.ts";
import { controllerReference } from "../owners.ts";
import { isNamespaceTerminating, messageOf } from "../podControl.ts";
import { isReady } from "../podState.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import {
  hasAddress,
  hasSelector,
  headlessLabel,
  hostnameIn,
  isHeadless,
  movesTraffic,
  portsOf,
  selectedPods,
  servicesOf,
  triggerTime,
  triggerTimeAnnotation,
} from "./backends.ts";
import { planSlices, portKey, type PortGroup } from "./slicePlan.ts";
import { writeSlices, type AddressType, type SliceMetadata } from "./sliceWrites.ts";

export const serviceNameLabel = "kubernetes.io/service-name";
export const managedByLabel = "endpointslice.kubernetes.io/managed-by";
const manager = "endpointslice-controller.k8s.io";

const zoneLabel = "topology.kubernetes.io/zone";

/** Keeps the EndpointSlices of each Service with a selector. */
export const endpointSliceController: Controller = {
  name: "endpointslice-controller",
  account: "endpointslice-controller",
  component: "endpoint-slice-controller",
  start(context) {
    const services = context.informers.of(Services);
    const pods = context.informers.of(Pods);
    const nodes = context.informers.of(Nodes);
    const slices = context.informers.of(EndpointSlices);
    slices.addIndex("service", (slice) => (slice.metadata.labels?.[managedByLabel] === manager ? serviceKey(slice) : []));
    const controller = new EndpointSliceController({ context, services, pods, nodes, slices });
    return runReconciler({
      ...loopOptions(context),
      name: "endpointslice",
      sources: [
        source(services),
        source(pods, servicesOf(services), movesTraffic),
        source(slices, (slice) => (slice.metadata.labels?.[managedByLabel] === manager ? serviceKey(slice) : [])),
      ],
      reads: [nodes],
      reconcile: (key, run) => controller.reconcile(key, run),
    });
  },
};

const serviceKey = ({ metadata }: EndpointSlice): string[] => {
  const name = metadata.labels?.[serviceNameLabel];
  return name ? [`${metadata.namespace}/${name}`] : [];
};

interface Caches {
  context: ControllerContext;
  services: Informer<Service>;
  pods: Informer<Pod>;
  nodes: Informer<Node>;
  slices: Informer<EndpointSlice>;
}

class EndpointSliceController {
  readonly #caches: Caches;

  constructor(caches: Caches) {
    this.#caches = caches;
  }

  async reconcile(key: string, { client }: ReconcileContext): Promise<void> {
    const { context, services, pods, slices } = this.#caches;
    const service = services.get(key);
    // The slices of a Service that is gone go by garbage collection.
    if (!service || service.metadata.deletionTimestamp || !hasSelector(service)) return;
    const selected = selectedPods(service, pods);
    const existing = slices.byIndex("service", key);
    const types = addressTypes(service);
    const problems: string[] = [];
    try {
      for (const slice of existing)
        if (!types.includes(slice.addressType as AddressType)) await client.resource(EndpointSlices).delete(slice.metadata);
      for (const type of types) {
        const groups = this.#groups(service, selected, type, problems);
        const own = existing.filter((slice) => slice.addressType === type);
        await writeSlices(
          { client, addressType: type, metadata: metadataFor(service, triggerTime(service, selected)), keepsOne: true },
          planSlices(groups, own),
        );
      }
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      const { namespace, name } = service.metadata;
      context.events.event(
        service,
        "Warning",
        "FailedToUpdateEndpointSlices",
        `Error updating Endpoint Slices for Service ${namespace}/${name}: ${messageOf(error)}`,
      );
      throw error;
    }
    if (problems.length > 0) throw new Error(problems.join("; "));
  }

  #groups(service: Service, selected: Pod[], type: AddressType, problems: string[]): PortGroup[] {
    const groups = new Map<string, PortGroup>();
    for (const pod of selected) {
      if (!hasAddress(pod, true)) continue;
      const node = this.#caches.nodes.get(pod.spec.nodeName ?? "");
      if (!node && !service.spec?.publishNotReadyAddresses) {
        problems.push(
          `skipping Pod ${pod.metadata.name} for Service ${service.metadata.namespace}/${service.metadata.name}: Node ${pod.spec.nodeName} Not Found`,
        );
        continue;
      }
      const addresses = addressesOf(pod, type);
      if (addresses.length === 0) continue;
      const ports = portsOf(service, pod);
      const key = portKey(ports);
      const group: PortGroup = groups.get(key) ?? { ports, endpoints: [] };
      groups.set(key, group);
      group.endpoints.push(endpointOf(service, pod, node, addresses));
    }
    return [...groups.values()];
  }
}

function addressTypes({ spec }: Service): AddressType[] {
  if (spec?.ipFamilies?.length) return spec.ipFamilies as AddressType[];
  return [spec?.clusterIP?.includes(":") ? "IPv6" : "IPv4"];
}

const addressesOf = ({ status }: Pod, type: AddressType): string[] => {
  const all = status?.podIPs?.map(({ ip }) => ip) ?? (status?.podIP ? [status.podIP] : []);
  return all.filter((ip) => ip.includes(":") === (type === "IPv6"));
};

function endpointOf(service: Service, pod: Pod, node: Node | undefined, addresses: string[]): Endpoint {
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec?.publishNotReadyAddresses || (serving && !terminating);
  const { namespace, name, uid } = pod.metadata;
  const hostname = hostnameIn(service, pod);
  const zone = node?.metadata.labels?.[zoneLabel];
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname ? { hostname } : {}),
    targetRef: { kind: "Pod", namespace, name, uid },
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    ...(zone ? { zone } : {}),
  };
}

function metadataFor(service: Service, time: string): SliceMetadata {
  const { name, namespace } = service.metadata;
  return {
    generateName: `${name}-`,
    namespace,
    labels: labelsFor(service),
    annotations: { [triggerTimeAnnotation]: time },
    ownerReferences: [controllerReference(Services, service)],
  };
}

const labelsFor = (service: Service): Record<string, string> => {
  const { [serviceNameLabel]: _, [managedByLabel]: __, [headlessLabel]: ___, ...own } = service.metadata.labels ?? {};
  return { ...own, ...(isHeadless(service) ? { [headlessLabel]: "" } : {}), [serviceNameLabel]: service.metadata.name, [managedByLabel]: manager };
};
