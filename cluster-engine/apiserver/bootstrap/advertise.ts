import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import { hasReason } from "../../api/statusError.ts";
import type { Transport } from "../../client/types.ts";
import { createIfAbsent } from "./bootstrap.ts";

const path = "/api/v1/namespaces/default";
const slicePath = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
const name = "kubernetes";

/** The `kubernetes` Service, at the first address of the Services' range. */
export async function createKubernetesService(
  transport: Transport,
  serviceCIDR: string,
  range: { clusterIP: string } = { clusterIP: firstAddress(serviceCIDR) },
): Promise<void> {
  await createIfAbsent(transport, `${path}/services`, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default", labels: { component: "apiserver", provider: name } },
    spec: {
      type: "ClusterIP",
      clusterIP: range.clusterIP,
      clusterIPs: [range.clusterIP],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: 6443 }],
      sessionAffinity: "None",
    },
  } as unknown as KubeObject);
}

/** The range of the Services' addresses as an object, as clients of networking.k8s.io expect it. */
export async function createServiceCIDR(transport: Transport, serviceCIDR: string, now: string): Promise<void> {
  const serviceCIDRs = "/apis/networking.k8s.io/v1/servicecidrs";
  const object = {
    apiVersion: "networking.k8s.io/v1",
    kind: "ServiceCIDR",
    metadata: { name, finalizers: ["networking.k8s.io/service-cidr-finalizer"] },
    spec: { cidrs: [serviceCIDR] },
  };
  await createIfAbsent(transport, serviceCIDRs, object as unknown as KubeObject);
  const ready = { type: "Ready", status: "True", lastTransitionTime: now, reason: "", message: "Kubernetes Service CIDR is ready" };
  const stored = (await transport.send({ method: "GET", path: `${serviceCIDRs}/${name}` })) as { status?: { conditions?: object[] } };
  if (stored.status?.conditions?.length) return;
  await transport.send({
    method: "PATCH",
    path: `${serviceCIDRs}/${name}/status`,
    headers: { "content-type": "application/merge-patch+json" },
    body: { status: { conditions: [ready] } },
  });
}

/** Points the `kubernetes` Service at `ip:port`: Endpoints and EndpointSlice. */
export async function advertise(transport: Transport, ip: string, port: number): Promise<void> {
  const endpoints = {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name, namespace: "default", labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
    subsets: [{ addresses: [{ ip }], ports: [{ name: "https", port, protocol: "TCP" }] }],
  } as unknown as KubeObject;
  const slice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, namespace: "default", labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    endpoints: [{ addresses: [ip], conditions: { ready: true } }],
    ports: [{ name: "https", port, protocol: "TCP" }],
  } as unknown as KubeObject;
  await Promise.all([replace(transport, `${path}/endpoints`, endpoints), replace(transport, slicePath, slice)]);
}

async function replace(transport: Transport, collection: string, object: KubeObject): Promise<void> {
  try {
    await transport.send({ method: "PUT", path: `${collection}/${name}`, body: object });
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
    await transport.send({ method: "POST", path: collection, body: object });
  }
}

/** `10.96.0.1` of `10.96.0.0/16`. */
export function firstAddress(cidr: string): string {
  const parts = cidr.split("/")[0]!.split(".").map(Number);
  return [...parts.slice(0, 3), parts[3]! + 1].join(".");
}
