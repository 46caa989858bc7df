/** Time as services see it. Everything that waits or stamps takes a Clock, so that tests step time instead of sleeping. */
export interface Clock {
  /** Wall time in ms since the epoch. */
  now(): number;
  /** Runs `task` once after `ms`. Disposing cancels it. */
  after(ms: number, task: () => void): Disposable;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, Math.min(ms, 0x7fffffff));
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

/** Resolves after `ms`, or at once when the signal is aborted. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      timer[Symbol.dispose]();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.after(ms, done);
    signal.addEventListener("abort", done, { once: true });
  });
}

/** Runs `task` every `ms` until disposed. */
export function every(clock: Clock, ms: number, task: () => void): Disposable {
  let live = true;
  let timer: Disposable;
  const arm = () => {
    timer = clock.after(ms, () => {
      if (!live) return;
      arm();
      task();
    });
  };
  arm();
  return {
    [Symbol.dispose]() {
      live = false;
      timer[Symbol.dispose]();
    },
  };
}

/** The delay in ms before attempt `attempt` (0 is the first retry): 0.5 s, doubled up to 30 s. */
export const retryDelay = (attempt: number): number => Math.min(30_000, 500 * 2 ** Math.min(attempt, 10));
