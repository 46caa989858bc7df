import type { Container, Pod } from "../../shared/kubernetes/types.ts";
import { parseQuantity } from "../api/quantity.ts";

/** Amounts: cpu in millicores, memory and storage in bytes, all others in whole units. */
export type Amounts = Readonly<Record<string, number>>;

/** What pods without requests are taken to use when nodes are compared. */
const assumedCpuMilli = 100;
const assumedMemoryBytes = 200 * 1024 * 1024;

export interface PodRequests {
  requests: Amounts;
  /** With the assumed amounts for containers that ask for none: used in scores only. */
  nonZero: { cpu: number; memory: number };
}

export const amountOf = (resource: string, quantity: string | number): number =>
  resource === "cpu" ? parseQuantity(quantity).milli() : parseQuantity(quantity).bytes();

const known = new WeakMap<Pod, PodRequests>();

/** Requests of a whole pod: the larger of all containers together and the init containers one by one, and overhead. */
export function podRequests(pod: Pod): PodRequests {
  let requests = known.get(pod);
  if (!requests) known.set(pod, (requests = compute(pod)));
  return requests;
}

function compute(pod: Pod): PodRequests {
  return { requests: total(pod, containerRequests), nonZero: total(pod, assumedRequests) as PodRequests["nonZero"] };
}

function total(pod: Pod, of: (container: Container) => Record<string, number>): Amounts {
  const sum = sumOf(pod.spec.containers.map(of));
  const sidecars: Record<string, number> = {};
  let initial: Record<string, number> = {};
  for (const container of pod.spec.initContainers ?? []) {
    if (container.restartPolicy === "Always") {
      addTo(sidecars, of(container));
      initial = largest(initial, sidecars);
    } else initial = largest(initial, sumOf([sidecars, of(container)]));
  }
  addTo(sum, sidecars);
  const result = largest(sum, initial);
  const ownRequests = Object.entries(pod.spec.resources?.requests ?? {}).map(([name, quantity]) => [name, amountOf(name, quantity)] as const);
  for (const [name, amount] of ownRequests) result[name] = amount;
  for (const [name, quantity] of Object.entries(pod.spec.overhead ?? {})) result[name] = (result[name] ?? 0) + amountOf(name, quantity);
  return result;
}

function containerRequests(container: Container): Record<string, number> {
  return Object.fromEntries(Object.entries(container.resources?.requests ?? {}).map(([name, quantity]) => [name, amountOf(name, quantity)]));
}

function assumedRequests(container: Container): Record<string, number> {
  const { cpu, memory } = containerRequests(container);
  return { cpu: cpu ?? assumedCpuMilli, memory: memory ?? assumedMemoryBytes };
}

function sumOf(amounts: Record<string, number>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const each of amounts) addTo(sum, each);
  return sum;
}

function addTo(sum: Record<string, number>, amounts: Record<string, number>): void {
  for (const [name, amount] of Object.entries(amounts)) sum[name] = (sum[name] ?? 0) + amount;
}

function largest(a: Record<string, number>, b: Record<string, number>): Record<string, number> {
  const result = { ...a };
  for (const [name, amount] of Object.entries(b)) result[name] = Math.max(result[name] ?? 0, amount);
  return result;
}
