import type { Container, ContainerStatus, Pod } from "../../shared/kubernetes/types.ts";
import { parseQuantity } from "../api/quantity.ts";

/** What pods without requests are taken to use when nodes are compared. */
const assumed = { cpu: 100, memory: 200 * 1024 * 1024 };

const none: ReadonlyMap<string, number> = new Map();

/** Amounts of resources: cpu in millicores, memory and storage in bytes, all others in whole units. */
export class Amounts {
  cpu = 0;
  memory = 0;
  storage = 0;
  pods = 0;
  #others: Map<string, number> | undefined;

  static of(list: Readonly<Record<string, string | number>> = {}): Amounts {
    const amounts = new Amounts();
    for (const [name, quantity] of Object.entries(list)) amounts.set(name, amountOf(name, quantity));
    return amounts;
  }

  /** Extended resources, huge pages and the like. */
  get others(): ReadonlyMap<string, number> {
    return this.#others ?? none;
  }

  get(name: string): number {
    switch (name) {
      case "cpu":
        return this.cpu;
      case "memory":
        return this.memory;
      case "ephemeral-storage":
        return this.storage;
      case "pods":
        return this.pods;
      default:
        return this.#others?.get(name) ?? 0;
    }
  }

  set(name: string, amount: number): void {
    if (name === "cpu") this.cpu = amount;
    else if (name === "memory") this.memory = amount;
    else if (name === "ephemeral-storage") this.storage = amount;
    else if (name === "pods") this.pods = amount;
    else (this.#others ??= new Map()).set(name, amount);
  }

  /** `sign` -1 subtracts. */
  add(amounts: Amounts, sign: 1 | -1 = 1): this {
    this.cpu += sign * amounts.cpu;
    this.memory += sign * amounts.memory;
    this.storage += sign * amounts.storage;
    this.pods += sign * amounts.pods;
    for (const [name, amount] of amounts.others) this.set(name, this.get(name) + sign * amount);
    return this;
  }

  /** The larger, resource by resource. */
  raise(amounts: Amounts): this {
    this.cpu = Math.max(this.cpu, amounts.cpu);
    this.memory = Math.max(this.memory, amounts.memory);
    this.storage = Math.max(this.storage, amounts.storage);
    this.pods = Math.max(this.pods, amounts.pods);
    for (const [name, amount] of amounts.others) this.set(name, Math.max(this.get(name), amount));
    return this;
  }

  copy(): Amounts {
    return new Amounts().add(this);
  }
}

export interface PodRequests {
  requests: Amounts;
  /** With the assumed amounts for containers that ask for none: used in scores only. */
  nonZero: Amounts;
}

/** @throws QuantityError */
const amountOf = (resource: string, quantity: string | number): number =>
  resource === "cpu" ? parseQuantity(quantity).milli() : parseQuantity(quantity).bytes();

const known = new WeakMap<Pod, PodRequests>();

/**
 * Requests of a whole pod: the larger of all containers together and the init containers one by one, and overhead.
 * Requests of the pod itself replace those of its containers (pod-level resources).
 */
export function podRequests(pod: Pod): PodRequests {
  let requests = known.get(pod);
  if (!requests) known.set(pod, (requests = compute(pod)));
  return requests;
}

function compute(pod: Pod): PodRequests {
  const statuses = new Map((pod.status?.containerStatuses ?? []).map((status) => [status.name, status]));
  for (const status of pod.status?.initContainerStatuses ?? []) statuses.set(status.name, status);
  const infeasible = pod.status?.conditions?.some(({ type, reason }) => type === "PodResizePending" && reason === "Infeasible") ?? false;
  const requestsOf = (container: Container) => containerRequests(container, statuses.get(container.name), infeasible);
  return { requests: total(pod, requestsOf), nonZero: total(pod, (container) => withAssumed(container, requestsOf(container))) };
}

function total(pod: Pod, of: (container: Container) => Amounts): Amounts {
  const sum = new Amounts();
  const sidecars = new Amounts();
  const initial = new Amounts();
  for (const container of pod.spec.containers) sum.add(of(container));
  for (const container of pod.spec.initContainers ?? []) {
    if (container.restartPolicy === "Always") initial.raise(sidecars.add(of(container)));
    else initial.raise(of(container).add(sidecars));
  }
  const result = sum.add(sidecars).raise(initial);
  for (const [name, quantity] of Object.entries(pod.spec.resources?.requests ?? {})) result.set(name, amountOf(name, quantity));
  if (pod.spec.overhead) result.add(Amounts.of(pod.spec.overhead));
  return result;
}

/** While a container is resized in place, the larger of what it asks for and what it has counts. */
function containerRequests(container: Container, status: ContainerStatus | undefined, infeasible: boolean): Amounts {
  const wanted = Amounts.of(container.resources?.requests);
  if (!status?.resources?.requests && !status?.allocatedResources) return wanted;
  const has = Amounts.of(status.resources?.requests).raise(Amounts.of(status.allocatedResources));
  return infeasible ? has : has.raise(wanted);
}

function withAssumed(container: Container, requests: Amounts): Amounts {
  const stated = container.resources?.requests ?? {};
  if (!("cpu" in stated)) requests.cpu = assumed.cpu;
  if (!("memory" in stated)) requests.memory = assumed.memory;
  return requests;
}
