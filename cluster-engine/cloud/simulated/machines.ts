import { createHash } from "node:crypto";
import type { Node } from "../../../shared/kubernetes/types.ts";
import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { InstanceMetadata, Instances, Machine, Machines, MachineState } from "../types.ts";
import type { SimulatedCloudConfig } from "./config.ts";
import type { Requests } from "./requests.ts";

export interface MachinesOptions {
  /** Goes into the machines' ids. */
  clusterId: string;
  clock: Clock;
  random: Random;
  config: SimulatedCloudConfig;
  requests: Requests;
}

interface Entry {
  machine: Machine;
  id: string;
  state: "pending" | MachineState;
  /** Its addresses come from it. */
  ordinal: number;
}

const providerIdOf = ({ id, machine }: Entry): string => `simulated:///${machine.zone}/${id}`;

/**
 * The machines of a simulated cloud, spread over its zones, then over its instance types. They hold nothing: whoever runs
 * a node listens for its machine's end.
 */
export class SimulatedMachines implements Machines, Instances, Disposable {
  readonly #options: MachinesOptions;
  readonly #entries = new Map<string, Entry>();
  /** Ids of machines that are no more. A node of another unknown id is from before a restart, and its machine runs. */
  readonly #terminated = new Set<string>();
  readonly #listeners = new Set<(name: string, state: MachineState) => void>();
  #launches = 0;
  #loss: Disposable | undefined;

  constructor(options: MachinesOptions) {
    this.#options = options;
    this.#awaitLoss();
  }

  /** Every machine that was launched, with its state. */
  get states(): Map<string, MachineState | "pending"> {
    return new Map([...this.#entries].map(([name, { state }]) => [name, state]));
  }

  async launch(name: string): Promise<Machine> {
    const { requests, config } = this.#options;
    const ordinal = this.#entries.get(name)?.ordinal ?? this.#entries.size;
    const entry: Entry = { machine: this.#place(name, ordinal), id: this.#newId(name), state: "pending", ordinal };
    this.#entries.set(name, entry);
    await requests.make(`launch ${name}`, config.launchMs);
    this.#setState(entry, "running");
    return entry.machine;
  }

  /** Stops a machine, loses it for good, or runs it again; a lost one comes back as another. */
  async setState(name: string, state: MachineState): Promise<void> {
    const entry = this.#entries.get(name);
    if (!entry || entry.state === state) return;
    if (state === "terminated") this.#terminated.add(entry.id);
    else if (entry.state === "terminated") return void (await this.launch(name));
    this.#setState(entry, state);
  }

  of(name: string): Machine | undefined {
    return this.#entries.get(name)?.machine;
  }

  onChange(listener: (name: string, state: MachineState) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  async exists(node: Node): Promise<boolean> {
    const entry = this.#entries.get(node.metadata.name);
    return entry !== undefined && entry.state !== "terminated" && !this.#terminated.has(idOf(node));
  }

  async isShutDown(node: Node): Promise<boolean> {
    return this.#entries.get(node.metadata.name)?.state === "stopped";
  }

  async metadata(node: Node): Promise<InstanceMetadata> {
    await this.#options.requests.make(`describe ${node.metadata.name}`);
    const entry = this.#entries.get(node.metadata.name);
    if (!entry || !(await this.exists(node))) throw new Error("instance not found");
    const { instanceType, zone, region } = entry.machine;
    const addresses = addressesOf(node, entry);
    return { providerID: node.spec?.providerID ?? providerIdOf(entry), instanceType, zone, region, addresses };
  }

  [Symbol.dispose](): void {
    this.#loss?.[Symbol.dispose]();
  }

  #place(name: string, ordinal: number): Machine {
    const { regions, instanceTypes } = this.#options.config;
    const zones = regions.flatMap((region) => region.zones.map((zone) => ({ zone, region: region.name })));
    const { name: instanceType, cpus, memoryBytes, maxPods } = instanceTypes[Math.floor(ordinal / zones.length) % instanceTypes.length]!;
    return { name, instanceType, ...zones[ordinal % zones.length]!, capacity: { cpus, memoryBytes, maxPods } };
  }

  #newId(name: string): string {
    const text = `${this.#options.clusterId}/${name}/${this.#launches++}`;
    return `i-${createHash("sha256").update(text).digest("hex").slice(0, 17)}`;
  }

  #setState(entry: Entry, state: MachineState): void {
    entry.state = state;
    for (const listener of Array.from(this.#listeners)) listener(entry.machine.name, state);
  }

  /** By chance one is lost now and then. */
  #awaitLoss(): void {
    const { config, clock, random } = this.#options;
    if (config.lossMs === 0) return;
    this.#loss = clock.after(-Math.log(1 - random.next()) * config.lossMs, () => {
      const running = [...this.#entries.values()].filter(({ state }) => state === "running");
      const victim = running[Math.floor(random.next() * running.length)];
      if (victim) void this.setState(victim.machine.name, "terminated");
      this.#awaitLoss();
    });
  }
}

/** `i-…` of `simulated:///zone/i-…`. */
const idOf = ({ spec }: Node): string => spec?.providerID?.split("/").pop() ?? "";

/** The node's own address stays its internal one: it is by what pods and the API server reach it. */
function addressesOf({ metadata, status }: Node, { ordinal, machine }: Entry): InstanceMetadata["addresses"] {
  const internal = (status?.addresses ?? []).filter(({ type }) => type === "InternalIP");
  return [
    ...internal,
    { type: "ExternalIP", address: `203.0.113.${(ordinal % 254) + 1}` },
    { type: "Hostname", address: metadata.name },
    { type: "ExternalDNS", address: `${metadata.name}.${machine.region}.simulated.localhost` },
  ];
}
