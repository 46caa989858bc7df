import { isIP } from "node:net";
import type {
  DiscoveryV1EndpointPort,
  Endpoint,
  EndpointAddress,
  Endpoints as EndpointsObject,
  EndpointSlice,
  EndpointSubset,
  Service,
} from "../../../shared/kubernetes/types.ts";
import { Endpoints, EndpointSlices, Services } from "../../api/resources.ts";
import type { EventRecorder } from "../../client/events.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import { controllerReference } from "../owners.ts";
import { loopOptions, type Controller } from "../types.ts";
import { type AddressType, hasSelector, isOfType } from "./backends.ts";
import { planSlices, portKey, type PortGroup } from "./slicePlan.ts";
import { managedByLabel, serviceNameLabel } from "./slices.ts";
import { writeSlices, type SliceMetadata } from "./sliceWrites.ts";
import { triggerTimeAnnotation } from "./triggerTimes.ts";

const manager = "endpointslicemirroring-controller.k8s.io";
const skipLabel = "endpointslice.kubernetes.io/skip-mirror";
const leaderAnnotation = "control-plane.alpha.kubernetes.io/leader";

/** What the controller does not copy to slices. */
const ownAnnotations = new Set([triggerTimeAnnotation, "kubectl.kubernetes.io/last-applied-configuration"]);

/** Addresses of a subset beyond this are not mirrored. */
const maxPerSubset = 1000;

const isMirrored = ({ metadata }: EndpointSlice): boolean => metadata.labels?.[managedByLabel] === manager;

const serviceKey = (slice: EndpointSlice): string[] =>
  isMirrored(slice) ? [`${slice.metadata.namespace}/${slice.metadata.labels?.[serviceNameLabel]}`] : [];

/** Mirrors Endpoints that users write, for Services without a selector, to EndpointSlices. */
export const endpointSliceMirroringController: Controller = {
  name: "endpointslice-mirroring-controller",
  account: "endpointslicemirroring-controller",
  component: "endpoint-slice-mirroring-controller",
  start(context) {
    const services = context.informers.of(Services);
    const endpoints = context.informers.of(Endpoints);
    const slices = context.informers.of(EndpointSlices);
    slices.addIndex("mirrored", serviceKey);
    return runReconciler({
      ...loopOptions(context),
      name: "endpointslice-mirroring",
      sources: [source(services), source(endpoints), source(slices, serviceKey)],
      async reconcile(key, { client }) {
        const existing = slices.byIndex("mirrored", key);
        const original = endpoints.get(key);
        const wanted = original && mayMirror(original, services.get(key)) ? original : undefined;
        if (wanted) tellSkipped(context.events, wanted);
        for (const addressType of ["IPv4", "IPv6"] as const) {
          const own = existing.filter((slice) => slice.addressType === addressType);
          const groups = wanted ? groupsOf(wanted, addressType) : [];
          if (groups.length + own.length === 0) continue;
          // Without Endpoints there is nothing to name in what is only deleted.
          const metadata = wanted ? metadataFor(wanted) : { namespace: own[0]!.metadata.namespace, labels: {}, annotations: {} };
          await writeSlices({ client, addressType, metadata, keepsOne: false }, planSlices(groups, own));
        }
      },
    });
  },
};

function mayMirror({ metadata }: EndpointsObject, service: Service | undefined): boolean {
  if (!service || hasSelector(service) || service.spec?.type === "ExternalName") return false;
  return metadata.labels?.[skipLabel] !== "true" && !(leaderAnnotation in (metadata.annotations ?? {}));
}

/** The addresses of one family, by their ports. */
export function groupsOf({ subsets = [] }: EndpointsObject, addressType: AddressType): PortGroup[] {
  const groups = new Map<string, PortGroup>();
  for (const subset of subsets) {
    const endpoints = endpointsOf(subset, addressType);
    if (endpoints.length === 0) continue;
    const ports = (subset.ports ?? []).map(({ name = "", port, protocol, appProtocol }): DiscoveryV1EndpointPort => ({
      name,
      port,
      protocol,
      ...(appProtocol ? { appProtocol } : {}),
    }));
    const key = portKey(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    groups.set(key, { ports, endpoints: [...group.endpoints, ...endpoints] });
  }
  return [...groups.values()];
}

const endpointsOf = (subset: EndpointSubset, addressType: AddressType): Endpoint[] =>
  mirrored(subset).filter((endpoint) => isOfType(endpoint.addresses[0]!, addressType));

/** The subset's valid addresses, ready ones first, as many as are mirrored. */
function mirrored({ addresses = [], notReadyAddresses = [] }: EndpointSubset): Endpoint[] {
  const all = [...addresses.map((address) => endpointOf(address, true)), ...notReadyAddresses.map((address) => endpointOf(address, false))];
  return all.filter((endpoint) => isIP(endpoint.addresses[0]!)).slice(0, maxPerSubset);
}

function tellSkipped(events: EventRecorder, endpoints: EndpointsObject): void {
  let [invalid, skipped] = [0, 0];
  for (const subset of endpoints.subsets ?? []) {
    const all = [...(subset.addresses ?? []), ...(subset.notReadyAddresses ?? [])];
    invalid += all.filter(({ ip }) => !isIP(ip)).length;
    skipped += all.length - mirrored(subset).length;
  }
  if (invalid > 0) events.event(endpoints, "Warning", "InvalidIPAddress", `Skipped ${invalid} invalid IP addresses when mirroring to EndpointSlices`);
  if (skipped > invalid) {
    const message = `A max of ${maxPerSubset} addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped} addresses were skipped`;
    events.event(endpoints, "Warning", "TooManyAddressesToMirror", message);
  }
}

const endpointOf = ({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint => ({
  addresses: [ip],
  conditions: { ready },
  ...(hostname ? { hostname } : {}),
  ...(nodeName ? { nodeName } : {}),
  ...(targetRef ? { targetRef } : {}),
});

function metadataFor(endpoints: EndpointsObject): SliceMetadata {
  const { name, namespace, labels, annotations = {} } = endpoints.metadata;
  return {
    generateName: `${name}-`,
    namespace,
    labels: { ...labels, [serviceNameLabel]: name, [managedByLabel]: manager },
    annotations: Object.fromEntries(Object.entries(annotations).filter(([key]) => !ownAnnotations.has(key))),
    ownerReferences: [controllerReference(Endpoints, endpoints)],
  };
}
