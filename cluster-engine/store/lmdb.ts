import { chmodSync, closeSync, existsSync, fstatSync, openSync, readSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { type Database, open, type RootDatabase } from "lmdb";
import { type Backend, RevisionedStore } from "./revisioned.ts";
import { type KeyValue, type RangeRequest, type Revision, StoreDamagedError, type StoreEvent, StoreFullError } from "./types.ts";

export interface LmdbOptions {
  /** The database file; its folder must exist. */
  path: string;
  /** Where the revisions of a new database begin; they go on from 0 when absent. */
  startAfter?: Revision;
}

/** The format of what is written; a newer one is refused. */
const format = 1;

/** The default store: one LMDB file, every group of writes synced to disk before it is acknowledged. */
export class LmdbStore extends RevisionedStore {
  static open(options: LmdbOptions): LmdbStore {
    return new LmdbStore(new LmdbBackend(options));
  }
}

/**
 * A point of the log: `[createRevision, previous revision of the key (0: none), 1 if it is a deletion, key, CRC-32 of the
 * value]`. The earliest versions wrote no checksum.
 */
type Header = [create: Revision, previous: Revision, deleted: 0 | 1, key: string, checksum?: number];

/** A failed write on a disk with less space than this, bytes, failed for the lack of it. */
const fullBelow = 4 << 20;

/** Sorts after every character that keys have. */
const afterPrefix = "\uffff";

/**
 * Layout. Each value is written once, in the log:
 *   headers  revision → what happened at it       values    revision → the bytes
 *   current  key → revision of its live value     versions  [key, revision] → nothing: finds the value as of a revision
 *   meta     "revision", "compacted"
 */
class LmdbBackend implements Backend {
  revision: Revision;
  compacted: Revision;
  #committing = false;
  readonly #path: string;
  readonly #root: RootDatabase;
  readonly #headers: Database<Header, number>;
  readonly #values: Database<Uint8Array, number>;
  readonly #current: Database<number, string>;
  readonly #versions: Database<null, [string, number]>;
  readonly #meta: Database<number, string>;

  /** @throws Error when the file is of a newer format, StoreDamagedError or LMDB's own when it is damaged */
  constructor({ path, startAfter = 0 }: LmdbOptions) {
    this.#path = path;
    hearRefusedCommits();
    checkWhole(path);
    // overlappingSync would acknowledge before the disk has it.
    this.#root = open({ path, noSubdir: true, overlappingSync: false, maxDbs: 8 });
    // It holds Secrets.
    for (const file of [path, `${path}-lock`]) chmodSync(file, 0o600);
    this.#headers = this.#root.openDB({ name: "headers" });
    this.#values = this.#root.openDB({ name: "values", encoding: "binary" });
    this.#current = this.#root.openDB({ name: "current" });
    this.#versions = this.#root.openDB({ name: "versions" });
    this.#meta = this.#root.openDB({ name: "meta" });
    this.#begin(startAfter);
    this.revision = this.#meta.get("revision") ?? 0;
    this.compacted = this.#meta.get("compacted") ?? 0;
  }

  #begin(startAfter: Revision): void {
    const found = this.#meta.get("format");
    if (found !== undefined && found > format) {
      void this.#root.close();
      throw new Error(`${this.#path} has format ${found}, and this version reads formats up to ${format}: use a newer Wherry; nothing was changed`);
    }
    if (found === undefined) this.#meta.putSync("format", format);
    if (startAfter === 0 || this.#meta.get("revision") !== undefined) return;
    this.#meta.putSync("revision", startAfter);
    this.#meta.putSync("compacted", startAfter);
  }

  read(key: string, revision?: Revision): KeyValue | undefined {
    // While a group is being committed LMDB may already show it: read as of the published revision then.
    const at = revision ?? (this.#committing ? this.revision : undefined);
    const found = at === undefined ? this.#current.get(key) : this.#versionAt(key, at);
    return found === undefined ? undefined : this.#load(found);
  }

  range({ prefix, startAfter, limit = Infinity, revision }: RangeRequest) {
    const keys =
      revision === undefined && !this.#committing ? this.#liveKeys(prefix, startAfter) : this.#keysAt(prefix, startAfter, revision ?? this.revision);
    const items: KeyValue[] = [];
    let remaining = 0;
    for (const at of keys) {
      if (items.length < limit) items.push(this.#load(at)!);
      else remaining++;
    }
    return { items, more: remaining > 0, remaining };
  }

  count(prefix: string): number {
    return this.#current.getKeysCount({ start: prefix, end: prefix + afterPrefix });
  }

  history(after: Revision, prefix: string): StoreEvent[] {
    const events: StoreEvent[] = [];
    for (const { key: revision, value: header } of this.#headers.getRange({ start: after + 1, end: this.revision + 1 })) {
      if (header[3].startsWith(prefix)) events.push(this.#event(revision, header));
    }
    return events;
  }

  async commit(events: StoreEvent[]): Promise<void> {
    this.#committing = true;
    try {
      await this.#batch(() => events.forEach((event) => this.#put(event)));
      this.revision = events.at(-1)!.revision;
    } finally {
      this.#committing = false;
    }
  }

  /** Drops what later writes up to `revision` replaced, and deletions themselves. Reads nothing older than the last compaction. */
  async compact(revision: Revision): Promise<void> {
    const dead: { revision: Revision; key: string }[] = [];
    for (const { key: at, value: header } of this.#headers.getRange({ start: this.compacted, end: revision + 1 })) {
      const [, previous, deleted, key] = header;
      if (previous) dead.push({ revision: previous, key });
      if (deleted) dead.push({ revision: at, key });
    }
    await this.#batch(() => {
      for (const { revision: at, key } of dead) {
        void this.#headers.remove(at);
        void this.#values.remove(at);
        void this.#versions.remove([key, at]);
      }
      void this.#meta.put("compacted", revision);
    });
    this.compacted = revision;
  }

  async close(): Promise<void> {
    await this.#root.close();
  }

  /** Commits what `work` writes, whole or not at all. */
  async #batch(work: () => void): Promise<void> {
    try {
      await this.#root.transaction(work);
    } catch (failure) {
      throw await this.#explain(failure);
    }
  }

  #put({ type, revision, current, previous }: StoreEvent): void {
    const { key, value, createRevision } = current;
    void this.#headers.put(revision, [createRevision, previous?.modRevision ?? 0, type === "delete" ? 1 : 0, key, crc32(value)]);
    void this.#values.put(revision, value);
    void this.#versions.put([key, revision], null);
    if (type === "put") void this.#current.put(key, revision);
    else void this.#current.remove(key);
    void this.#meta.put("revision", revision);
  }

  /** What the system said; a full disk shows as a short write, which LMDB calls an input/output error. */
  async #explain(failure: unknown): Promise<Error> {
    const wrapped = (failure as { commitError?: Promise<unknown> }).commitError;
    const error = wrapped
      ? await wrapped.then(
          () => failure,
          (reason: unknown) => reason,
        )
      : failure;
    const text = String((error as Error)?.message ?? error);
    const { bavail, bsize } = statfsSync(dirname(this.#path));
    if (/ENOSPC|No space left|MAP_FULL/i.test(text) || bavail * bsize < fullBelow) {
      return new StoreFullError("the disk that holds the cluster's data is full: free some space, then try again; nothing was written", {
        cause: error,
      });
    }
    return error instanceof Error ? error : new Error(text);
  }

  #load(revision: Revision): KeyValue | undefined {
    const header = this.#headers.get(revision);
    if (!header || header[2]) return undefined;
    return { key: header[3], value: this.#valueAt(revision, header), createRevision: header[0], modRevision: revision };
  }

  /** @throws StoreDamagedError when it is not what was written */
  #valueAt(revision: Revision, [, , , key, checksum]: Header): Uint8Array {
    const value = this.#values.get(revision);
    if (!value || (checksum !== undefined && crc32(value) !== checksum))
      throw new StoreDamagedError(
        `${this.#path} is damaged: the value of ${key} at revision ${revision} is ${value ? "not what was written" : "gone"}`,
      );
    return value;
  }

  #event(revision: Revision, header: Header): StoreEvent {
    const [createRevision, previousRevision, deleted, key] = header;
    const current = { key, value: this.#valueAt(revision, header), createRevision, modRevision: revision };
    const previous = previousRevision ? this.#load(previousRevision) : undefined;
    return { type: deleted ? "delete" : "put", revision, current, ...(previous ? { previous } : {}) };
  }

  *#liveKeys(prefix: string, startAfter: string | undefined): Iterable<Revision> {
    const start = startAfter === undefined ? prefix : `${startAfter}\0`;
    for (const { value } of this.#current.getRange({ start, end: prefix + afterPrefix })) yield value;
  }

  *#keysAt(prefix: string, startAfter: string | undefined, at: Revision): Iterable<Revision> {
    const start = startAfter === undefined ? prefix : `${startAfter}\0`;
    let last: { key: string; revision: Revision } | undefined;
    for (const [key, revision] of this.#versions.getKeys({ start: [start, 0], end: [prefix + afterPrefix, 0] })) {
      if (last && last.key !== key && this.#isLive(last.revision)) yield last.revision;
      if (last?.key !== key) last = undefined;
      if (revision <= at) last = { key, revision };
    }
    if (last && this.#isLive(last.revision)) yield last.revision;
  }

  #versionAt(key: string, at: Revision): Revision | undefined {
    for (const [, revision] of this.#versions.getKeys({ start: [key, at], end: [key, 0], reverse: true, limit: 1 })) return revision;
    return undefined;
  }

  #isLive(revision: Revision): boolean {
    return this.#headers.get(revision)?.[2] === 0;
  }
}

