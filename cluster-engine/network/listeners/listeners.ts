import type { Duplex } from "node:stream";
import { backoffDelay } from "../../base/backoff.ts";
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import type { EventRecorder } from "../../client/events.ts";
import type { StreamTarget } from "../agentProtocol.ts";
import type { NetworkObjects } from "../objects.ts";
import { EndpointPicker } from "./picker.ts";
import { listenTcp, listenUdp, type Listening, type Way } from "./sockets.ts";
import { listenerKey, listenProblem, wantedListeners, type WantedListener } from "./wanted.ts";

export interface ListenersOptions {
  objects: NetworkObjects;
  clock: Clock;
  random: Random;
  log: Log;
  recorder: EventRecorder;
  open(target: StreamTarget): Promise<Duplex>;
}

interface Entry {
  wanted: WantedListener;
  socket?: Listening;
  retry?: Disposable;
  failures: number;
  removed: boolean;
}

const retry = { base: 1_000, max: 30_000 };

/** Ports of 127.0.0.1 for NodePort and LoadBalancer Services, opened and closed as Services come and go. */
export class ServiceListeners implements Disposable {
  readonly #options: ListenersOptions;
  readonly #picker: EndpointPicker;
  readonly #entries = new Map<string, Entry>();
  readonly #keysOf = new Map<string, Set<string>>();
  readonly #subscription: Disposable;

  constructor(options: ListenersOptions) {
    this.#options = options;
    this.#picker = new EndpointPicker(options.objects, options.clock, options.random);
    this.#subscription = options.objects.onChange({ service: (key) => this.#update(key), node: () => {} });
  }

  /** How many ports are open. */
  get open(): number {
    return [...this.#entries.values()].filter((entry) => entry.socket).length;
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    for (const key of this.#entries.keys()) this.#remove(key);
  }

  #update(service: string): void {
    const object = this.#options.objects.services.get(service);
    const wanted = new Map((object ? wantedListeners(object) : []).map((each) => [listenerKey(each), each]));
    for (const key of this.#keysOf.get(service) ?? []) if (!wanted.has(key)) this.#remove(key);
    for (const [key, each] of wanted) this.#want(key, each);
    for (const key of wanted.keys()) this.#entries.get(key)?.socket?.refresh();
    if (wanted.size > 0) this.#keysOf.set(service, new Set([...wanted.keys()].filter((key) => this.#entries.get(key)?.wanted.service === service)));
    else this.#keysOf.delete(service);
  }

  #want(key: string, wanted: WantedListener): void {
    const existing = this.#entries.get(key);
    if (!existing) {
      const entry: Entry = { wanted, failures: 0, removed: false };
      this.#entries.set(key, entry);
      void this.#listen(entry);
    } else if (existing.wanted.service === wanted.service) existing.wanted = wanted;
    else this.#report(wanted, `The ${wanted.kind} ${wanted.port} on 127.0.0.1 is taken by Service ${existing.wanted.service}`);
  }

  async #listen(entry: Entry): Promise<void> {
    const { wanted } = entry;
    const way: Way = {
      pick: () => this.#picker.pick(entry.wanted),
      serves: (endpoint) => this.#picker.serves(entry.wanted, endpoint),
      open: this.#options.open,
    };
    try {
      const socket = await (wanted.protocol === "tcp" ? listenTcp : listenUdp)(wanted.port, way);
      if (entry.removed) return socket[Symbol.dispose]();
      entry.socket = socket;
      if (entry.failures > 0) this.#recorded(wanted, "Normal", "PortOpened", `The ${wanted.kind} ${wanted.port} on 127.0.0.1 is open now`);
      entry.failures = 0;
    } catch (error) {
      if (!entry.removed) this.#failed(entry, error as NodeJS.ErrnoException);
    }
  }

  #failed(entry: Entry, error: NodeJS.ErrnoException): void {
    const { clock, random } = this.#options;
    if (entry.failures === 0) this.#report(entry.wanted, listenProblem(entry.wanted, error.code, error.message));
    entry.retry = clock.after(backoffDelay(entry.failures++, { ...retry, random, jitter: 0.1 }), () => void this.#listen(entry));
  }

  #report(wanted: WantedListener, message: string): void {
    this.#options.log.warn("port not opened", { service: wanted.service, port: wanted.port, message });
    this.#recorded(wanted, "Warning", "PortUnavailable", message);
  }

  #recorded(wanted: WantedListener, type: "Normal" | "Warning", reason: string, message: string): void {
    const service = this.#options.objects.services.get(wanted.service);
    if (service) this.#options.recorder.event({ ...service, apiVersion: "v1", kind: "Service" }, type, reason, message);
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    entry.removed = true;
    entry.retry?.[Symbol.dispose]();
    entry.socket?.[Symbol.dispose]();
    this.#entries.delete(key);
    this.#keysOf.get(entry.wanted.service)?.delete(key);
  }
}
