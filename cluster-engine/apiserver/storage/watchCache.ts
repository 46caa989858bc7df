import type { Revision, Store, StoreEvent } from "../../store/types.ts";
import type { KeyValue } from "../../store/types.ts";
import { FieldIndex, type Route, type RouteField } from "./fieldRoutes.ts";
import { storedObjectOf, type StoredObject } from "./storedObject.ts";

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
const windowSize = 1024;
/** Key prefixes. */
const staysInStore = new Set(["/registry/core/events/"]);

/** All current objects of one stored resource, and its recent events. Fed by WatchCaches, in order of revision. */
export class WatchCache {
  /** Key prefix: `/registry/apps/deployments/`. */
  readonly prefix: string;
  readonly #store: Store;
  readonly #namespaces = new Map<string, Bucket>();
  readonly #subscribers = new Set<CacheSubscriber>();
  /** Subscribers that want only the objects of one value of a field. */
  readonly #routed = new Map<RouteField, FieldIndex<CacheSubscriber>>();
  /** Made at first use. */
  readonly #indexes = new Map<RouteField, FieldIndex<StoredObject>>();
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

  /** The objects of a route, in the order of store keys. */
  listRoute(route: Route, namespace?: string): StoredObject[] {
    return [...this.onRoute(route)].filter((object) => namespace === undefined || object.namespace === namespace).sort(byObjectKey);
  }

  /** The same in no order. */
  onRoute({ field, value }: Route): Iterable<StoredObject> {
    if (field === "metadata.name") return this.#named(value);
    return this.#index(field).get(value) ?? [];
  }

  /** Buckets are maps by name: an index would tell nothing new. */
  *#named(name: string): Iterable<StoredObject> {
    for (const { objects } of this.#namespaces.values()) {
      const object = objects.get(name);
      if (object) yield object;
    }
  }

  get size(): number {
    let count = 0;
    for (const bucket of this.#namespaces.values()) count += bucket.objects.size;
    return count;
  }

  load(entry: KeyValue): void {
    const object = storedObjectOf(entry, this.prefix);
    this.#put(object);
    this.#leave(object);
  }

  /** What is many and seldom read stays in the store, where that can be read at once. */
  #leave(object: StoredObject): void {
    const store = this.#store;
    if (!staysInStore.has(this.prefix) || !store.valueOf) return;
    const key = `${this.prefix}${object.namespace ? `${object.namespace}/` : ""}${object.name}`;
    object.leave(() => store.valueOf!(key, object.revision)!);
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
      for (const routed of this.#routed.values()) this.#tellRouted(routed, changes);
      for (const { object } of changes) this.#settle(object);
    };
  }

  #settle(object: StoredObject): void {
    object.forgetUnread();
    if (this.get(object.namespace, object.name) === object) this.#leave(object);
  }

  /** An object that leaves a value is of interest there too. */
  #tellRouted(routed: FieldIndex<CacheSubscriber>, changes: CacheEvent[]): void {
    const concerned = new Map<CacheSubscriber, CacheEvent[]>();
    for (const change of changes) {
      const values = new Set([routed.valueOf(change.object), ...(change.previous ? [routed.valueOf(change.previous)] : [])]);
      for (const value of values)
        for (const subscriber of routed.get(value) ?? []) {
          const own = concerned.get(subscriber);
          if (own) own.push(change);
          else concerned.set(subscriber, [change]);
        }
    }
    for (const [subscriber, own] of concerned) this.#tell(subscriber, own);
  }

  /** A subscriber that fails loses its own subscription, nobody else's. */
  #tell(subscriber: CacheSubscriber, changes: CacheEvent[]): void {
    try {
      subscriber.onEvents(changes);
    } catch (error) {
      this.#unsubscribe(subscriber);
      subscriber.onError(error as Error);
    }
  }

  /**
   * Sends every event after `after`, those of the past at once. With a route those of other values may be left out.
   * @throws CompactedError
   */
  subscribe(after: Revision, subscriber: CacheSubscriber, route?: Route): Disposable {
    if (after < this.#windowStart) return this.#subscribeToStore(after, subscriber);
    const past = this.#events.slice(this.#firstAfter(after));
    if (route) this.#routedBy(route.field).add(route.value, subscriber);
    else this.#subscribers.add(subscriber);
    if (past.length) subscriber.onEvents(past);
    return { [Symbol.dispose]: () => this.#unsubscribe(subscriber, route) };
  }

  #unsubscribe(subscriber: CacheSubscriber, route?: Route): void {
    this.#subscribers.delete(subscriber);
    if (route) this.#routedBy(route.field).remove(route.value, subscriber);
  }

  #routedBy(field: RouteField): FieldIndex<CacheSubscriber> {
    let routed = this.#routed.get(field);
    if (!routed) this.#routed.set(field, (routed = new FieldIndex(field)));
    return routed;
  }

  #index(field: RouteField): FieldIndex<StoredObject> {
    let index = this.#indexes.get(field);
    if (index) return index;
    this.#indexes.set(field, (index = new FieldIndex(field)));
    for (const bucket of this.#namespaces.values()) for (const object of bucket.objects.values()) index.add(index.valueOf(object), object);
    return index;
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
    previous?.recall();
    for (const index of this.#indexes.values()) if (previous) index.remove(index.valueOf(previous), previous);
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
    for (const index of this.#indexes.values()) index.add(index.valueOf(object), object);
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

const byObjectKey = (a: StoredObject, b: StoredObject): number =>
  a.namespace === b.namespace ? (a.name < b.name ? -1 : 1) : byKeyOrder(a.namespace, b.namespace);
