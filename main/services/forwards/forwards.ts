import type { ForwardState, ObjectRef } from "../../../shared/contract.ts";
import type { Clusters } from "../clusters/clusters.ts";
import { messageOf, ServiceError } from "../errors.ts";
import { podFinder } from "./forwardTarget.ts";
import { portHolder } from "./portHolder.ts";
import { type OpenForward, startForward } from "./portForward.ts";
import type { RememberedForward, RememberedForwards } from "./rememberedForwards.ts";

interface Entry {
  state: ForwardState;
  open?: OpenForward | undefined;
}

export interface WantedForward {
  cluster: string;
  object: ObjectRef;
  /** Number or name; absent: the one that a browser would want. */
  port?: string | undefined;
  /** 0: a free one. */
  localPort?: number | undefined;
  remember?: boolean | undefined;
}

/** All forwards of all clusters: each listens on 127.0.0.1 until it is stopped; remembered ones come back stopped with the next start. */
export class Forwards {
  readonly #clusters: Clusters;
  readonly #remembered: RememberedForwards;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<() => void>();

  constructor(clusters: Clusters, remembered: RememberedForwards) {
    this.#clusters = clusters;
    this.#remembered = remembered;
  }

  async load(): Promise<void> {
    for (const wanted of await this.#remembered.load()) this.#add({ ...wanted, remember: true });
  }

  get list(): ForwardState[] {
    return [...this.#entries.values()].map(({ state }) => state);
  }

  subscribe(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** The forward of a target, begun if there is none. @throws ServiceError when its port is taken or it has no pod */
  async start(wanted: WantedForward): Promise<ForwardState> {
    const id = idOf(wanted);
    const entry = this.#entries.get(id) ?? this.#add(wanted);
    const { localPort = entry.state.localPort, remember = entry.state.remembered } = wanted;
    // A running forward moves when another port is asked for; any free one is what it has.
    if (entry.open && localPort !== 0 && localPort !== entry.state.localPort) this.stop(id);
    this.#change(entry, { remembered: remember, ...(entry.open ? {} : { localPort }) });
    if (!entry.open) await this.#open(entry);
    await this.#save();
    return entry.state;
  }

  async resume(id: string): Promise<void> {
    const entry = this.#must(id);
    if (!entry.open) await this.#open(entry);
  }

  stop(id: string): void {
    const entry = this.#must(id);
    entry.open?.[Symbol.dispose]();
    entry.open = undefined;
    this.#change(entry, { state: "stopped", connections: 0, problem: undefined });
  }

  async remember(id: string, remembered: boolean): Promise<void> {
    this.#change(this.#must(id), { remembered });
    await this.#save();
  }

  async remove(id: string): Promise<void> {
    this.stop(id);
    this.#entries.delete(id);
    this.#changed();
    await this.#save();
  }

  close(): void {
    for (const { open } of this.#entries.values()) open?.[Symbol.dispose]();
    this.#entries.clear();
  }

  #must(id: string): Entry {
    const entry = this.#entries.get(id);
    if (!entry) throw new ServiceError("no-forward", "that forward is no longer in the list");
    return entry;
  }

  #add({ cluster, object, port, localPort = 0, remember = false }: WantedForward): Entry {
    const id = idOf({ cluster, object, port });
    const state: ForwardState = {
      id,
      cluster,
      object,
      ...(port === undefined ? {} : { port }),
      localPort,
      state: "stopped",
      remembered: remember,
      connections: 0,
      sent: 0,
      received: 0,
    };
    const entry: Entry = { state };
    this.#entries.set(id, entry);
    this.#changed();
    return entry;
  }

  async #open(entry: Entry): Promise<void> {
    const { cluster: id, object, port, localPort } = entry.state;
    this.#change(entry, { state: "starting", problem: undefined });
    try {
      const cluster = this.#clusters.get(id);
      const findPod = podFinder(cluster, object, port);
      const { pod } = await findPod();
      const listener = {
        opened: (to: ObjectRef) => this.#change(entry, { pod: to.name, connections: entry.state.connections + 1, problem: undefined }),
        moved: (sent: number, received: number) => this.#change(entry, { sent: entry.state.sent + sent, received: entry.state.received + received }),
        closed: (problem?: Error) =>
          this.#change(entry, {
            connections: Math.max(0, entry.state.connections - 1),
            ...(problem && !isReset(problem) ? { problem: messageOf(problem) } : {}),
          }),
      };
      entry.open = await startForward({ cluster, localPort, findPod, listener });
      this.#change(entry, { state: "running", localPort: entry.open.localPort, pod: pod.name });
    } catch (error) {
      const told = await explained(error, localPort);
      this.#change(entry, { state: "failed", problem: told.message });
      throw told;
    }
  }

  #change(entry: Entry, change: Partial<ForwardState>): void {
    entry.state = { ...entry.state, ...change };
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #save(): Promise<void> {
    const kept = this.list.filter(({ remembered }) => remembered);
    return this.#remembered.save(kept.map(({ cluster, object, port, localPort }): RememberedForward => ({ cluster, object, port, localPort })));
  }
}

const idOf = ({ cluster, object: { group, resource, namespace, name }, port }: WantedForward): string =>
  JSON.stringify([cluster, group, resource, namespace ?? "", name, port ?? ""]);

/** The browser left: nothing is wrong. */
const isReset = (error: Error): boolean => ["ECONNRESET", "EPIPE"].includes((error as NodeJS.ErrnoException).code ?? "");

async function explained(error: unknown, port: number): Promise<Error> {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EACCES") return new ServiceError("port-forbidden", `port ${port} may not be used without rights: choose one above 1023`);
  if (code !== "EADDRINUSE") return error instanceof Error ? error : new Error(messageOf(error));
  const holder = await portHolder(port);
  const by = holder ? `${holder.name} (process ${holder.pid})` : "another program";
  return new ServiceError("port-taken", `port ${port} is taken by ${by}: choose another, or leave it empty for a free one`);
}
