import type { Revision, Store, StoreEvent } from "../../store/types.ts";
import type { KeyValue } from "../../store/types.ts";
import type { StoredObject } from "./storedObject.ts";
import { storedObjectOf } from "./storedObject.ts";

export interface CacheEvent {
  type: "put" | "delete";
  revision: Revision;
  /** After the change; for a delete the last state with the revision of the deletion. */
  object: StoredObject;
  /** Before the change; absent on creation. */
  previous?: StoredObject;
}

export interface CacheSubscriber {
  onEvents(events: CacheEvent[]): void;
  onError(error: Error): void;
}

/** Events kept for resuming watches; older ones are read from the store's history. */
const windowSize = 4096;

/** All current objects of one stored resource, and its recent events. Fed by WatchCaches, in order of revision. */
export class WatchCache {
  /** Key prefix: `/registry/apps/deployments/`. */
  readonly prefix: string;
  readonly #store: Store;
  readonly #namespaces = new Map<string, Bucket>();
  readonly #subscribers = new Set<CacheSubscriber>();
  #events: CacheEvent[] = [];
  /** Events after this revision are in the window. */
  #windowStart: Revision;
  #sortedNamespaces: string[] | undefined;
  /** Raised by every change: lets derived indexes know that they are stale. */
  generation = 0;

  constructor(prefix: string, store: Store, start: Revision) {
    this.prefix = prefix;
    this.#store = store;
    this.#windowStart = start;
  }

  get(namespace: string, name: string): StoredObject | undefined {
    return this.#namespaces.get(namespace)?.objects.get(name);
  }

  /** In the order of store keys. All namespaces when `namespace` is absent. */
  list(namespace?: string): StoredObject[] {
    if (namespace !== undefined) return this.#namespaces.get(namespace)?.sorted() ?? [];
    this.#sortedNamespaces ??= [...this.#namespaces.keys()].sort(byKeyOrder);
    if (this.#sortedNamespaces.length === 1) return this.#namespaces.get(this.#sortedNamespaces[0]!)!.sorted();
    return this.#sortedNamespaces.flatMap((name) => this.#namespaces.get(name)!.sorted());
  }

  get size(): number {
    let count = 0;
    for (const bucket of this.#namespaces.values()) count += bucket.objects.size;
    return count;
  }

  load(entry: KeyValue): void {
    this.#put(storedObjectOf(entry, this.prefix));
  }

  /** Takes the events of one commit; the returned function tells the subscribers. */
  apply(events: StoreEvent[]): () => void {
    const changes = events.map((event) => this.#change(event));
    this.generation++;
    this.#events.push(...changes);
    if (this.#events.length > 2 * windowSize) {
      const dropped = this.#events.splice(0, this.#events.length - windowSize);
      this.#windowStart = dropped.at(-1)!.revision;
    }
    return () => {
      for (const subscriber of Array.from(this.#subscribers)) this.#tell(subscriber, changes);
    };
  }

  /** A subscriber that fails loses its own subscription, nobody else's. */
  #tell(subscriber: CacheSubscriber, changes: CacheEvent[]): void {
    try {
      subscriber.onEvents(changes);
    } catch (error) {
      this.#subscribers.delete(subscriber);
      subscriber.onError(error as Error);
    }
  }

  /** Sends every event after `after`, those of the past at once. @throws CompactedError */
  subscribe(after: Revision, subscriber: CacheSubscriber): Disposable {
    if (after < this.#windowStart) return this.#subscribeToStore(after, subscriber);
    const past = this.#events.slice(this.#firstAfter(after));
    this.#subscribers.add(subscriber);
    if (past.length) subscriber.onEvents(past);
    return { [Symbol.dispose]: () => void this.#subscribers.delete(subscriber) };
  }

  #subscribeToStore(after: Revision, subscriber: CacheSubscriber): Disposable {
    return this.#store.watch({
      prefix: this.prefix,
      after,
      onEvents: (events) => subscriber.onEvents(events.map((event) => this.#eventOf(event))),
      onError: (error) => subscriber.onError(error),
    });
  }

  #firstAfter(revision: Revision): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#events[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #change(event: StoreEvent): CacheEvent {
    const object = storedObjectOf(event.current, this.prefix);
    const previous = this.get(object.namespace, object.name);
    if (event.type === "put") this.#put(object);
    else this.#remove(object);
    return { type: event.type, revision: event.revision, object, ...(previous ? { previous } : {}) };
  }

  #eventOf(event: StoreEvent): CacheEvent {
    const previous = event.previous && storedObjectOf(event.previous, this.prefix);
    return { type: event.type, revision: event.revision, object: storedObjectOf(event.current, this.prefix), ...(previous ? { previous } : {}) };
  }

  #put(object: StoredObject): void {
    let bucket = this.#namespaces.get(object.namespace);
    if (!bucket) {
      this.#namespaces.set(object.namespace, (bucket = new Bucket()));
      this.#sortedNamespaces = undefined;
    }
    bucket.put(object);
  }

  #remove(object: StoredObject): void {
    const bucket = this.#namespaces.get(object.namespace);
    bucket?.remove(object);
    if (bucket?.objects.size !== 0) return;
    this.#namespaces.delete(object.namespace);
    this.#sortedNamespaces = undefined;
  }
}

class Bucket {
  readonly objects = new Map<string, StoredObject>();
  #sorted: StoredObject[] | undefined;

  put(object: StoredObject): void {
    this.objects.set(object.name, object);
    this.#sorted = undefined;
  }

  remove(object: StoredObject): void {
    this.objects.delete(object.name);
    this.#sorted = undefined;
  }

  sorted(): StoredObject[] {
    return (this.#sorted ??= [...this.objects.values()].sort((a, b) => (a.name < b.name ? -1 : 1)));
  }
}

/** Namespaces as they are ordered inside keys, where `/` follows them. */
const byKeyOrder = (a: string, b: string): number => (`${a}/` < `${b}/` ? -1 : 1);
