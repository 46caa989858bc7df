import { backoffDelay } from "../../base/backoff.ts";
import type { Clock } from "../../base/clock.ts";

/** After a failure that has no time of its own, ms. */
const retry = { base: 1_000, max: 30_000 };

export interface SyncLoopOptions {
  clock: Clock;
  /** Brings things one step nearer to what they should be. */
  sync(): Promise<void>;
  onFailure(error: Error): void;
}

/** Runs `sync` whenever something woke it, never twice at once, and once more when it was woken meanwhile. */
export class SyncLoop {
  readonly #options: SyncLoopOptions;
  #running: Promise<void> | undefined;
  #dirty = false;
  #urgent = false;
  #stopped = false;
  #failures = 0;
  /** Monotonic: after a failure only an urgent wake-up comes sooner. */
  #holdUntil = 0;
  #timer: { at: number; timer: Disposable } | undefined;

  constructor(options: SyncLoopOptions) {
    this.#options = options;
  }

  /** What is to be done may have changed. After a failure this waits: the traces of the failure itself would wake us at once. */
  trigger(): void {
    if (this.#stopped || this.#options.clock.monotonic() < this.#holdUntil) return;
    this.#dirty = true;
    this.#running ??= this.#loop().finally(() => {
      this.#running = undefined;
      if (this.#dirty) this.trigger();
    });
  }

  /** What is asked for is another: that waits for nothing. */
  triggerNow(): void {
    this.#urgent = true;
    this.#holdUntil = 0;
    this.trigger();
  }

  /** Once more after the present run. */
  again(): void {
    this.#dirty = true;
  }

  /** Wakes at the earliest of the times asked for. */
  wakeIn(ms: number): void {
    const { clock } = this.#options;
    const at = clock.monotonic() + Math.max(0, ms);
    if (this.#stopped || (this.#timer && this.#timer.at <= at && this.#timer.at > clock.monotonic())) return;
    this.#timer?.timer[Symbol.dispose]();
    this.#timer = { at, timer: clock.after(Math.max(0, ms), () => this.#onTime()) };
  }

  /** No run begins after this; resolves when the present one has ended. */
  async stop(): Promise<void> {
    this.end();
    await this.#running;
  }

  /** As `stop`, for `sync` itself. */
  end(): void {
    this.#stopped = true;
    this.#timer?.timer[Symbol.dispose]();
  }

  #onTime(): void {
    this.#timer = undefined;
    const held = this.#holdUntil - this.#options.clock.monotonic();
    // A timer may fire a little early.
    if (held > 1) return this.wakeIn(held);
    this.#holdUntil = 0;
    this.trigger();
  }

  async #loop(): Promise<void> {
    while (this.#dirty && !this.#stopped) {
      this.#dirty = false;
      this.#urgent = false;
      try {
        await this.#options.sync();
        this.#failures = 0;
      } catch (error) {
        if (this.#stopped) return;
        this.#options.onFailure(error as Error);
        this.#hold(backoffDelay(this.#failures++, retry));
      }
    }
  }

  #hold(ms: number): void {
    if (this.#urgent) return;
    this.#holdUntil = this.#options.clock.monotonic() + ms;
    this.#dirty = false;
    this.wakeIn(ms);
  }
}
