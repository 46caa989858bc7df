import type { Clock } from "../base/clock.ts";

/** ms that tasks run before others have a turn. */
const slice = 10;

/** Holds tasks back, in order, until it is drained; from then on each runs at once. */
export class Backlog {
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  #tasks: (() => void)[] | undefined = [];

  constructor(clock: Clock, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#onError = onError;
  }

  run(task: () => void): void {
    if (this.#tasks) this.#tasks.push(task);
    else task();
  }

  /** Runs what waits, a slice at a time: the first look at a large cluster must not hold all up. */
  async drain(): Promise<void> {
    let end = this.#clock.monotonic() + slice;
    for (let i = 0; i < this.#tasks!.length; i++) {
      this.#attempt(this.#tasks![i]!);
      if (this.#clock.monotonic() < end) continue;
      await new Promise((resolve) => setImmediate(resolve));
      end = this.#clock.monotonic() + slice;
    }
    this.#tasks = undefined;
  }

  #attempt(task: () => void): void {
    try {
      task();
    } catch (error) {
      this.#onError(error);
    }
  }
}
