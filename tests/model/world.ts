import type { Node, Pod, UserInfo } from "../../shared/kubernetes/types.ts";
import { Namespaces, Nodes, ServiceAccounts } from "../../cluster-engine/api/resources.ts";
import { startApiServer } from "../../cluster-engine/apiserver/server.ts";
import type { ApiServer } from "../../cluster-engine/apiserver/types.ts";
import { createLog, type Log } from "../../cluster-engine/base/log.ts";
import { type Random, seededRandom } from "../../cluster-engine/base/random.ts";
import { createClient } from "../../cluster-engine/client/client.ts";
import type { Client } from "../../cluster-engine/client/types.ts";
import { startControlLoops } from "../../cluster-engine/controlLoops.ts";
import { component, issuer, serviceCIDR } from "../../cluster-engine/identity.ts";
import type { Pki } from "../../cluster-engine/pki/types.ts";
import { MemoryStore } from "../../cluster-engine/store/memory.ts";
import { withMetrics } from "./metrics.ts";
import { ModelStorage } from "./storage.ts";
import { ModelClock } from "./clock.ts";
import { type FaultRates, noFaults, unreliable } from "./faults.ts";
import { type Change, History } from "./history.ts";
import type { Invariant, View } from "./invariant.ts";
import { Machine, ModelKubelet } from "./kubelet.ts";

export const namespace = "model";

/** Writes that stop for so long are over, ms. */
const silence = 45_000;
/** A system that still writes after so long never settles, ms. */
const patience = 1_800_000;
/** Turns of the event loop that one moment may take. */
const turnsAMoment = 20_000;

export interface WorldOptions {
  seed: number;
  pki: Pki;
  nodes: number;
  invariants: readonly Invariant[];
}

interface ModelNode {
  machine: Machine;
  kubelet?: ModelKubelet;
  dead: AbortController;
}

/** A whole control plane in one process, with time, chance and faults in the hand of the test. */
export class World implements View {
  readonly clock = new ModelClock();
  readonly history = new History(() => this.clock.monotonic());
  readonly nodes = new Map<string, ModelNode>();
  /** What went wrong, in the words of the invariants. */
  readonly violations: string[] = [];
  /** What the test did, with its time. */
  readonly diary: string[] = [];
  /** uids of what the test itself is changing. */
  readonly touching = new Set<string>();
  /** Milli-CPU of each ready pod. */
  usage = 100;
  readonly storage = new ModelStorage();
  rates: FaultRates = noFaults;
  client!: Client;
  readonly #options: WorldOptions;
  readonly #random: Random;
  readonly #store = new MemoryStore();
  readonly #disturbed = new Map<string, number>();
  readonly #log: Log;
  #server!: ApiServer;
  #loops: Disposable | undefined;
  #loopsDead = new AbortController();
  #traffic = 0;
  #unreliableUntil = -Infinity;
  #lastWrite = 0;
  #starts = 0;

