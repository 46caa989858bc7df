/** Runs at most `limit` tasks at a time, in order. */
export class Limiter {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #next = 0;
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await task();
    } finally {
      const next = this.#waiting[this.#next];
      if (next) {
        this.#next++;
        next();
      } else this.#running--;
      if (this.#next > 1024) {
        this.#waiting.splice(0, this.#next);
        this.#next = 0;
      }
    }
  }
}
