import { isDeepStrictEqual } from "node:util";
import type { LoadBalancerStatus, Service } from "../../../shared/kubernetes/types.ts";
import { Services } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import type { Client } from "../../client/types.ts";

/** Holds a Service until its load balancer is gone. */
export const finalizer = "service.kubernetes.io/load-balancer-cleanup";

export const hasFinalizer = ({ metadata }: Service): boolean => metadata.finalizers?.includes(finalizer) ?? false;

/** Services are written through their status only, finalizers included: no right to more is needed. */
const throughStatus = { subresource: "status" } as const;

/** Adds or removes the finalizer; a Service that is gone already has none. */
export async function setFinalizer(client: Client, service: Service, present: boolean): Promise<Service> {
  if (hasFinalizer(service) === present) return service;
  const metadata = present ? { finalizers: [finalizer] } : { "$deleteFromPrimitiveList/finalizers": [finalizer] };
  try {
    return await client.resource(Services).patch(service.metadata, { metadata }, throughStatus);
  } catch (error) {
    if (!present && hasReason(error, "NotFound")) return service;
    throw error;
  }
}

export async function setLoadBalancerStatus(client: Client, service: Service, { ingress = [] }: LoadBalancerStatus): Promise<void> {
  if (isDeepStrictEqual((service.status?.loadBalancer?.ingress ?? []).map(withoutDefaults), ingress.map(withoutDefaults))) return;
  const patch = { status: { loadBalancer: { ingress: ingress.length > 0 ? ingress : null } } };
  try {
    await client.resource(Services).patch(service.metadata, patch, { ...throughStatus, type: "merge" });
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}

/** `ipMode` is set by the server. */
const withoutDefaults = ({ ip, hostname, ports }: NonNullable<LoadBalancerStatus["ingress"]>[number]) => ({ ip, hostname, ports });
