import { backoffDelay } from "./base/backoff.ts";
import { type Clock, sleep } from "./base/clock.ts";
import type { Log } from "./base/log.ts";
import type { Machine, Machines, MachineState } from "./cloud/types.ts";
import type { Kubelet } from "./kubelet/kubelet.ts";

export interface NodeFleetOptions {
  names: string[];
  /** Absent: all nodes run on this machine. */
  machines?: Machines;
  clock: Clock;
  log: Log;
}

export interface NodeDoors {
  open(name: string, machine: Machine | undefined): Promise<Kubelet>;
  /** Its kubelet has stopped. */
  closed(name: string): void;
}

const relaunch = { base: 1000, max: 30_000 };

/** The kubelets of a cluster. Where a cloud runs the machines, a node comes and goes with its own. */
export class NodeFleet {
  readonly #options: NodeFleetOptions;
  readonly #launches: Map<string, Promise<Machine | undefined>>;
  readonly #kubelets = new Map<string, Promise<Kubelet>>();
  readonly #stopping = new AbortController();
  #subscription: Disposable | undefined;
  #doors: NodeDoors | undefined;

  /** Asks for the machines at once: they take their time. */
  constructor(options: NodeFleetOptions) {
    this.#options = options;
    this.#launches = new Map(options.names.map((name) => [name, this.#launch(name)]));
  }

  /** Opens the nodes; resolves when all that could get a machine at once are open. The rest follow. */
  async open(doors: NodeDoors): Promise<void> {
    this.#doors = doors;
    this.#subscription = this.#options.machines?.onChange((name, state) => this.#follow(name, state));
    await Promise.all(
      [...this.#launches].map(async ([name, launch]) => {
        const machine = await launch;
        if (!this.#kubelets.has(name)) await this.#start(name, machine);
      }),
    );
  }

  /** Containers run on if `keepPods`. */
  async stop({ keepPods }: { keepPods: boolean }): Promise<void> {
    this.#stopping.abort();
    this.#subscription?.[Symbol.dispose]();
    await Promise.all([...this.#kubelets.keys()].map((name) => this.#close(name, keepPods)));
  }

  /** Undefined when the cloud fails to: it is asked again, later. */
  async #launch(name: string): Promise<Machine | undefined> {
    const { machines } = this.#options;
    return machines?.launch(name).catch((error: unknown) => void this.#launchLater(name, error, 0));
  }

  async #launchLater(name: string, error: unknown, failures: number): Promise<void> {
    const { clock, log, machines } = this.#options;
    log.warn("machine not launched", { node: name, error: String(error) });
    try {
      await sleep(clock, backoffDelay(failures, relaunch), this.#stopping.signal);
    } catch {
      return;
    }
    const launch = machines!.launch(name).catch((again: unknown) => void this.#launchLater(name, again, failures + 1));
    // Once the nodes are open they follow what is told of their machines.
    if (!this.#doors) this.#launches.set(name, launch);
    await launch;
  }

  async #start(name: string, machine: Machine | undefined): Promise<void> {
    if (this.#stopping.signal.aborted || (this.#options.machines && !machine)) return;
    const kubelet = this.#doors!.open(name, machine);
    this.#kubelets.set(name, kubelet);
    await kubelet;
  }

  #follow(name: string, state: MachineState): void {
    const { log, machines } = this.#options;
    const change = state === "running" ? this.#restart(name, machines!.of(name)) : this.#close(name, false);
    change.catch((error: unknown) => log.error("node does not follow its machine", { node: name, state, error: String(error) }));
  }

  async #restart(name: string, machine: Machine | undefined): Promise<void> {
    await this.#close(name, false);
    await this.#start(name, machine);
  }

  async #close(name: string, keepPods: boolean): Promise<void> {
    const kubelet = this.#kubelets.get(name);
    this.#kubelets.delete(name);
    await (await kubelet)?.stop({ keepPods });
    if (kubelet) this.#doors?.closed(name);
  }
}
