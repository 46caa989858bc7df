import { keyOf, type KubeObject, type ObjectKey } from "../../shared/kubernetes/object.ts";
import { resourcePath, type ResourceType } from "../api/resourceType.ts";
import { type Clock, sleep } from "../base/clock.ts";
import type { WriteObserver } from "./client.ts";
import type { Client, Informer, Informers } from "./types.ts";

/** How long a loop waits for its writes to come back by watch, ms. */
const patience = 30_000;
/** Between two looks at what became of a write, ms. */
const lookAgain = 1000;

/** Where a write may have been done. */
interface Place {
  type: ResourceType;
  informer: Informer<KubeObject>;
  namespace: string | undefined;
  /** What the cache had of the objects that were to be changed. */
  seen: { key: string; uid: string }[];
}

/**
 * Remembers the writes of one run and waits until the caches show them. It takes the place of client-go's expectations:
 * the next run of the same key never acts on a cache that lacks what this one did. When a failure does not tell whether
 * a write was done, it asks the API what is there, and waits until the caches show that.
 */
export class WriteLedger implements WriteObserver {
  readonly #informers: Informers;
  readonly #written = new Map<Informer<KubeObject>, number>();
  readonly #deleted: { informer: Informer<KubeObject>; key: string; uid: string }[] = [];

  readonly #uncertain = new Map<string, Place>();

  constructor(informers: Informers) {
    this.#informers = informers;
  }

  wrote(type: ResourceType, object: KubeObject): void {
    const informer = this.#informers.existing(type);
    const revision = Number(object.metadata?.resourceVersion);
    if (informer && revision) this.#note(informer, revision);
  }

  deleted(type: ResourceType, key: ObjectKey): void {
    const informer = this.#informers.existing(type);
    const seen = informer?.get(key);
    if (informer && seen) this.#deleted.push({ informer, key: keyOf(key), uid: seen.metadata.uid });
  }

  uncertain(type: ResourceType, { namespace, name }: Partial<ObjectKey>): void {
    const informer = this.#informers.existing(type);
    if (!informer) return;
    const path = resourcePath(type, { namespace });
    const place = this.#uncertain.get(path) ?? { type, informer, namespace, seen: [] };
    this.#uncertain.set(path, place);
    const seen = name === undefined ? undefined : informer.get({ namespace, name });
    if (seen) place.seen.push({ key: keyOf(seen.metadata), uid: seen.metadata.uid });
  }

  /** Resolves when the caches show every write (true), or after 30 s. */
  async settled(client: Client, clock: Clock): Promise<boolean> {
    if (this.#uncertain.size === 0 && this.#written.size === 0 && this.#deleted.length === 0) return true;
    const late = new AbortController();
    const timer = clock.after(patience, () => late.abort());
    const seen = this.#learn(client, clock, late.signal).then(() => this.#shown());
    const settled = await Promise.race([
      seen.then(() => true),
      new Promise<boolean>((resolve) => late.signal.addEventListener("abort", () => resolve(false), { once: true })),
    ]);
    timer[Symbol.dispose]();
    return settled;
  }

  #note(informer: Informer<KubeObject>, revision: number): void {
    this.#written.set(informer, Math.max(this.#written.get(informer) ?? 0, revision));
  }

  async #shown(): Promise<void> {
    await Promise.all([
      ...[...this.#written].map(([informer, revision]) => informer.reaches(String(revision))),
      ...this.#deleted.map(({ informer, key, uid }) => informer.losesSight(key, uid)),
    ]);
  }

  /** Asks what became of the uncertain writes, until the API answers. */
  async #learn(client: Client, clock: Clock, late: AbortSignal): Promise<void> {
    for (const place of this.#uncertain.values())
      while (!late.aborted) {
        try {
          await this.#look(client, place);
          break;
        } catch {
          await sleep(clock, lookAgain);
        }
      }
  }

  /** What exists is in the cache once it has reached the newest of it. What the cache has and does not exist was deleted. */
  async #look(client: Client, { type, informer, namespace, seen }: Place): Promise<void> {
    const { items } = await client.resource(type).list(namespace);
    this.#note(informer, Math.max(0, ...items.map(({ metadata }) => Number(metadata.resourceVersion))));
    const present = new Set(items.map(({ metadata }) => metadata.uid));
    this.#deleted.push(...seen.filter(({ uid }) => !present.has(uid)).map((each) => ({ informer, ...each })));
  }
}
