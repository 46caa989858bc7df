import type { KubeObject, ResourceRef } from "../../../shared/kubernetes/object.ts";
import { keyOf } from "../../../shared/kubernetes/object.ts";
import type { Connection } from "../clusters/connection.ts";
import { connectionProblem } from "../clusters/connectionProblem.ts";
import { resourcePath } from "../clusters/discovery.ts";
import { ApiError } from "../errors.ts";
import { pause, retryDelay, type Clock } from "../time.ts";
import { readLines } from "./lines.ts";
import { cellsOf, columnsOf, tableAccept, type TableAnswer, type TableColumn, type TableRow } from "./table.ts";
import { trimObject } from "./trimObject.ts";

/** What a cache holds of one object. `cells` are the server's own columns, when the cache reads Tables. */
export interface Entry {
  key: string;
  object: KubeObject;
  cells?: unknown[];
}

export interface CacheChange {
  key: string;
  /** Absent when the object is gone. */
  entry?: Entry;
  previous?: Entry;
}

export interface CacheStatus {
  state: "loading" | "live" | "stale" | "forbidden" | "failed";
  message?: string;
  /** When what is held was last known to be true, ms since the epoch. */
  at?: number;
}

export interface CacheListener {
  /** `reset` says that every row must be made anew. */
  changed(changes: CacheChange[] | "reset"): void;
  status?(): void;
}

export interface CacheTarget extends ResourceRef {
  /** Only this namespace; all when absent. */
  namespace?: string;
  /** Only this object. */
  name?: string;
  /** Asks for the server's Table, which carries printer columns. */
  table?: boolean;
}

interface WatchLine {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: KubeObject & TableAnswer & { code?: number; message?: string };
}

const pageSize = 500;
const watchSeconds = 290;

/** The objects of one resource, kept true by one list and one watch that all views share. */
export class ObjectCache {
  readonly target: CacheTarget;
  columns: TableColumn[] = [];
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<CacheListener>();
  #status: CacheStatus = { state: "loading" };
  #resourceVersion = "";
  #attempt = 0;
  #stopped = new AbortController();
  #wakeUp = new AbortController();
  #started = false;

  constructor(target: CacheTarget, connection: Connection, clock: Clock) {
    this.target = target;
    this.#connection = connection;
    this.#clock = clock;
  }

