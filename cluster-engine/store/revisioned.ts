import {
  CompactedError,
  ConflictError,
  FutureRevisionError,
  type KeyValue,
  type RangeRequest,
  type RangeResult,
  type Revision,
  type Store,
  type StoreEvent,
  type WatchRequest,
  type WriteRequest,
} from "./types.ts";

/** Where a RevisionedStore keeps its data. Everything it reads is committed; `commit` makes a group durable as a whole. */
export interface Backend {
  readonly revision: Revision;
  readonly compacted: Revision;
  /** The key's value at `revision`; the newest one when absent. */
  read(key: string, revision?: Revision): KeyValue | undefined;
  range(request: RangeRequest): Omit<RangeResult, "revision">;
  count(prefix: string): number;
  /** Events after `after` in order. */
  history(after: Revision, prefix: string): StoreEvent[];
  /** Resolves when all events are durable; on failure none is. */
  commit(events: StoreEvent[]): Promise<void>;
  compact(revision: Revision): Promise<void>;
  close(): Promise<void>;
}

interface Ordered {
  event: StoreEvent;
  resolve(value: KeyValue): void;
  reject(error: Error): void;
}

interface Watcher {
  request: WatchRequest;
  queue: StoreEvent[][];
  live: boolean;
}

interface Known {
  value: KeyValue | undefined;
  revision: Revision;
}

const recentSize = 4096;

/** The newest values by key; the one that was set first goes first. */
class RecentValues {
  readonly #values = new Map<string, Known>();

  get(key: string): Known | undefined {
    return this.#values.get(key);
  }

  set(key: string, known: Known): void {
    this.#values.delete(key);
    this.#values.set(key, known);
    if (this.#values.size > recentSize) for (const oldest of this.#values.keys()) return void this.#values.delete(oldest);
  }
}

/**
 * The ordering half of every store. A write is ordered at once (revision, precondition, bytes), joins the group that
 * waits, and the group is committed when the one before it is durable. Preconditions see ordered writes; readers and
 * watchers see committed ones. When a commit fails, everything ordered after it is refused too: it may rest on it.
 */
export class RevisionedStore implements Store {
  readonly #backend: Backend;
  #next: Revision;
  /** Newest ordered, uncommitted value a key; `undefined` is a deletion. */
  #pending = new Map<string, Known>();
  /** Committed values of late: what is written is mostly written again soon. */
  readonly #recent = new RecentValues();
  #group: Ordered[] = [];
  #committing = false;
  #watchers = new Set<Watcher>();
  #idle: (() => void)[] = [];
  #closed = false;

  constructor(backend: Backend) {
    this.#backend = backend;
    this.#next = backend.revision + 1;
  }

  get revision(): Revision {
    return this.#backend.revision;
  }

  get compacted(): Revision {
    return this.#backend.compacted;
  }

  async get(key: string, revision?: Revision): Promise<KeyValue | undefined> {
    this.#checkReadable(revision);
    return this.#backend.read(key, revision);
  }

  valueOf(key: string, revision: Revision): Uint8Array | undefined {
    return this.#backend.read(key, revision)?.value;
  }

  async range(request: RangeRequest): Promise<RangeResult> {
    this.#checkReadable(request.revision);
    return { ...this.#backend.range(request), revision: request.revision ?? this.revision };
  }

  async count(prefix: string): Promise<number> {
    return this.#backend.count(prefix);
  }

  write(request: WriteRequest): Promise<KeyValue> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new Error("the store is closed");
      this.#group.push({ event: this.#order(request), resolve, reject });
      if (!this.#committing) void this.#commitGroups();
    });
  }

  watch(request: WatchRequest): Disposable {
    if (request.after < this.compacted) throw new CompactedError(request.after, this.compacted);
    const watcher: Watcher = { request, queue: [], live: true };
    const missed = request.after < this.revision ? this.#backend.history(request.after, request.prefix) : [];
    if (missed.length > 0) {
      watcher.queue.push(missed);
      queueMicrotask(() => this.#deliver(watcher));
    }
    this.#watchers.add(watcher);
    return {
      [Symbol.dispose]: () => {
        watcher.live = false;
        this.#watchers.delete(watcher);
      },
    };
  }

  async compact(revision: Revision): Promise<void> {
    if (revision > this.revision) throw new FutureRevisionError(revision, this.revision);
    if (revision > this.compacted) await this.#backend.compact(revision);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#committing) await new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#watchers.clear();
    await this.#backend.close();
  }

  #checkReadable(revision: Revision | undefined): void {
    if (revision === undefined) return;
    if (revision < this.compacted) throw new CompactedError(revision, this.compacted);
    if (revision > this.revision) throw new FutureRevisionError(revision, this.revision);
  }

  #order({ key, type, expected, encode }: WriteRequest): StoreEvent {
    const known = this.#pending.get(key) ?? this.#recent.get(key);
    const previous = known ? known.value : this.#backend.read(key);
    const absent = type === "delete" && !previous;
    if (absent || (expected !== undefined && expected !== (previous?.modRevision ?? 0))) throw new ConflictError(key, previous);
    const revision = this.#next;
    const value = encode(revision);
    this.#next++;
    const current = { key, value, createRevision: previous?.createRevision ?? revision, modRevision: revision };
    this.#pending.set(key, { value: type === "put" ? current : undefined, revision });
    return { type, revision, current, ...(previous ? { previous } : {}) };
  }

  async #commitGroups(): Promise<void> {
    this.#committing = true;
    // Lets writes of the same turn join the first group.
    await Promise.resolve();
    while (this.#group.length > 0) {
      const group = this.#group;
      this.#group = [];
      try {
        await this.#backend.commit(group.map((ordered) => ordered.event));
        this.#publish(group);
      } catch (error) {
        this.#refuse(group, error as Error);
      }
    }
    this.#committing = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #publish(group: Ordered[]): void {
    for (const { event } of group) {
      const { key } = event.current;
      const pending = this.#pending.get(key);
      if (pending?.revision !== event.revision) continue;
      this.#pending.delete(key);
      this.#recent.set(key, pending);
    }
    const events = group.map((ordered) => ordered.event);
    for (const watcher of this.#watchers) {
      const matching = events.filter((event) => event.current.key.startsWith(watcher.request.prefix));
      if (matching.length === 0) continue;
      watcher.queue.push(matching);
      this.#deliver(watcher);
    }
    for (const { event, resolve } of group) resolve(event.current);
  }

  #deliver(watcher: Watcher): void {
    for (let events = watcher.queue.shift(); events && watcher.live; events = watcher.queue.shift()) {
      try {
        watcher.request.onEvents(events);
      } catch (error) {
        watcher.live = false;
        this.#watchers.delete(watcher);
        watcher.request.onError(error as Error);
      }
    }
  }

  #refuse(group: Ordered[], error: Error): void {
    const refused = [...group, ...this.#group];
    this.#group = [];
    this.#pending.clear();
    this.#next = this.#backend.revision + 1;
    for (const ordered of refused) ordered.reject(error);
  }
}