  private constructor(options: WorldOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#log = createLog(
      (line) => void (process.env["WHERRY_MODEL_LOG"] && process.stderr.write(line)),
      () => this.clock.now(),
      (process.env["WHERRY_MODEL_LOG"] as "debug" | undefined) ?? "error",
    );
  }

  static async open(options: WorldOptions): Promise<World> {
    const world = new World(options);
    world.history.follow(world.#store, (change) => world.#onChange(change));
    await world.#startServer(options.pki);
    for (let i = 1; i <= options.nodes; i++) world.startNode(`node-${i}`);
    world.startLoops();
    await world.client.resource(Namespaces).create({ metadata: { name: namespace } });
    await world.until(
      "the first objects are there",
      () => world.history.list(ServiceAccounts, namespace).length > 0 && world.history.list(Nodes).filter(isReady).length === options.nodes,
    );
    return world;
  }

  async close(): Promise<void> {
    this.#loopsDead.abort();
    this.#loops?.[Symbol.dispose]();
    for (const name of this.nodes.keys()) this.stopNode(name);
    this.clock.stop();
    await this.#server.close();
    await this.#store.close();
  }

  async #startServer({ serving, ca, serviceAccount }: Pki): Promise<void> {
    this.#server = await startApiServer({
      store: this.#store,
      clock: this.clock,
      random: this.#random,
      log: this.#log.named("apiserver"),
      host: "127.0.0.1",
      port: 0,
      serving,
      clientCA: ca.cert,
      serviceAccountKeys: { signing: serviceAccount.private, verify: [serviceAccount.public] },
      issuer,
      serviceCIDR,
      nodePortRange: { from: 30_000, to: 32_767 },
      nodes: () => undefined,
    });
    const admin = this.#server.transport({ username: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] }, "kubectl");
    this.client = createClient({
      watch: (request, sink) => admin.watch(request, sink),
      send: async (request) => {
        this.#traffic++;
        try {
          return await admin.send(request);
        } finally {
          this.#traffic++;
        }
      },
    });
  }

  /** Controllers and scheduler, as a new process. */
  startLoops(): void {
    this.disturb("scheduler");
    this.#loopsDead.abort();
    this.#loops?.[Symbol.dispose]();
    this.#loopsDead = new AbortController();
    const dead = this.#loopsDead.signal;
    const server: ApiServer = { ...this.#server, transport: (user, agent) => this.#road(user, agent, dead) };
    this.#loops = startControlLoops({
      clock: this.clock,
      random: this.#random,
      log: this.#log,
      server,
      rootCA: this.#options.pki.ca.cert,
      clusterCIDR: Promise.resolve("10.244.0.0/16"),
      volumes: this.storage,
    });
  }

  /** Starts a node's kubelet; on a new machine when the name is new. */
  startNode(name: string): void {
    const known = this.nodes.get(name);
    if (known?.kubelet) return;
    const node: ModelNode = { machine: known?.machine ?? new Machine(), dead: new AbortController() };
    this.nodes.set(name, node);
    const index = Number(name.split("-").at(-1));
    node.kubelet = new ModelKubelet({
      name,
      index,
      machine: node.machine,
      clock: this.clock,
      transport: this.#road(component(`node:${name}`, "system:nodes"), `kubelet ${name}`, node.dead.signal),
      labels: { "topology.kubernetes.io/zone": `zone-${index % 2}` },
    });
  }

  /** Its kubelet falls silent; what runs on the machine runs on. */
  stopNode(name: string): void {
    const node = this.nodes.get(name);
    node?.dead.abort();
    node?.kubelet?.[Symbol.dispose]();
    delete node?.kubelet;
  }

  /** The machine is gone with all that ran on it; the next of this name is a new one. */
  removeNode(name: string): void {
    this.stopNode(name);
    this.nodes.delete(name);
  }

  /** Every node takes pods again. */
  async uncordonAll(): Promise<void> {
    for (const { metadata } of this.history.list(Nodes))
      await this.client.resource(Nodes).patch({ name: metadata.name }, { spec: { unschedulable: null } }, { type: "merge" });
  }

  jump(ms: number): void {
    this.disturb("*");
    this.clock.jump(ms);
  }

  #road(user: UserInfo, agent: string, dead: AbortSignal) {
    return unreliable(withMetrics(this.#server.transport(user, agent), this), `${agent} ${this.#starts++}`, {
      clock: this.clock,
      seed: this.#options.seed,
      rates: () => this.rates,
      onTraffic: () => void this.#traffic++,
      dead,
    });
  }

  get now(): number {
    return this.clock.monotonic();
  }

  get wall(): number {
    return this.clock.now();
  }

  /** Anything that components know may be so old, ms. */
  get staleness(): number {
    return this.now < this.#unreliableUntil ? 90_000 : 100;
  }

  setRates(rates: FaultRates): void {
    // What was sent before may still be on its way.
    if (this.rates !== noFaults) this.#unreliableUntil = this.now + 60_000;
    this.rates = rates;
    if (rates !== noFaults) this.#unreliableUntil = Infinity;
  }

  /** Notes that something outside of the system's power happened to the pods of `app`; `*` is all. */
  disturb(app: string): void {
    this.#disturbed.set(app, this.now);
  }

  isDisturbed(app: string): boolean {
    const last = Math.max(this.#disturbed.get(app) ?? -Infinity, this.#disturbed.get("*") ?? -Infinity);
    return this.now - last <= Math.max(this.staleness, 10_000);
  }

  get volumes(): ReadonlySet<string> {
    return this.storage.volumes;
  }

  runs(pod: Pod): boolean {
    const life = this.nodes.get(pod.spec.nodeName ?? "")?.machine.lives.get(pod.metadata.uid);
    return life !== undefined && !life.killed && !(life.ends && life.ends.at <= this.now);
  }

  #onChange(change: Change): void {
    this.#traffic++;
    this.#lastWrite = this.now;
    if (this.touching.has(change.object.metadata.uid)) change.touched = true;
    for (const { name, onChange } of this.#options.invariants) {
      const violation = onChange?.(change, this);
      if (violation) this.violations.push(`${name}: ${violation} (at ${seconds(this.now)}, by ${change.resource} ${change.object.metadata.name})`);
    }
  }

  /** Lets time pass. @throws when an invariant was broken, or one moment never ends. */
  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    await this.#quiet();
    while (this.clock.runNext(end)) await this.#quiet();
    if (this.violations.length > 0) throw new Error(this.violations.slice(0, 5).join("\n"));
  }

  /** Resolves when nothing happens any more at this moment. */
  async #quiet(): Promise<void> {
    for (let turn = 0, still = 0; still < 3; turn++) {
      if (turn > turnsAMoment) throw new Error(`hot loop at ${seconds(this.now)}: ${this.lastWrites(10)}`);
      const before = this.#traffic;
      await new Promise((resolve) => setImmediate(resolve));
      still = this.#traffic === before ? still + 1 : 0;
    }
  }

  async until(what: string, holds: () => boolean, ms = 120_000): Promise<void> {
    for (const end = this.now + ms; !holds();) {
      if (this.now >= end) throw new Error(`never happened: ${what}`);
      await this.advance(100);
    }
  }

  /** The faults end, and the system comes to rest. @throws when it does not, or is not as it should be then. */
  async settle(): Promise<void> {
    this.setRates(noFaults);
    this.clock.catchUp();
    const start = this.now;
    await this.advance(1000);
    while (this.now - this.#lastWrite < silence) {
      if (this.now - start > patience) throw new Error(`never settles: ${this.lastWrites(20)}`);
      await this.advance(5000);
    }
    const wrong = this.#options.invariants.flatMap(({ name, settled }) => settled?.(this).map((violation) => `${name}: ${violation}`) ?? []);
    if (wrong.length > 0) throw new Error(`settled wrongly: ${wrong.slice(0, 5).join("\n")}`);
  }

  lastWrites(count: number): string {
    return this.history.changes
      .slice(-count)
      .map(
        ({ at, resource, object, deleted }) =>
          `\n  ${seconds(at)} ${deleted ? "delete" : "put"} ${resource} ${object.metadata.namespace ?? ""}/${object.metadata.name}`,
      )
      .join("");
  }
}

const isReady = ({ status }: Node): boolean => status?.conditions?.some((each) => each.type === "Ready" && each.status === "True") ?? false;

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(3)}s`;
