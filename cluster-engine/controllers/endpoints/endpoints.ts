import type { Endpoints as EndpointsObject, EndpointAddress, EndpointSubset, Pod, Service } from "../../../shared/kubernetes/types.ts";
import { Endpoints, Pods, Services } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { runReconciler, source, type ReconcileContext } from "../../client/reconciler.ts";
import type { Informer } from "../../client/types.ts";
import { canonicalJson, semanticEqual } from "../equality.ts";
import { isNamespaceTerminating, messageOf } from "../podControl.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import {
  addressTypesOf,
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
import { triggerTimeAnnotation, TriggerTimes } from "./triggerTimes.ts";

const managedBy = { key: "endpoints.kubernetes.io/managed-by", value: "endpoint-controller" };
const overCapacity = "endpoints.kubernetes.io/over-capacity";

/** Endpoints hold no more addresses than this; EndpointSlices hold all. */
const capacity = 1000;

/** Fills the Endpoints of each Service with a selector. */
export const endpointsController: Controller = {
  name: "endpoints-controller",
  account: "endpoint-controller",
  start(context) {
    const services = context.informers.of(Services);
    const pods = context.informers.of(Pods);
    const endpoints = context.informers.of(Endpoints);
    const times = new TriggerTimes();
    return runReconciler({
      ...loopOptions(context),
      name: "endpoints",
      sources: [
        source(services),
        source(pods, servicesOf(services), movesTraffic),
        source(endpoints, ({ metadata }) => (metadata.labels?.[managedBy.key] === managedBy.value ? [`${metadata.namespace}/${metadata.name}`] : [])),
      ],
      reconcile: (key, run) => reconcile({ context, services, pods, endpoints, times }, key, run),
    });
  },
};

interface Caches {
  context: ControllerContext;
  services: Informer<Service>;
  pods: Informer<Pod>;
  endpoints: Informer<EndpointsObject>;
  times: TriggerTimes;
}

async function reconcile({ context, services, pods, endpoints, times }: Caches, key: string, { client }: ReconcileContext): Promise<void> {
  const service = services.get(key);
  const current = endpoints.get(key);
  if (!service) {
    times.forget(key);
    if (current) await client.resource(Endpoints).delete(current.metadata).catch(unlessGone);
    return;
  }
  if (!hasSelector(service)) return;
  const selected = selectedPods(service, pods);
  const next = desiredEndpoints(service, selected, current);
  const time = times.since(key, service, selected);
  if (current && sameEndpoints(current, next)) return;
  const { [triggerTimeAnnotation]: _, ...annotations } = next.metadata.annotations ?? {};
  next.metadata.annotations = time ? { ...annotations, [triggerTimeAnnotation]: time } : annotations;
  try {
    if (current) await client.resource(Endpoints).update(next as EndpointsObject);
    else await client.resource(Endpoints).create(next);
  } catch (error) {
    if (isNamespaceTerminating(error)) return;
    const { namespace, name } = service.metadata;
    if (current)
      context.events.event(current, "Warning", "FailedToUpdateEndpoint", `Failed to update endpoint ${namespace}/${name}: ${messageOf(error)}`);
    else
      context.events.event(
        service,
        "Warning",
        "FailedToCreateEndpoint",
        `Failed to create endpoint for service ${namespace}/${name}: ${messageOf(error)}`,
      );
    throw error;
  }
}

type Draft = Omit<EndpointsObject, "metadata" | "apiVersion" | "kind"> & { metadata: Partial<EndpointsObject["metadata"]> };

function desiredEndpoints(service: Service, pods: Pod[], current: EndpointsObject | undefined): Draft {
  const { subsets, truncated } = truncate(subsetsOf(service, pods));
  const { [overCapacity]: _, ...annotations } = current?.metadata.annotations ?? {};
  const labels = { ...service.metadata.labels, ...(isHeadless(service) ? { [headlessLabel]: "" } : {}), [managedBy.key]: managedBy.value };
  const { name, namespace } = service.metadata;
  const metadata = current?.metadata ?? { name, namespace };
  return {
    ...current,
    metadata: { ...metadata, labels, annotations: truncated ? { ...annotations, [overCapacity]: "truncated" } : annotations },
    subsets,
  };
}

/** Addresses of the main family by the ports that they share, ready ones and others apart. */
export function subsetsOf(service: Service, pods: Pod[]): EndpointSubset[] {
  const subsets = new Map<string, EndpointSubset>();
  const [family] = addressTypesOf(service);
  for (const { addresses, ports: own, ready, terminating, hostname, nodeName, targetRef } of backendsOf(service, pods)) {
    const ip = addresses.find((address) => isOfType(address, family!));
    if (!ip || (terminating && !publishesNotReady(service))) continue;
    const ports = own.map(({ name, ...rest }) => ({ ...(name ? { name } : {}), ...rest }));
    if (ports.length === 0 && (service.spec?.ports?.length || !isHeadless(service))) continue;
    const id = canonicalJson(ports);
    const subset: EndpointSubset = subsets.get(id) ?? (ports.length > 0 ? { ports } : {});
    subsets.set(id, subset);
    const list = ready ? (subset.addresses ??= []) : (subset.notReadyAddresses ??= []);
    list.push({ ip, ...(hostname ? { hostname } : {}), ...(nodeName ? { nodeName } : {}), targetRef });
  }
  for (const { addresses, notReadyAddresses } of subsets.values()) for (const list of [addresses, notReadyAddresses]) list?.sort(byAddress);
  return [...subsets.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, subset]) => subset);
}

const byAddress = (a: EndpointAddress, b: EndpointAddress): number =>
  a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : (a.targetRef?.uid ?? "") < (b.targetRef?.uid ?? "") ? -1 : 1;

/** Ready addresses have precedence. */
function truncate(subsets: EndpointSubset[]): { subsets: EndpointSubset[]; truncated: boolean } {
  let room = capacity;
  const take = (list: EndpointAddress[] | undefined): EndpointAddress[] | undefined => {
    const taken = list?.slice(0, room);
    room -= taken?.length ?? 0;
    return taken?.length ? taken : undefined;
  };
  const count = subsets.reduce((sum, { addresses = [], notReadyAddresses = [] }) => sum + addresses.length + notReadyAddresses.length, 0);
  if (count <= capacity) return { subsets, truncated: false };
  const ready = subsets.map((subset) => ({ ...subset, addresses: take(subset.addresses) }));
  const all = ready.map((subset) => ({ ...subset, notReadyAddresses: take(subset.notReadyAddresses) }));
  return { subsets: all.filter(({ addresses, notReadyAddresses }) => addresses || notReadyAddresses), truncated: true };
}

function sameEndpoints(current: EndpointsObject, next: Draft): boolean {
  return (
    semanticEqual(current.subsets, next.subsets) &&
    semanticEqual(current.metadata.labels, next.metadata.labels) &&
    current.metadata.annotations?.[overCapacity] === next.metadata.annotations?.[overCapacity]
  );
}

function unlessGone(error: unknown): void {
  if (!hasReason(error, "NotFound")) throw error;
}
