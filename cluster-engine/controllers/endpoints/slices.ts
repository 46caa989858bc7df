import type { Endpoint, EndpointSlice, Node, Pod, Service } from "../../../shared/kubernetes/types.ts";
import { EndpointSlices, Nodes, Pods, Services } from "../../api/resources.ts";
import { runReconciler, source, type ReconcileContext } from "../../client/reconciler.ts";
import type { Informer } from "../../client/types.ts";
import { controllerReference } from "../owners.ts";
import { isNamespaceTerminating, messageOf } from "../podControl.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import {
  addressTypesOf,
  type AddressType,
  type Backend,
  backendsOf,
  hasSelector,
  headlessLabel,
  isHeadless,
  isOfType,
  movesTraffic,
  publishesNotReady,
  selectedPods,
  servicesOf,
} from "./backends.ts";
import { planSlices, portKey, type PortGroup } from "./slicePlan.ts";
import { writeSlices, type SliceMetadata } from "./sliceWrites.ts";
import { triggerTimeAnnotation, TriggerTimes } from "./triggerTimes.ts";

export const serviceNameLabel = "kubernetes.io/service-name";
export const managedByLabel = "endpointslice.kubernetes.io/managed-by";
const manager = "endpointslice-controller.k8s.io";

const zoneLabel = "topology.kubernetes.io/zone";

/** Annotations that leave hints to the cluster: they go before the traffic distribution. */
const topologyModes = ["service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode"];

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
  readonly #times = new TriggerTimes();

  constructor(caches: Caches) {
    this.#caches = caches;
  }

  async reconcile(key: string, { client }: ReconcileContext): Promise<void> {
    const { context, services, pods, slices } = this.#caches;
    const service = services.get(key);
    // The slices of a Service that is gone go by garbage collection.
    if (!service) return this.#times.forget(key);
    if (service.metadata.deletionTimestamp || !hasSelector(service)) return;
    const selected = selectedPods(service, pods);
    const all = slices.byIndex("service", key);
    const types = addressTypesOf(service);
    const isOwn = (slice: EndpointSlice) => types.includes(slice.addressType as AddressType) && isOwnedBy(slice, service);
    const existing = all.filter(isOwn);
    const problems: string[] = [];
    const time = this.#times.since(key, service, selected);
    try {
      for (const slice of all) if (!isOwn(slice)) await client.resource(EndpointSlices).delete(slice.metadata);
      for (const type of types) {
        const groups = this.#groups(service, selected, type, problems);
        const own = existing.filter((slice) => slice.addressType === type);
        await writeSlices({ client, addressType: type, metadata: metadataFor(service, time), keepsOne: true }, planSlices(groups, own));
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
    for (const backend of backendsOf(service, selected)) {
      const { targetRef, nodeName = "", ports } = backend;
      const node = this.#caches.nodes.get(nodeName);
      if (!node && !publishesNotReady(service)) {
        const { namespace, name } = service.metadata;
        problems.push(`skipping Pod ${targetRef.name} for Service ${namespace}/${name}: Node ${nodeName} Not Found`);
        continue;
      }
      const addresses = backend.addresses.filter((address) => isOfType(address, type));
      if (addresses.length === 0) continue;
      const key = portKey(ports);
      const group: PortGroup = groups.get(key) ?? { ports, endpoints: [] };
      groups.set(key, group);
      group.endpoints.push(endpointOf(service, backend, node, addresses));
    }
    return [...groups.values()];
  }
}

const isOwnedBy = ({ metadata }: EndpointSlice, service: Service): boolean =>
  metadata.ownerReferences?.some(({ uid, kind, apiVersion }) => uid === service.metadata.uid && kind === "Service" && apiVersion === "v1") ?? false;

function endpointOf(
  service: Service,
  { ready, serving, terminating, hostname, nodeName, targetRef }: Backend,
  node: Node | undefined,
  addresses: string[],
): Endpoint {
  const zone = node?.metadata.labels?.[zoneLabel];
  const hints = ready ? hintsFor(service, zone, nodeName) : undefined;
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname ? { hostname } : {}),
    targetRef,
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone } : {}),
    ...(hints ? { hints } : {}),
  };
}

/** Who should use an endpoint, as the Service's traffic distribution wants it. */
function hintsFor({ spec, metadata }: Service, zone: string | undefined, nodeName: string | undefined): Endpoint["hints"] {
  const distribution = spec?.trafficDistribution ?? "";
  if (!distribution.startsWith("Prefer") || topologyModes.some((key) => /^[Aa]uto$/.test(metadata.annotations?.[key] ?? ""))) return undefined;
  const forZones = zone ? { forZones: [{ name: zone }] } : {};
  const forNodes = nodeName && distribution === "PreferSameNode" ? { forNodes: [{ name: nodeName }] } : {};
  const hints = { ...forZones, ...forNodes };
  return Object.keys(hints).length > 0 ? hints : undefined;
}

function metadataFor(service: Service, time: string | undefined): SliceMetadata {
  const { name, namespace } = service.metadata;
  return {
    generateName: `${name}-`,
    namespace,
    labels: labelsFor(service),
    annotations: time ? { [triggerTimeAnnotation]: time } : {},
    ownerReferences: [controllerReference(Services, service)],
  };
}

const labelsFor = (service: Service): Record<string, string> => {
  const { [serviceNameLabel]: _, [managedByLabel]: __, [headlessLabel]: ___, ...own } = service.metadata.labels ?? {};
  return { ...own, ...(isHeadless(service) ? { [headlessLabel]: "" } : {}), [serviceNameLabel]: service.metadata.name, [managedByLabel]: manager };
};
