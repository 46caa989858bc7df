import { backoffDelay } from "../../base/backoff.ts";

const backoff = { base: 1000, max: 900_000 };

/** How long to wait after a daemon pod failed, by set and node: 1 s, doubling to 15 min; forgotten after twice that. */
export class Failures {
  readonly #known = new Map<string, { count: number; at: number }>();

  note(uid: string, node: string, now: number): void {
    for (const [key, { at }] of this.#known) if (now - at > 2 * backoff.max) this.#known.delete(key);
    const key = `${uid}/${node}`;
    this.#known.set(key, { count: (this.#known.get(key)?.count ?? 0) + 1, at: now });
  }

  /** ms; 0 when a failed pod may be replaced now. */
  wait(uid: string, node: string, now: number): number {
    const known = this.#known.get(`${uid}/${node}`);
    return known ? Math.max(0, known.at + backoffDelay(known.count - 1, backoff) - now) : 0;
  }
}
