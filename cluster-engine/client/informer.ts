import { apiVersionOf, keyOf, type KubeObject, type ObjectKey } from "../../shared/kubernetes/object.ts";
import type { ResourceType } from "../api/resourceType.ts";
import type { Log } from "../base/log.ts";
import { deepFreeze } from "./freeze.ts";
import { IndexedCache } from "./indexedCache.ts";
import type { ReflectorSink } from "./reflector.ts";
import type { Informer, InformerHandlers } from "./types.ts";

interface Waiter {
  satisfied(): boolean;
  resolve(): void;
}

const namespaceIndex = "namespace";

/** The cache side of an informer: what a reflector feeds, and what controllers read. */
export class CacheInformer<T extends KubeObject> implements Informer<T>, ReflectorSink {
  readonly type: ResourceType<T>;
  readonly synced: Promise<void>;
  isSynced = false;
  readonly #log: Log;
  readonly #cache = new IndexedCache<T>();
  readonly #handlers = new Set<InformerHandlers<T>>();
  readonly #waiters = new Set<Waiter>();
  readonly #apiVersion: string;
  #resourceVersion = 0;
  #markSynced!: () => void;

  constructor(type: ResourceType<T>, log: Log) {
    this.type = type;
    this.#log = log;
    this.#apiVersion = apiVersionOf(type);
    this.synced = new Promise((resolve) => (this.#markSynced = resolve));
    if (type.namespaced) this.#cache.addIndex(namespaceIndex, (object) => [object.metadata.namespace]);
  }

  get resourceVersion(): string {
    return this.#resourceVersion ? String(this.#resourceVersion) : "";
  }

  get(key: ObjectKey | string): T | undefined {
    return this.#cache.get(typeof key === "string" ? key : keyOf(key));
  }

  list(namespace?: string): T[] {
    return namespace === undefined ? this.#cache.all() : this.#cache.byIndex(namespaceIndex, namespace);
  }

  byIndex(index: string, value: string): T[] {
    return this.#cache.byIndex(index, value);
  }

  addIndex(index: string, values: (object: T) => string[]): void {
    if (!this.#cache.hasIndex(index)) this.#cache.addIndex(index, values);
  }

  handle(handlers: InformerHandlers<T>): Disposable {
    this.#handlers.add(handlers);
    if (this.isSynced) for (const object of this.#cache.all()) this.#call(() => handlers.onAdd?.(object));
    return { [Symbol.dispose]: () => void this.#handlers.delete(handlers) };
  }

  reaches(resourceVersion: string): Promise<void> {
    const wanted = Number(resourceVersion);
    return this.#when(() => this.#resourceVersion >= wanted);
  }

  losesSight(key: string, uid: string): Promise<void> {
    return this.#when(() => {
      const object = this.#cache.get(key);
      return !object || object.metadata.uid !== uid || object.metadata.deletionTimestamp !== undefined;
    });
  }

  replace(items: KubeObject[], resourceVersion: string): void {
    const objects = items.map((item) => this.#own(item));
    const present = new Set(objects.map((object) => keyOf(object.metadata)));
    for (const key of this.#cache.keys()) if (!present.has(key)) this.#delete(key);
    for (const object of objects) this.#put(object);
    this.#advance(resourceVersion);
    this.isSynced = true;
    this.#markSynced();
  }

  apply(item: KubeObject, deleted: boolean): void {
    const object = this.#own(item);
    if (deleted) this.#delete(keyOf(object.metadata), object);
    else this.#put(object);
    this.#advance(object.metadata.resourceVersion);
  }

  bookmark(resourceVersion: string): void {
    this.#advance(resourceVersion);
  }

  #put(object: T): void {
    const old = this.#cache.set(object);
    if (!old) return this.#emit((handlers) => handlers.onAdd?.(object));
    if (old.metadata.resourceVersion === object.metadata.resourceVersion) return;
    // Deleted and made anew between two lists: handlers see both.
    if (old.metadata.uid !== object.metadata.uid) {
      this.#emit((handlers) => handlers.onDelete?.(old));
      this.#emit((handlers) => handlers.onAdd?.(object));
    } else this.#emit((handlers) => handlers.onUpdate?.(object, old));
  }

  #delete(key: string, last?: T): void {
    const old = this.#cache.delete(key);
    const gone = last ?? old;
    if (old && gone) this.#emit((handlers) => handlers.onDelete?.(gone));
  }

  #emit(call: (handlers: InformerHandlers<T>) => void): void {
    for (const handlers of this.#handlers) this.#call(() => call(handlers));
  }

  #call(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.#log.error("informer handler failed", { resource: this.type.resource, error: String(error) });
    }
  }

  #advance(resourceVersion: string): void {
    this.#resourceVersion = Math.max(this.#resourceVersion, Number(resourceVersion) || 0);
    for (const waiter of this.#waiters) {
      if (!waiter.satisfied()) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #when(satisfied: () => boolean): Promise<void> {
    if (satisfied()) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.add({ satisfied, resolve }));
  }

  /** Items of lists come without apiVersion and kind. */
  #own(item: KubeObject): T {
    const whole = item.kind && item.apiVersion ? item : { ...item, apiVersion: this.#apiVersion, kind: this.type.kind };
    return deepFreeze(whole) as T;
  }
}
