import { keyOf, type KubeObject, type ObjectKey } from "../../shared/kubernetes/object.ts";
import type { ResourceType } from "../api/resourceType.ts";
import type { Clock } from "../base/clock.ts";
import type { WriteObserver } from "./client.ts";
import type { Informer, Informers } from "./types.ts";

/** How long a loop waits for its writes to come back by watch, ms. */
const patience = 30_000;

/**
 * Remembers the writes of one run and waits until the caches show them. It takes the place of client-go's expectations:
 * the next run of the same key never acts on a cache that lacks what this one did.
 */
export class WriteLedger implements WriteObserver {
  readonly #informers: Informers;
  readonly #written = new Map<Informer<KubeObject>, number>();
  readonly #deleted: { informer: Informer<KubeObject>; key: string; uid: string }[] = [];

  constructor(informers: Informers) {
    this.#informers = informers;
  }

  wrote(type: ResourceType, object: KubeObject): void {
    const informer = this.#informers.existing(type);
    const revision = Number(object.metadata?.resourceVersion);
    if (informer && revision) this.#written.set(informer, Math.max(this.#written.get(informer) ?? 0, revision));
  }

  deleted(type: ResourceType, key: ObjectKey): void {
    const informer = this.#informers.existing(type);
    const seen = informer?.get(key);
    if (informer && seen) this.#deleted.push({ informer, key: keyOf(key), uid: seen.metadata.uid });
  }

  /** Resolves when the caches show every write (true), or after 30 s. */
  async settled(clock: Clock): Promise<boolean> {
    if (this.#written.size === 0 && this.#deleted.length === 0) return true;
    const seen = Promise.all([
      ...[...this.#written].map(([informer, revision]) => informer.reaches(String(revision))),
      ...this.#deleted.map(({ informer, key, uid }) => informer.losesSight(key, uid)),
    ]).then(() => true);
    let timer: Disposable | undefined;
    const late = new Promise<boolean>((resolve) => (timer = clock.after(patience, () => resolve(false))));
    const settled = await Promise.race([seen, late]);
    timer?.[Symbol.dispose]();
    return settled;
  }
}