  get status(): CacheStatus {
    return this.#status;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  entries(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  subscribe(listener: CacheListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Resolves when the first list is complete, or has failed. */
  settled(): Promise<void> {
    if (this.#status.state !== "loading") return Promise.resolve();
    return new Promise((resolve) => {
      const subscription = this.subscribe({
        changed: () => {},
        status: () => {
          if (this.#status.state === "loading") return;
          subscription[Symbol.dispose]();
          resolve();
        },
      });
    });
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    void this.#run(this.#stopped.signal);
  }

  /** Tries again at once instead of when its backoff is over. */
  retryNow(): void {
    this.#wakeUp.abort();
  }

  /** Lists anew: the cluster behind the connection may be another one. */
  restart(): void {
    this.#resourceVersion = "";
    this.#stopped.abort();
    this.#stopped = new AbortController();
    void this.#run(this.#stopped.signal);
  }

  close(): void {
    this.#stopped.abort();
    this.#listeners.clear();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (!this.#resourceVersion) await this.#list(signal);
        await this.#watch(signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, signal);
      }
    }
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    if (error instanceof ApiError && error.code === 410) {
      this.#resourceVersion = "";
      return;
    }
    this.#setStatus(this.#statusAfter(error));
    this.#wakeUp = new AbortController();
    await pause(this.#clock, retryDelay(this.#attempt++), AbortSignal.any([signal, this.#wakeUp.signal]));
  }

  #statusAfter(error: unknown): CacheStatus {
    const message = error instanceof ApiError ? error.message : connectionProblem(error, this.#connection.server).message;
    if (error instanceof ApiError && error.code === 403) return { state: "forbidden", message };
    const at = this.#status.at;
    return at === undefined ? { state: "failed", message } : { state: "stale", message, at };
  }

  async #list(signal: AbortSignal): Promise<void> {
    const fresh = new Map<string, Entry>();
    const partial = this.#status.at === undefined;
    if (partial) this.#setStatus({ state: "loading" });
    let token: string | undefined;
    let version = "";
    do {
      const page = await this.#page(token, signal);
      if (signal.aborted) return;
      const entries = this.#entriesOfList(page);
      for (const entry of entries) fresh.set(entry.key, entry);
      version = page.metadata?.resourceVersion ?? "";
      token = page.metadata?.continue || undefined;
      // What has come so far is shown while the rest is on its way.
      if (partial && token) this.#notify(this.#take(entries));
    } while (token);
    this.#notify([...this.#take(fresh.values()), ...this.#dropAllBut(fresh)]);
    this.#resourceVersion = version;
    this.#nowLive();
  }

  #page(token: string | undefined, signal: AbortSignal): Promise<TableAnswer> {
    return this.#connection.json<TableAnswer>({
      path: this.#path,
      query: { ...this.#selection, limit: pageSize, continue: token, ...(this.target.table ? { includeObject: "Object" } : {}) },
      accept: this.target.table ? tableAccept : undefined,
      signal,
    });
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const body = await this.#connection.stream({
      path: this.#path,
      query: {
        ...this.#selection,
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: this.#resourceVersion,
        timeoutSeconds: watchSeconds,
        ...(this.target.table ? { includeObject: "Object" } : {}),
      },
      accept: this.target.table ? tableAccept : undefined,
      signal,
      timeoutMs: (watchSeconds + 30) * 1000,
    });
    this.#nowLive();
    for await (const lines of readLines(body)) this.#apply(lines.map((line) => JSON.parse(line) as WatchLine));
  }

  #apply(events: WatchLine[]): void {
    const changes = events.flatMap((event) => this.#applyOne(event));
    this.#status.at = this.#clock.now();
    this.#notify(changes);
  }

  #applyOne({ type, object }: WatchLine): CacheChange[] {
    if (type === "ERROR") throw new ApiError(object.code ?? 500, object as never);
    const carried = object.kind === "Table" ? object.rows?.[0] : { object, cells: undefined };
    const version = carried?.object?.metadata?.resourceVersion ?? object.metadata?.resourceVersion;
    if (version) this.#resourceVersion = version;
    if (object.kind === "Table" && object.columnDefinitions?.length) this.#setColumns(columnsOf(object));
    if (type === "BOOKMARK" || !carried?.object?.metadata?.name) return [];
    return [type === "DELETED" ? this.#remove(carried.object) : this.#put(this.#entry(carried.object, carried.cells))];
  }

  #put(entry: Entry): CacheChange {
    const previous = this.#entries.get(entry.key);
    this.#entries.set(entry.key, entry);
    return previous ? { key: entry.key, entry, previous } : { key: entry.key, entry };
  }

  #remove(object: KubeObject): CacheChange {
    const key = keyOf(object.metadata);
    const previous = this.#entries.get(key);
    this.#entries.delete(key);
    return previous ? { key, previous } : { key };
  }

  #entriesOfList(page: TableAnswer): Entry[] {
    if (page.kind === "Table") {
      this.#setColumns(columnsOf(page));
      return (page.rows ?? []).flatMap((row: TableRow) => (row.object?.metadata ? [this.#entry(row.object, cellsOf(row))] : []));
    }
    const kind = page.kind?.replace(/List$/, "") ?? "";
    const apiVersion = page.apiVersion ?? "";
    return (page.items ?? []).map((object) => this.#entry({ ...object, apiVersion: object.apiVersion ?? apiVersion, kind: object.kind ?? kind }));
  }

  #entry(object: KubeObject, cells?: unknown[]): Entry {
    const trimmed = trimObject(object);
    return cells ? { key: keyOf(trimmed.metadata), object: trimmed, cells } : { key: keyOf(trimmed.metadata), object: trimmed };
  }

  /** Puts what a list gave; objects that are held in the same version are no change. */
  #take(entries: Iterable<Entry>): CacheChange[] {
    const changes: CacheChange[] = [];
    for (const entry of entries) {
      if (!sameVersion(this.#entries.get(entry.key), entry)) changes.push(this.#put(entry));
    }
    return changes;
  }

  #dropAllBut(fresh: ReadonlyMap<string, Entry>): CacheChange[] {
    return [...this.#entries.values()].filter(({ key }) => !fresh.has(key)).map(({ object }) => this.#remove(object));
  }

  #notify(changes: CacheChange[] | "reset"): void {
    if (changes.length > 0) for (const listener of this.#listeners) listener.changed(changes);
  }

  /** New columns change every row. */
  #setColumns(columns: TableColumn[]): void {
    if (JSON.stringify(columns) === JSON.stringify(this.columns)) return;
    this.columns = columns;
    this.#notify("reset");
  }

  #nowLive(): void {
    this.#attempt = 0;
    this.#setStatus({ state: "live", at: this.#clock.now() });
  }

  #setStatus(status: CacheStatus): void {
    this.#status = status;
    for (const listener of this.#listeners) listener.status?.();
  }

  get #path(): string {
    return resourcePath({ ...this.target, name: undefined });
  }

  get #selection(): { fieldSelector?: string } {
    return this.target.name ? { fieldSelector: `metadata.name=${this.target.name}` } : {};
  }
}

const sameVersion = (a: Entry | undefined, b: Entry): boolean =>
  a?.object.metadata.uid === b.object.metadata.uid && a?.object.metadata.resourceVersion === b.object.metadata.resourceVersion;
