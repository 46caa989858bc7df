import type { Connection } from "../clusters/connection.ts";
import type { Clock } from "../time.ts";
import { ObjectCache, type CacheTarget } from "./objectCache.ts";

/** How long a cache that nobody uses stays warm, ms: a screen that is opened again shows at once. */
const lingerMs = 60_000;

/** A use of a shared cache; disposing it gives the cache back. */
export interface CacheLease extends Disposable {
  readonly cache: ObjectCache;
}

interface Shared {
  cache: ObjectCache;
  users: number;
  closing?: Disposable;
}

/** The caches of one cluster: one for each resource, however many views look at it. */
export class CachePool {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #shared = new Map<string, Shared>();

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  lease(target: CacheTarget): CacheLease {
    const key = [target.group, target.version, target.resource, target.namespace ?? "", target.name ?? "", target.table ? "table" : ""].join("/");
    const shared = this.#shared.get(key) ?? this.#open(key, target);
    shared.users++;
    shared.closing?.[Symbol.dispose]();
    let given = true;
    return {
      cache: shared.cache,
      [Symbol.dispose]: () => {
        if (given) this.#giveBack(key, shared);
        given = false;
      },
    };
  }

  /** Caches that are open now, for searches over what is already known. */
  open(): ObjectCache[] {
    return [...this.#shared.values()].map(({ cache }) => cache);
  }

  retryNow(): void {
    for (const { cache } of this.#shared.values()) cache.retryNow();
  }

  restart(): void {
    for (const { cache } of this.#shared.values()) cache.restart();
  }

  close(): void {
    for (const { cache, closing } of this.#shared.values()) {
      closing?.[Symbol.dispose]();
      cache.close();
    }
    this.#shared.clear();
  }

  #open(key: string, target: CacheTarget): Shared {
    const shared = { cache: new ObjectCache(target, this.#connection, this.#clock), users: 0 };
    this.#shared.set(key, shared);
    shared.cache.start();
    return shared;
  }

  #giveBack(key: string, shared: Shared): void {
    if (--shared.users > 0) return;
    shared.closing = this.#clock.after(lingerMs, () => {
      if (shared.users > 0) return;
      this.#shared.delete(key);
      shared.cache.close();
    });
  }
}
