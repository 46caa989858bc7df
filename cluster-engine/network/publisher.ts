import { sleep, type Clock } from "../base/clock.ts";
import { Disposables } from "../base/disposal.ts";
import type { Log } from "../base/log.ts";
import type { AgentPod } from "./agentProtocol.ts";
import type { ConnectedAgent } from "./agentLink.ts";
import type { DesiredState } from "./desiredState.ts";
import type { NetworkObjects } from "./objects.ts";

export interface PublisherOptions {
  objects: NetworkObjects;
  desired: DesiredState;
  clock: Clock;
  log: Log;
  /** The agent, while it is connected. */
  agent(): ConnectedAgent | undefined;
}

/** Changes that come together are sent together. */
const gatherMs = 5;
/** After a change has been made everywhere we rest this many times as long: many pods and many changes must not eat the machine. */
const restFactor = 2;

/** Keeps the agent as the API's objects say: everything once for each connection, then what changes. */
export class Publisher implements Disposable {
  readonly #options: PublisherOptions;
  readonly #disposables = new Disposables();
  readonly #services = new Set<string>();
  readonly #nodes = new Set<string>();
  readonly #stopped = new AbortController();
  #timer: Disposable | undefined;
  #sending = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#disposables.add(
      options.objects.onChange({
        service: (key) => this.#wake(this.#services, key),
        node: (name) => this.#wake(this.#nodes, name),
      }),
    );
  }

  /** Gives a new connection everything that should be. */
  async publishAll({ methods }: ConnectedAgent, pods: AgentPod[]): Promise<void> {
    const { objects, desired } = this.#options;
    await objects.synced;
    for (const { node } of pods) desired.addNode(node);
    this.#compute();
    desired.take();
    await methods.call("replace", { rules: desired.allRules(), records: desired.allRecords(), pods });
    // For what came while it was being sent.
    this.#schedule();
  }

  /** Resolves when the pod has the rules of its node. */
  async publishPod(agent: ConnectedAgent, pod: AgentPod): Promise<void> {
    this.#options.desired.addNode(pod.node);
    await Promise.all([this.#send(agent), agent.methods.call("addPod", pod)]);
  }

  [Symbol.dispose](): void {
    this.#stopped.abort();
    this.#timer?.[Symbol.dispose]();
    this.#disposables[Symbol.dispose]();
  }

  #wake(set: Set<string>, name: string): void {
    set.add(name);
    this.#schedule();
  }

  #schedule(): void {
    if (!this.#sending) this.#timer ??= this.#options.clock.after(gatherMs, () => void this.#flush());
  }

  async #flush(): Promise<void> {
    this.#timer = undefined;
    const { clock, log } = this.#options;
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#services.size + this.#nodes.size > 0) {
        const agent = this.#options.agent();
        // A new connection gets everything anyway.
        if (!agent) break;
        const begun = clock.monotonic();
        await this.#send(agent);
        await sleep(clock, restFactor * (clock.monotonic() - begun), this.#stopped.signal);
      }
    } catch (error) {
      if (!this.#stopped.signal.aborted) log.warn("rules not sent", { error: (error as Error).message });
    } finally {
      this.#sending = false;
    }
  }

  async #send({ methods }: ConnectedAgent): Promise<void> {
    this.#compute();
    const { rules, records } = this.#options.desired.take();
    const sent: Promise<unknown>[] = rules.map((change) => methods.call("changeRules", change));
    if (records) sent.push(methods.call("changeRecords", records));
    await Promise.all(sent);
  }

  #compute(): void {
    const { desired } = this.#options;
    for (const name of this.#nodes) desired.updateNode(name);
    for (const key of this.#services) desired.updateService(key);
    this.#nodes.clear();
    this.#services.clear();
  }
}
