import type { ResourceRef } from "../../../shared/contract.ts";
import type { Connection } from "../clusters/connection.ts";
import { resourcePath } from "../clusters/discovery.ts";
import { messageOf } from "../errors.ts";
import { type Clock, every } from "../time.ts";

export type Count = { count: number } | { uncounted: string };

/** Instances come and go without their definition changing, ms: those counted longest ago are counted again. */
const countEveryMs = 5000;
const countedAgain = 20;
/** Questions that are open at once. */
const atOnce = 4;
const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

const keyOf = ({ group, version, resource }: ResourceRef): string => `${resource}.${version}.${group}`;

/** How many objects there are of some resources: by a list of one, which tells how many remain. */
export class InstanceCounts implements Disposable {
  readonly #connection: Connection;
  readonly #changed: () => void;
  readonly #counts = new Map<string, Count>();
  readonly #wanted = new Map<string, ResourceRef>();
  readonly #queue = new Set<string>();
  readonly #timer: Disposable;
  #open = 0;
  #closed = false;

  constructor(connection: Connection, clock: Clock, changed: () => void) {
    this.#connection = connection;
    this.#changed = changed;
    this.#timer = every(clock, countEveryMs, () => this.#countAgain());
  }

  /** The last known count; asks for it when there is none yet. */
  of(resource: ResourceRef): Count | undefined {
    const key = keyOf(resource);
    if (!this.#wanted.has(key)) {
      this.#wanted.set(key, resource);
      this.#enqueue(key);
    }
    return this.#counts.get(key);
  }

  /** What is no longer defined need not be counted. */
  keepOnly(resources: readonly ResourceRef[]): void {
    const kept = new Set(resources.map(keyOf));
    for (const key of this.#wanted.keys()) {
      if (kept.has(key)) continue;
      this.#wanted.delete(key);
      this.#counts.delete(key);
    }
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#timer[Symbol.dispose]();
  }

  #countAgain(): void {
    for (const [key, resource] of [...this.#wanted].slice(0, countedAgain)) {
      this.#wanted.delete(key);
      this.#wanted.set(key, resource);
      this.#enqueue(key);
    }
  }

  #enqueue(key: string): void {
    this.#queue.add(key);
    if (this.#open < atOnce) void this.#work();
  }

  async #work(): Promise<void> {
    this.#open++;
    for (const key of this.#queue) {
      this.#queue.delete(key);
      const resource = this.#wanted.get(key);
      if (!resource || this.#closed) continue;
      const count = await this.#count(resource);
      if (this.#closed || !this.#wanted.has(key)) continue;
      this.#counts.set(key, count);
      this.#changed();
    }
    this.#open--;
  }

  async #count(resource: ResourceRef): Promise<Count> {
    try {
      const { items, metadata } = await this.#connection.json<{ items: unknown[] | null; metadata?: { remainingItemCount?: number } }>({
        path: resourcePath(resource),
        query: { limit: 1 },
        accept,
      });
      return { count: (items?.length ?? 0) + (metadata?.remainingItemCount ?? 0) };
    } catch (error) {
      return { uncounted: messageOf(error) };
    }
  }
}
