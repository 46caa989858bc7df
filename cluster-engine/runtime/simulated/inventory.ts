import { RuntimeError } from "../types.ts";
import type { Sandbox, SimulatedContainer } from "./processes.ts";

export interface InventoryFilter {
  node?: string;
  sandboxId?: string;
  podUid?: string;
}

/** All sandboxes and containers, found by id, node and pod without a look at the others. */
export class Inventory {
  readonly #sandboxes = new Map<string, Sandbox>();
  readonly #containers = new Map<string, SimulatedContainer>();
  readonly #byNode = new Map<string, Set<Sandbox>>();
  readonly #byPod = new Map<string, Set<Sandbox>>();
  readonly #bySandbox = new Map<Sandbox, Set<SimulatedContainer>>();

  addSandbox(sandbox: Sandbox): void {
    const { status, config } = sandbox;
    this.#sandboxes.set(status.id, sandbox);
    addTo(this.#byNode, config.node, sandbox);
    addTo(this.#byPod, config.metadata.uid, sandbox);
  }

  removeSandbox(sandbox: Sandbox): void {
    const { status, config } = sandbox;
    this.#sandboxes.delete(status.id);
    this.#bySandbox.delete(sandbox);
    removeFrom(this.#byNode, config.node, sandbox);
    removeFrom(this.#byPod, config.metadata.uid, sandbox);
  }

  addContainer(container: SimulatedContainer): void {
    this.#containers.set(container.status.id, container);
    addTo(this.#bySandbox, container.sandbox, container);
  }

  removeContainer(container: SimulatedContainer): void {
    this.#containers.delete(container.status.id);
    removeFrom(this.#bySandbox, container.sandbox, container);
  }

  findSandbox(id: string): Sandbox | undefined {
    return this.#sandboxes.get(id);
  }

  findContainer(id: string): SimulatedContainer | undefined {
    return this.#containers.get(id);
  }

  /** @throws RuntimeError NotFound */
  sandbox(id: string): Sandbox {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) throw new RuntimeError("NotFound", `no such pod sandbox: ${id}`);
    return sandbox;
  }

  /** @throws RuntimeError NotFound */
  container(id: string): SimulatedContainer {
    const container = this.#containers.get(id);
    if (!container) throw new RuntimeError("NotFound", `No such container: ${id}`);
    return container;
  }

  /** The pod with this address in the pod network. */
  sandboxAt(address: string): Sandbox | undefined {
    for (const sandbox of this.#sandboxes.values()) if (sandbox.config.podIP === address && sandbox.status.state === "ready") return sandbox;
    return undefined;
  }

  sandboxes({ node, sandboxId, podUid }: InventoryFilter = {}): Sandbox[] {
    return [...this.#candidates({ node, sandboxId, podUid })].filter(
      ({ status, config }) => matches(node, config.node) && matches(sandboxId, status.id) && matches(podUid, config.metadata.uid),
    );
  }

  containers(filter: InventoryFilter = {}): SimulatedContainer[] {
    return this.sandboxes(filter).flatMap((sandbox) => [...(this.#bySandbox.get(sandbox) ?? [])]);
  }

  #candidates({ node, sandboxId, podUid }: Record<keyof InventoryFilter, string | undefined>): Iterable<Sandbox> {
    if (sandboxId !== undefined) return [this.#sandboxes.get(sandboxId)].filter((found) => found !== undefined);
    if (podUid !== undefined) return this.#byPod.get(podUid) ?? [];
    return node === undefined ? this.#sandboxes.values() : (this.#byNode.get(node) ?? []);
  }
}

const matches = (wanted: string | undefined, value: string): boolean => wanted === undefined || wanted === value;

function addTo<K, V>(groups: Map<K, Set<V>>, key: K, value: V): void {
  const group = groups.get(key);
  if (group) group.add(value);
  else groups.set(key, new Set([value]));
}

function removeFrom<K, V>(groups: Map<K, Set<V>>, key: K, value: V): void {
  const group = groups.get(key);
  group?.delete(value);
  if (group?.size === 0) groups.delete(key);
}
