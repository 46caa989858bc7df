import type { Clock } from "../../base/clock.ts";

interface Entry {
  delay: number;
  updated: number;
}

/** First and longest delay of CrashLoopBackOff and ImagePullBackOff, ms. */
const initialMs = 10_000;
const maxMs = 300_000;

/** Doubling delays by key; a key untouched for twice the longest delay starts anew. As client-go's flowcontrol.Backoff. */
export class RestartBackoff {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Until when `key` must wait, counted from `since`; undefined when it need not. */
  until(key: string, since: number): number | undefined {
    const entry = this.#entries.get(key);
    if (!entry || expired(entry, since)) return undefined;
    const end = since + entry.delay;
    return this.#clock.now() < end ? end : undefined;
  }

  delay(key: string): number {
    return this.#entries.get(key)?.delay ?? 0;
  }

  /** The moment of the last failure. */
  updatedAt(key: string): number | undefined {
    return this.#entries.get(key)?.updated;
  }

  /** One more failure at `at`. */
  next(key: string, at: number): void {
    const entry = this.#entries.get(key);
    const fresh = !entry || expired(entry, at);
    this.#entries.set(key, { delay: fresh ? initialMs : Math.min(maxMs, entry.delay * 2), updated: this.#clock.now() });
  }

  forget(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key);
  }
}

const expired = (entry: Entry, at: number): boolean => at - entry.updated > maxMs * 2;

/** As Go prints a duration of whole seconds: `10s`, `1m20s`, `5m0s`. */
export function goDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
