import type { Log } from "../../base/log.ts";
import type { KeyValue, Revision, Store, StoreEvent, WriteRequest } from "../../store/types.ts";
import { WatchCache } from "./watchCache.ts";

const root = "/registry/";

/** `/registry/apps/deployments/`; core resources are under `core`. */
export const keyPrefix = (resource: { group: string; resource: string }): string => `${root}${resource.group || "core"}/${resource.resource}/`;

interface Waiter {
  revision: Revision;
  resolve(): void;
}

/**
 * One watch on the whole store feeds a cache per resource. `revision` is the latest that all caches have seen: what
 * was acknowledged to a writer is in them.
 */
export class WatchCaches {
  readonly store: Store;
  readonly #caches = new Map<string, WatchCache>();
  readonly #log: Log;
  readonly #start: Revision;
  #watch: Disposable | undefined;
  #revision: Revision;
  #waiters: Waiter[] = [];
  /** The latest write of each key that is not yet visible. */
  readonly #writing = new Map<string, Promise<KeyValue>>();

  private constructor(store: Store, log: Log, start: Revision) {
    this.store = store;
    this.#log = log;
    this.#start = start;
    this.#revision = start;
  }

  /** Reads the store and follows it. */
  static async start(store: Store, log: Log): Promise<WatchCaches> {
    const all = await store.range({ prefix: root });
    const caches = new WatchCaches(store, log, all.revision);
    for (const entry of all.items) caches.of(prefixOf(entry.key)).load(entry);
    caches.#follow();
    return caches;
  }

  /** The latest revision that is in the caches. */
  get revision(): Revision {
    return this.#revision;
  }

  /** The cache of a key prefix, made when it is asked for first. */
  of(prefix: string): WatchCache {
    let cache = this.#caches.get(prefix);
    if (!cache) this.#caches.set(prefix, (cache = new WatchCache(prefix, this.store, this.#start)));
    return cache;
  }

  /** Resolves when the caches have seen `revision`. */
  seen(revision: Revision): Promise<void> {
    if (this.#revision >= revision) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ revision, resolve }));
  }

  /** Writes, and resolves when the write is durable and visible to readers of the caches. */
  write(request: WriteRequest): Promise<KeyValue> {
    const { key, encode } = request;
    let ordered = false;
    const write = this.#writeAndSee({ ...request, encode: (revision) => ((ordered = true), encode(revision)) });
    // A write that was refused at once leaves the one before it in its place.
    if (!ordered) return write;
    this.#writing.set(key, write);
    const forget = () => {
      if (this.#writing.get(key) === write) this.#writing.delete(key);
    };
    write.then(forget, forget);
    return write;
  }

  /**
   * Resolves when what was ordered for the key is visible, or has failed. Whoever answers that a key has changed waits
   * for it: a client that reads again at once would else see the old state, and an in-process one keep the commit waiting.
   */
  async settled(key: string): Promise<void> {
    await this.#writing.get(key)?.catch(() => undefined);
  }

  async #writeAndSee(request: WriteRequest): Promise<KeyValue> {
    const entry = await this.store.write(request);
    await this.seen(entry.modRevision);
    return entry;
  }

  close(): void {
    this.#watch?.[Symbol.dispose]();
  }

  #follow(): void {
    this.#watch = this.store.watch({
      prefix: root,
      after: this.#start,
      onEvents: (events) => this.#apply(events),
      onError: (error) => this.#log.error("the watch on the store ended", { error: error.message }),
    });
  }

  #apply(events: StoreEvent[]): void {
    const byPrefix = new Map<string, StoreEvent[]>();
    for (const event of events) {
      const prefix = prefixOf(event.current.key);
      const group = byPrefix.get(prefix);
      if (group) group.push(event);
      else byPrefix.set(prefix, [event]);
    }
    // Every cache takes its events before anyone is told: a subscriber of one may read another.
    const publish = [...byPrefix].map(([prefix, group]) => this.of(prefix).apply(group));
    this.#revision = events.at(-1)!.revision;
    for (const tell of publish) tell();
    const waiting = this.#waiters;
    this.#waiters = waiting.filter((waiter) => waiter.revision > this.#revision);
    for (const waiter of waiting) if (waiter.revision <= this.#revision) waiter.resolve();
  }
}

/** The first three segments of a key, with the slash after them. */
function prefixOf(key: string): string {
  const group = key.indexOf("/", root.length);
  return key.slice(0, key.indexOf("/", group + 1) + 1);
}
