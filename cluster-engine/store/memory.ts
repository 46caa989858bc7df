import { type Backend, RevisionedStore } from "./revisioned.ts";
import type { KeyValue, RangeRequest, Revision, StoreEvent } from "./types.ts";

interface Version {
  revision: Revision;
  /** Absent when the key was deleted at this revision. */
  value?: KeyValue;
}

/** A store that forgets everything with the process: for tests. */
export class MemoryStore extends RevisionedStore {
  constructor(knobs: MemoryKnobs = {}) {
    super(new MemoryBackend(knobs));
  }
}

export interface MemoryKnobs {
  /** Runs before a group becomes durable: delay it, or throw to make it fail. */
  beforeCommit?(events: StoreEvent[]): Promise<void> | void;
}

class MemoryBackend implements Backend {
  revision: Revision = 0;
  compacted: Revision = 0;
  /** All keys with a kept version, sorted. */
  #keys: string[] = [];
  #versions = new Map<string, Version[]>();
  #events: StoreEvent[] = [];
  readonly #knobs: MemoryKnobs;

  constructor(knobs: MemoryKnobs) {
    this.#knobs = knobs;
  }

  read(key: string, revision = this.revision): KeyValue | undefined {
    return this.#versions.get(key)?.findLast((version) => version.revision <= revision)?.value;
  }

  range({ prefix, startAfter, limit = Infinity, revision }: RangeRequest) {
    const items: KeyValue[] = [];
    let remaining = 0;
    for (let i = startAfter === undefined ? this.#position(prefix) : this.#position(`${startAfter}\0`); i < this.#keys.length; i++) {
      const key = this.#keys[i]!;
      if (!key.startsWith(prefix)) break;
      const value = this.read(key, revision);
      if (!value) continue;
      if (items.length < limit) items.push(value);
      else remaining++;
    }
    return { items, more: remaining > 0, remaining };
  }

  count(prefix: string): number {
    return this.range({ prefix }).items.length;
  }

  history(after: Revision, prefix: string): StoreEvent[] {
    return this.#events.filter((event) => event.revision > after && event.current.key.startsWith(prefix));
  }

  async commit(events: StoreEvent[]): Promise<void> {
    await this.#knobs.beforeCommit?.(events);
    for (const event of events) {
      const { key } = event.current;
      const versions = this.#versions.get(key) ?? [];
      if (versions.length === 0) {
        this.#versions.set(key, versions);
        this.#keys.splice(this.#position(key), 0, key);
      }
      versions.push({ revision: event.revision, ...(event.type === "put" ? { value: event.current } : {}) });
      this.#events.push(event);
      this.revision = event.revision;
    }
  }

  async compact(revision: Revision): Promise<void> {
    this.compacted = revision;
    this.#events = this.#events.filter((event) => event.revision > revision);
    for (const [key, versions] of this.#versions) {
      const base = versions.findLastIndex((version) => version.revision <= revision);
      if (base > 0) versions.splice(0, base);
      if (versions.length === 1 && base >= 0 && !versions[0]!.value) this.#versions.delete(key);
    }
    this.#keys = this.#keys.filter((key) => this.#versions.has(key));
  }

  async close(): Promise<void> {}

  /** Index of the first key not before `key`. */
  #position(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
