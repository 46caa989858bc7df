import { backoffDelay } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";

export interface WorkQueueOptions {
  clock: Clock;
  /** Delay in ms after the first failure; doubles with each. */
  baseDelay?: number;
  /** Longest delay in ms. */
  maxDelay?: number;
}

/**
 * Keys to be worked on, as client-go's workqueue: a key waits at most once, and is never given to two workers at a time:
 * when it is added while being worked on, it comes again after `done`.
 */
export class WorkQueue implements Disposable {
  readonly #clock: Clock;
  readonly #backoff: { base: number; max: number };
  readonly #waiting = new Set<string>();
  readonly #active = new Set<string>();
  readonly #dirty = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, { at: number; timer: Disposable }>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #closed = false;

  constructor({ clock, baseDelay = 5, maxDelay = 1_000_000 }: WorkQueueOptions) {
    this.#clock = clock;
    this.#backoff = { base: baseDelay, max: maxDelay };
  }

  get length(): number {
    return this.#waiting.size;
  }

  add(key: string): void {
    if (this.#closed) return;
    if (this.#active.has(key)) return void this.#dirty.add(key);
    const taker = this.#waiting.has(key) ? undefined : this.#takers.shift();
    if (!taker) return void this.#waiting.add(key);
    this.#active.add(key);
    taker(key);
  }

  /** Adds the key in `ms`; when it is to come already, the earlier time holds. */
  addAfter(key: string, ms: number): void {
    if (ms <= 0) return this.add(key);
    if (this.#closed) return;
    const at = this.#clock.monotonic() + ms;
    const known = this.#timers.get(key);
    if (known && known.at <= at) return;
    known?.timer[Symbol.dispose]();
    const timer = this.#clock.after(ms, () => {
      this.#timers.delete(key);
      this.add(key);
    });
    this.#timers.set(key, { at, timer });
  }

  /** Adds the key after its own exponential backoff. */
  addRateLimited(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, backoffDelay(failures, this.#backoff));
  }

  /** How often the key was added rate-limited since it was forgotten. */
  retries(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The key succeeded: its backoff starts anew. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key, in order of arrival; undefined once the queue is closed. */
  take(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    for (const key of this.#waiting) {
      this.#waiting.delete(key);
      this.#active.add(key);
      return Promise.resolve(key);
    }
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  done(key: string): void {
    this.#active.delete(key);
    if (this.#dirty.delete(key)) this.add(key);
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    for (const { timer } of this.#timers.values()) timer[Symbol.dispose]();
    this.#timers.clear();
    this.#waiting.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }
}
