import type { Pod, Service } from "../../../shared/kubernetes/types.ts";
import { EndpointSlices, Endpoints, Pods, Services } from "../../../cluster-engine/api/resources.ts";
import type { Invariant, View } from "../invariant.ts";
import { isReady } from "./pods.ts";

const sorted = (addresses: (string | undefined)[]): string => addresses.toSorted((a = "", b = "") => a.localeCompare(b)).join();

const selects = ({ spec }: Service, pod: Pod): boolean =>
  Object.entries(spec?.selector ?? {}).every(([key, value]) => pod.metadata.labels?.[key] === value);

function wrongEndpoints(view: View, service: Service): string[] {
  const { name, namespace } = service.metadata;
  const serves = (pod: Pod) => (isReady(pod) || service.spec?.publishNotReadyAddresses) && pod.status?.phase === "Running";
  const pods = view.history
    .list(Pods, namespace)
    .filter((pod) => selects(service, pod) && pod.status?.podIP && !pod.metadata.deletionTimestamp && serves(pod));
  const wanted = sorted(pods.map(({ status }) => status!.podIP));
  const slices = view.history.list(EndpointSlices, namespace).filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name);
  const sliced = sorted(
    slices.flatMap(({ endpoints }) => endpoints ?? []).flatMap(({ addresses, conditions }) => (conditions?.ready ? addresses : [])),
  );
  const subsets = view.history.get(Endpoints, { namespace, name })?.subsets ?? [];
  const listed = sorted(subsets.flatMap(({ addresses }) => addresses ?? []).map(({ ip }) => ip));
  return [
    ...(sliced === wanted ? [] : [`${name} has slices for ${sliced}, its ready pods are ${wanted}`]),
    ...(listed === wanted ? [] : [`${name} has Endpoints ${listed}, its ready pods are ${wanted}`]),
  ];
}

export const endpointsRest: Invariant = {
  name: "endpoints are the ready pods",
  settled: (view) =>
    view.history
      .list(Services)
      .filter(({ spec, metadata }) => spec?.selector && !metadata.deletionTimestamp)
      .flatMap((service) => wrongEndpoints(view, service)),
};

export const addressesUnique: Invariant = {
  name: "each Service has its own address",
  onChange({ resource, object, deleted }, view) {
    if (resource !== "services" || deleted) return;
    const ip = (object as Service).spec?.clusterIP;
    const others = view.history.list(Services).filter(({ spec, metadata }) => spec?.clusterIP === ip && metadata.uid !== object.metadata.uid);
    return ip && ip !== "None" && others.length > 0 ? `${object.metadata.name} and ${others[0]!.metadata.name} both have ${ip}` : undefined;
  },
};

export const serviceInvariants: readonly Invariant[] = [endpointsRest, addressesUnique];
