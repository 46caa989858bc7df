import type { EndpointSlice, Service, ServicePort } from "../../../shared/kubernetes/types.ts";
import { labelSelectorMatcher } from "../../api/selectors.ts";
import type { ResourceRegistry } from "../registry/resourceRegistry.ts";

export interface Endpoint {
  address: string;
  port: number;
}

/** A ready endpoint of a port of the Service; undefined when there is none. */
export function readyEndpoint(service: Service, port: ServicePort, registry: ResourceRegistry): Endpoint | undefined {
  const isOfService = labelSelectorMatcher({ matchLabels: { "kubernetes.io/service-name": service.metadata.name } });
  const slices = registry.cacheOf({ group: "discovery.k8s.io", resource: "endpointslices" }).list(service.metadata.namespace);
  for (const { object } of slices) {
    const slice = object as EndpointSlice;
    if (!isOfService(slice.metadata.labels)) continue;
    const number = slice.ports?.find((each) => (each.name ?? "") === (port.name ?? ""))?.port;
    const address = slice.endpoints?.find((endpoint) => endpoint.conditions?.ready !== false)?.addresses[0];
    if (number && address) return { address, port: number };
  }
  return undefined;
}
