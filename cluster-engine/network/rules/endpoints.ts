import { isIPv4 } from "node:net";
import type { Endpoint, EndpointSlice, Service, ServicePort } from "../../../shared/kubernetes/types.ts";

const serviceNameLabel = "kubernetes.io/service-name";
/** Services with these labels are not for a service proxy: kube-proxy leaves them alone too. */
const leaveAloneLabels = ["service.kubernetes.io/service-proxy-name", "service.kubernetes.io/headless"];

/** `namespace/name` of the Service that a slice belongs to. */
export function serviceKeyOf(slice: EndpointSlice): string | undefined {
  const name = slice.metadata.labels?.[serviceNameLabel];
  return name ? `${slice.metadata.namespace}/${name}` : undefined;
}

export const isHeadless = (service: Service): boolean => service.spec?.clusterIP === "None";

/** Whether a service proxy serves it at all: it has an address of its own and is not marked for another proxy. */
export function isProxied(service: Service): boolean {
  const { spec, metadata } = service;
  const hasAddress = spec?.type !== "ExternalName" && !!spec?.clusterIP && !isHeadless(service);
  return hasAddress && !leaveAloneLabels.some((label) => metadata.labels?.[label] !== undefined);
}

export interface EndpointAddress {
  /** `10.244.0.5:8080` */
  address: string;
  node?: string;
}

/**
 * Where connections to a port of a Service may go: its ready endpoints, and when there are none those that still serve
 * while they terminate (KEP-1669). In a stable order, without doubles.
 */
export function endpointsOf(slices: EndpointSlice[], port: ServicePort): EndpointAddress[] {
  const all = slices.flatMap((slice) => withPort(slice, port));
  const ready = all.filter(({ endpoint }) => endpoint.conditions?.ready !== false);
  const usable =
    ready.length > 0 ? ready : all.filter(({ endpoint }) => endpoint.conditions?.serving !== false && endpoint.conditions?.terminating === true);
  const byAddress = new Map(usable.map(({ endpoint, address }) => [address, { address, node: endpoint.nodeName }]));
  return [...byAddress.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}

function withPort(slice: EndpointSlice, port: ServicePort): { endpoint: Endpoint; address: string }[] {
  if (slice.addressType !== "IPv4") return [];
  const protocol = port.protocol ?? "TCP";
  const match = slice.ports?.find((each) => (each.name ?? "") === (port.name ?? "") && (each.protocol ?? "TCP") === protocol);
  if (!match?.port) return [];
  return (slice.endpoints ?? []).flatMap((endpoint) => {
    const ip = endpoint.addresses[0];
    return ip && isIPv4(ip) ? [{ endpoint, address: `${ip}:${match.port}` }] : [];
  });
}
