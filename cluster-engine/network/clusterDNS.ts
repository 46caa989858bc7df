import type { EndpointSlice, Service } from "../../shared/kubernetes/types.ts";
import type { KubeObject, New } from "../../shared/kubernetes/object.ts";
import { EndpointSlices, Services } from "../api/resources.ts";
import type { ResourceType } from "../api/resourceType.ts";
import { hasReason } from "../api/statusError.ts";
import type { Client } from "../client/types.ts";

const namespace = "kube-system";
const name = "kube-dns";
const labels = { "k8s-app": name, "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS" };

export interface DNSServer {
  /** Of the `kube-dns` Service. */
  clusterIP: string;
  /** Where the server really listens. */
  address: string;
  port: number;
}

/** The `kube-dns` Service with its one endpoint, created or brought up to date. */
export async function publishClusterDNS(client: Client, server: DNSServer): Promise<void> {
  await createIfAbsent(client, Services, dnsService(server));
  const slice = dnsSlice(server);
  if (await createIfAbsent(client, EndpointSlices, slice)) return;
  const { endpoints, ports } = slice;
  await client.resource(EndpointSlices).patch({ namespace, name }, { endpoints, ports }, { type: "merge" });
}

/** True when it was created. */
async function createIfAbsent<T extends KubeObject>(client: Client, type: ResourceType<T>, object: New<T>): Promise<boolean> {
  try {
    await client.resource(type).create(object);
    return true;
  } catch (error) {
    if (hasReason(error, "AlreadyExists")) return false;
    throw error;
  }
}

export function dnsService({ clusterIP }: DNSServer): New<Service> {
  const ports = [
    { name: "dns", port: 53, protocol: "UDP" as const, targetPort: 53 },
    { name: "dns-tcp", port: 53, protocol: "TCP" as const, targetPort: 53 },
  ];
  // Without a selector: its endpoint is no pod.
  return { metadata: { name, namespace, labels }, spec: { clusterIP, clusterIPs: [clusterIP], ports, type: "ClusterIP" } };
}

export function dnsSlice({ address, port }: DNSServer): New<EndpointSlice> {
  return {
    metadata: { name, namespace, labels: { "kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": "network.wherry.dev" } },
    addressType: "IPv4",
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [
      { name: "dns", port, protocol: "UDP" },
      { name: "dns-tcp", port, protocol: "TCP" },
    ],
  };
}
