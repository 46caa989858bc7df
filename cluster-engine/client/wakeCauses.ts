import type { WriteCause } from "./types.ts";

/** How many further events of one run are remembered: the first half and the last half of them. */
const furtherKept = 16;

/** What woke each key: kept until a run has acted on it. */
export class WakeCauses {
  readonly #woken = new Map<string, WriteCause>();
  /** Of keys that wait for a time: what the run that asked for it acted on. */
  readonly #delayed = new Map<string, WriteCause>();

  woke(key: string, cause: WriteCause): void {
    this.#woken.set(key, joined(this.#woken.get(key), cause));
  }

  /** What the run that begins now acts on; undefined when nobody told. */
  take(key: string): WriteCause | undefined {
    const cause = this.#woken.get(key) ?? this.#delayed.get(key);
    this.#woken.delete(key);
    this.#delayed.delete(key);
    return cause;
  }

  /** The run failed: the next one still acts on what woke it. */
  failed(key: string, cause: WriteCause | undefined): void {
    const newer = this.#woken.get(key);
    if (cause) this.#woken.set(key, newer ? joined(cause, newer) : cause);
  }

  /** The run asked to come back: unless something wakes the key before, the next one acts on the same. */
  delayed(key: string, cause: WriteCause | undefined): void {
    if (cause) this.#delayed.set(key, cause);
  }
}

/** The first event stays the cause; later ones are known by their revisions. */
function joined(first: WriteCause | undefined, next: WriteCause): WriteCause {
  if (!first) return next;
  const also = [...(first.also ?? []), next.resourceVersion, ...(next.also ?? [])];
  const distinct = [...new Set(also)].filter((revision) => revision !== first.resourceVersion);
  if (distinct.length === 0) return first;
  if (distinct.length > furtherKept) distinct.splice(furtherKept / 2, distinct.length - furtherKept);
  return { ...first, also: distinct };
}
