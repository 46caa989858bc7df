/** A point in the cluster's history; one counter for all keys, starting at 1. Safe integers. */
export type Revision = number;

export interface KeyValue {
  key: string;
  /** Encoded object; never modified after it was stored. */
  value: Uint8Array;
  createRevision: Revision;
  modRevision: Revision;
}

export interface StoreEvent {
  type: "put" | "delete";
  revision: Revision;
  /** For a delete: the last value, re-encoded by the writer with the revision of the deletion. */
  current: KeyValue;
  /** Absent on creation. */
  previous?: KeyValue;
}

export interface WriteRequest {
  key: string;
  type: "put" | "delete";
  /**
   * The modRevision the key must have now; 0: it must not exist; undefined: any.
   * It is checked against all writes ordered before this one, committed or not.
   */
  expected?: Revision;
  /** Called once, synchronously, when the write is ordered: makes the bytes with their revision inside. */
  encode(revision: Revision): Uint8Array;
}

export interface RangeRequest {
  prefix: string;
  /** Exclusive: the last key of the page before. */
  startAfter?: string;
  limit?: number;
  /** Read as of this revision; the latest committed one when absent. */
  revision?: Revision;
}

export interface RangeResult {
  items: KeyValue[];
  /** The revision that was read. */
  revision: Revision;
  more: boolean;
  /** How many keys under the prefix come after the page. */
  remaining: number;
}

export interface WatchRequest {
  prefix: string;
  /** Events after this revision are sent, each once, in order. */
  after: Revision;
  /** Events of one commit, never empty. Called only after the commit is durable. */
  onEvents(events: StoreEvent[]): void;
  /** The watch ended for a reason other than disposal. */
  onError(error: Error): void;
}

/**
 * A revisioned key-value store in etcd's terms.
 * Writes are ordered, committed in groups, and only then acknowledged, readable and sent to watchers.
 */
export interface Store {
  /** The latest committed revision. */
  readonly revision: Revision;
  /** The oldest revision that can still be read or watched from; 0 at first. */
  readonly compacted: Revision;
  /** @throws CompactedError, FutureRevisionError */
  get(key: string, revision?: Revision): Promise<KeyValue | undefined>;
  /** The value that a key got at a committed, kept revision, without waiting; absent where reading takes time. */
  valueOf?(key: string, revision: Revision): Uint8Array | undefined;
  /** Keys in byte order. @throws CompactedError, FutureRevisionError */
  range(request: RangeRequest): Promise<RangeResult>;
  /** How many keys are under the prefix. */
  count(prefix: string): Promise<number>;
  /** Resolves when the write is durable. @throws ConflictError, StoreFullError, or the backend's failure: then nothing was written. */
  write(request: WriteRequest): Promise<KeyValue>;
  /** @throws CompactedError when `after` is older than the kept history. */
  watch(request: WatchRequest): Disposable;
  /** Forgets history before `revision`: keeps what is current at it. */
  compact(revision: Revision): Promise<void>;
  /** Waits for ordered writes, then releases the files. */
  close(): Promise<void>;
}

/** The key's revision is not the expected one. */
export class ConflictError extends Error {
  override name = "ConflictError";
  readonly key: string;
  /** The key's last ordered value; undefined when it does not exist. */
  readonly current: KeyValue | undefined;

  constructor(key: string, current: KeyValue | undefined) {
    super(`${key} is at revision ${current?.modRevision ?? 0}`);
    this.key = key;
    this.current = current;
  }
}

/** etcd's "required revision has been compacted". */
export class CompactedError extends Error {
  override name = "CompactedError";
  readonly compacted: Revision;

  constructor(requested: Revision, compacted: Revision) {
    super(`revision ${requested} is older than ${compacted}, the oldest kept`);
    this.compacted = compacted;
  }
}

/** What is stored is not what was written: the file was damaged from outside. */
export class StoreDamagedError extends Error {
  override name = "StoreDamagedError";
}

export class FutureRevisionError extends Error {
  override name = "FutureRevisionError";

  constructor(requested: Revision, latest: Revision) {
    super(`revision ${requested} is newer than ${latest}, the latest`);
  }
}

/** The disk is full: the write was refused, reads go on. */
export class StoreFullError extends Error {
  override name = "StoreFullError";
}
