import type { Node, Pod } from "../../shared/kubernetes/types.ts";
import { type Amounts, amountOf, podRequests } from "./podResources.ts";

export interface HostPort {
  ip: string;
  protocol: string;
  port: number;
}

/** A node with the pods on it, and what they add up to. */
export class NodeInfo {
  readonly node: Node;
  readonly allocatable: Amounts;
  readonly pods: ReadonlyMap<string, Pod>;
  readonly requested: Amounts;
  readonly nonZero: { readonly cpu: number; readonly memory: number };
  /** Image name → bytes. */
  readonly images: ReadonlyMap<string, number>;

  constructor(node: Node, pods: Iterable<Pod>) {
    this.node = node;
    this.allocatable = Object.fromEntries(Object.entries(node.status?.allocatable ?? {}).map(([name, quantity]) => [name, amountOf(name, quantity)]));
    this.pods = new Map([...pods].map((pod) => [pod.metadata.uid, pod]));
    this.images = new Map((node.status?.images ?? []).flatMap((image) => (image.names ?? []).map((name) => [name, image.sizeBytes ?? 0] as const)));
    const requested: Record<string, number> = {};
    const nonZero = { cpu: 0, memory: 0 };
    for (const pod of this.pods.values()) {
      const { requests, nonZero: assumed } = podRequests(pod);
      for (const [name, amount] of Object.entries(requests)) requested[name] = (requested[name] ?? 0) + amount;
      nonZero.cpu += assumed.cpu;
      nonZero.memory += assumed.memory;
    }
    this.requested = requested;
    this.nonZero = nonZero;
  }

  get name(): string {
    return this.node.metadata.name;
  }

  get hostPorts(): HostPort[] {
    return [...this.pods.values()].flatMap(hostPortsOf);
  }
}

/** Ports of the node that the pod's containers ask for. */
export function hostPortsOf(pod: Pod): HostPort[] {
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === "Always");
  return [...pod.spec.containers, ...sidecars]
    .flatMap((container) => container.ports ?? [])
    .filter((port) => (port.hostPort ?? 0) > 0)
    .map((port) => ({ ip: port.hostIP || "0.0.0.0", protocol: port.protocol ?? "TCP", port: port.hostPort! }));
}
