import type { ResourceRef } from "../../../shared/kubernetes/object.ts";
import type { CacheLease, CachePool } from "./cachePool.ts";
import type { CacheChange, CacheStatus, Entry } from "./objectCache.ts";
import type { TableColumn } from "./table.ts";

interface Listener {
  changed(changes: CacheChange[] | "reset"): void;
  status(): void;
}

const worst = ["forbidden", "failed", "stale", "loading", "live"] as const;

/** The caches behind a view: one for all namespaces, or, where that is forbidden, one for each namespace asked for. */
export class ScopedCaches {
  readonly #pool: CachePool;
  readonly #target: ResourceRef & { table: boolean };
  readonly #listener: Listener;
  #namespaces: string[];
  #leases: CacheLease[] = [];
  #subscriptions: Disposable[] = [];
  #narrow = false;

  constructor(pool: CachePool, target: ResourceRef & { table: boolean }, namespaces: string[], listener: Listener) {
    this.#pool = pool;
    this.#target = target;
    this.#namespaces = namespaces;
    this.#listener = listener;
    this.#lease([undefined]);
    this.#narrowIfForbidden();
  }

  setNamespaces(namespaces: string[]): void {
    this.#namespaces = namespaces;
    if (this.#narrow) this.#lease(namespaces.length > 0 ? namespaces : [undefined]);
    else this.#narrowIfForbidden();
  }

  *entries(): Generator<Entry> {
    for (const { cache } of this.#leases) yield* cache.entries();
  }

  get status(): CacheStatus {
    const statuses = this.#leases.map(({ cache }) => cache.status);
    const state = worst.find((one) => statuses.some((status) => status.state === one)) ?? "live";
    return statuses.find((status) => status.state === state) ?? { state: "live" };
  }

  get columns(): TableColumn[] {
    return this.#leases.find(({ cache }) => cache.columns.length > 0)?.cache.columns ?? [];
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    for (const lease of this.#leases) lease[Symbol.dispose]();
  }

  #lease(namespaces: (string | undefined)[]): void {
    this[Symbol.dispose]();
    this.#leases = namespaces.map((namespace) => this.#pool.lease({ ...this.#target, ...(namespace ? { namespace } : {}) }));
    this.#subscriptions = this.#leases.map(({ cache }) =>
      cache.subscribe({ changed: (changes) => this.#listener.changed(changes), status: () => this.#statusChanged() }),
    );
  }

  #statusChanged(): void {
    this.#narrowIfForbidden();
    this.#listener.status();
  }

  #narrowIfForbidden(): void {
    if (this.#narrow || this.#namespaces.length === 0 || this.status.state !== "forbidden") return;
    this.#narrow = true;
    this.#lease(this.#namespaces);
    this.#listener.changed("reset");
  }
}
