import type { Container, Pod } from "../../../shared/kubernetes/types.ts";
import { parseQuantity } from "../../api/quantity.ts";

/** Why a node does not take a pod that was bound to it. */
export interface Rejection {
  reason: string;
  message: string;
}

/** What a pod takes of its node: cpu in millicores, memory and storage in bytes. */
export type Requests = Record<(typeof resources)[number], number>;

const resources = ["cpu", "memory", "ephemeral-storage"] as const;
const reasons = { cpu: "OutOfcpu", memory: "OutOfmemory", "ephemeral-storage": "OutOfephemeral-storage", pods: "OutOfpods" };

/** A pod on the node with what it asks for. */
export interface Tenant {
  pod: Pod;
  requests: Requests;
}

/**
 * Whoever binds a pod without the scheduler may overbook the node: the kubelet looks again at room and host ports.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename
 */
export function rejectionOf({ pod, requests }: Tenant, others: Tenant[], offered: Record<string, string | number>): Rejection | undefined {
  const short = (name: keyof typeof reasons, requested: number, used: number, capacity: number): Rejection => ({
    reason: reasons[name],
    message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  });
  const mostPods = Number(offered["pods"] ?? Infinity);
  if (others.length + 1 > mostPods) return short("pods", 1, others.length, mostPods);
  for (const name of resources) {
    if (requests[name] === 0 || offered[name] === undefined) continue;
    const capacity = amountOf(name, offered[name]);
    const used = others.reduce((sum, other) => sum + other.requests[name], 0);
    if (requests[name] > capacity - used) return short(name, requests[name], used, capacity);
  }
  const taken = others.flatMap((other) => hostPorts(other.pod));
  if (!hostPorts(pod).some((port) => taken.some((other) => clash(port, other)))) return undefined;
  return { reason: "NodePorts", message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports" };
}

/** The sum of containers and sidecars, or the largest init container with the sidecars before it; and the overhead. */
export function requestsOf({ spec }: Pod): Requests {
  return Object.fromEntries(
    resources.map((name) => {
      const of = (container: Container) => amountOf(name, container.resources?.requests?.[name]);
      let sidecars = 0;
      let peak = 0;
      for (const container of spec.initContainers ?? []) {
        if (container.restartPolicy === "Always") sidecars += of(container);
        peak = Math.max(peak, sidecars + (container.restartPolicy === "Always" ? 0 : of(container)));
      }
      const running = sidecars + spec.containers.reduce((sum, container) => sum + of(container), 0);
      const pod = spec.resources?.requests?.[name];
      return [name, (pod === undefined ? Math.max(running, peak) : amountOf(name, pod)) + amountOf(name, spec.overhead?.[name])];
    }),
  ) as Requests;
}

function amountOf(name: string, quantity: string | number | undefined): number {
  if (quantity === undefined) return 0;
  const amount = parseQuantity(quantity);
  return name === "cpu" ? amount.milli() : amount.bytes();
}

interface HostPort {
  ip: string;
  port: number;
  protocol: string;
}

const hostPorts = ({ spec }: Pod): HostPort[] =>
  [...spec.containers, ...(spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always")]
    .flatMap(({ ports }) => ports ?? [])
    .filter(({ hostPort }) => Boolean(hostPort))
    .map(({ hostPort, hostIP, protocol }) => ({ ip: hostIP || "0.0.0.0", port: hostPort!, protocol: protocol ?? "TCP" }));

const clash = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === "0.0.0.0" || b.ip === "0.0.0.0");