/** Where LMDB's two meta pages tell of the page size, the last page and the transaction that wrote them. */
const metaLayout = { magic: 24, pageSize: 48, lastPage: 144, transaction: 152, length: 160 };
const lmdbMagic = 0xbeefc0de;

/** LMDB maps the file: reading past the end of one that was cut off ends the process. @throws StoreDamagedError */
function checkWhole(path: string): void {
  if (!existsSync(path)) return;
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const damaged = (what: string) => new StoreDamagedError(`${path} is damaged: ${what}`);
    const meta = (at: number) => {
      const bytes = Buffer.alloc(metaLayout.length);
      readSync(file, bytes, 0, bytes.length, at);
      return bytes;
    };
    if (size === 0) return;
    const first = meta(0);
    if (first.readUInt32LE(metaLayout.magic) !== lmdbMagic) throw damaged("its beginning is not that of a store");
    const pageSize = first.readUInt32LE(metaLayout.pageSize);
    const newest = [first, meta(pageSize)].sort((a, b) =>
      Number(b.readBigUInt64LE(metaLayout.transaction) - a.readBigUInt64LE(metaLayout.transaction)),
    )[0]!;
    const needed = (Number(newest.readBigUInt64LE(metaLayout.lastPage)) + 1) * pageSize;
    if (size < needed) throw damaged(`it has ${size} of ${needed} bytes`);
  } finally {
    closeSync(file);
  }
}

let hearing = false;

/**
 * A refused commit also rejects a promise inside lmdb that nobody can get hold of, and Node would end the process for it.
 * The group's own promise tells of the failure; every other unheard rejection ends the process as before.
 */
function hearRefusedCommits(): void {
  if (hearing) return;
  hearing = true;
  process.on("unhandledRejection", (reason) => {
    if (!(reason instanceof Error && "commitError" in reason)) throw reason;
  });
}
