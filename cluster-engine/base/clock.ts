/** Time as the engine sees it. Everything that waits or stamps takes a Clock, so that tests step time instead of sleeping. */
export interface Clock {
  /** Wall time in ms since the epoch. */
  now(): number;
  /** Monotonic time in ms, for durations. */
  monotonic(): number;
  /** Runs `task` once after `ms`. Disposing cancels it. Timers never keep the process alive. */
  after(ms: number, task: () => void): Disposable;
}

/** Resolves after `ms`, or rejects with the signal's reason when it is aborted first. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const timer = clock.after(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    const onAbort = () => {
      timer[Symbol.dispose]();
      reject(signal!.reason as Error);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** Resolves when `work` is done, or after `ms`; rejects as `work` does. */
export function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, resolve);
    work.then(() => resolve(), reject).finally(() => timer[Symbol.dispose]());
  });
}

/** Runs `task` every `ms` until disposed; the first time after `first` ms. */
export function every(clock: Clock, ms: number, task: () => void, first = ms): Disposable {
  let timer: Disposable;
  let live = true;
  const arm = (delay: number) => {
    timer = clock.after(delay, () => {
      if (live) arm(ms);
      task();
    });
  };
  arm(first);
  return {
    [Symbol.dispose]() {
      live = false;
      timer[Symbol.dispose]();
    },
  };
}

/** How many moments of a period there are. */
const momentsPerPeriod = 40;

/**
 * About `period` ms, ending at a moment that others of this period share: what many do again and again wakes the process
 * less often, and each waking costs more than a small piece of work. `now` is monotonic.
 */
export function together(now: number, period: number): number {
  const grid = period / momentsPerPeriod;
  return Math.round((now + period) / grid) * grid - now;
}

/** RFC 3339 with whole seconds, as Kubernetes prints metav1.Time. */
export const rfc3339 = (ms: number): string => new Date(ms).toISOString().slice(0, 19) + "Z";

/** RFC 3339 with microseconds, as Kubernetes prints metav1.MicroTime. */
export const rfc3339Micro = (ms: number): string => new Date(ms).toISOString().slice(0, 23) + "000Z";

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, task) {
    const timer = setTimeout(task, Math.min(ms, 0x7fffffff));
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

interface Alarm {
  at: number;
  task: () => void;
}

/** A Clock that stands still until a test steps it. */
export class FakeClock implements Clock {
  #now: number;
  #elapsed = 0;
  #alarms = new Set<Alarm>();

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(ms: number, task: () => void): Disposable {
    const alarm = { at: this.#elapsed + ms, task };
    this.#alarms.add(alarm);
    return { [Symbol.dispose]: () => void this.#alarms.delete(alarm) };
  }

  /** Moves time forward by `ms`, running due tasks in order and letting promises settle between them. */
  async step(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await settle();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#alarms.delete(next);
      this.#moveTo(next.at);
      next.task();
      await settle();
    }
    this.#moveTo(end);
  }

  /** How many tasks wait. */
  get pending(): number {
    return this.#alarms.size;
  }

  #next(end: number): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of this.#alarms) if (alarm.at <= end && (!first || alarm.at < first.at)) first = alarm;
    return first;
  }

  #moveTo(elapsed: number): void {
    const forward = Math.max(0, elapsed - this.#elapsed);
    this.#elapsed += forward;
    this.#now += forward;
  }
}

/** Lets everything that is ready to run do so. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
