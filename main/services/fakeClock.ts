import type { Clock } from "./time.ts";

/** A Clock that stands still until a test steps it. */
export class FakeClock implements Clock {
  #now: number;
  readonly #alarms = new Set<{ at: number; task: () => void }>();

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, task: () => void): Disposable {
    const alarm = { at: this.#now + ms, task };
    this.#alarms.add(alarm);
    return { [Symbol.dispose]: () => void this.#alarms.delete(alarm) };
  }

  /** Moves time forward by `ms`, running due tasks in order and letting promises settle between them. */
  async step(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (let next = this.#due(end); next; next = this.#due(end)) {
      this.#alarms.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.task();
      await settled();
    }
    this.#now = end;
  }

  #due(end: number): { at: number; task: () => void } | undefined {
    return [...this.#alarms].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
