import type { Clock } from "../../cluster-engine/base/clock.ts";

interface Alarm {
  at: number;
  task: () => void;
}

/** A clock that moves only when it is told to, from one alarm to the next; its wall time can jump. Ends with `stop`. */
export class ModelClock implements Clock {
  #elapsed = 0;
  #wall: number;
  #furthest: number;
  #stopped = false;
  readonly #alarms = new Set<Alarm>();

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#wall = this.#furthest = start;
  }

  now(): number {
    return this.#wall + Math.floor(this.#elapsed);
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(ms: number, task: () => void): Disposable {
    const alarm = { at: this.#elapsed + Math.max(0, ms), task };
    if (!this.#stopped) this.#alarms.add(alarm);
    return { [Symbol.dispose]: () => void this.#alarms.delete(alarm) };
  }

  /** Sets the wall clock forward or back, as an administrator or a waking laptop does. */
  jump(ms: number): void {
    this.#wall += ms;
    this.#furthest = Math.max(this.#furthest, this.#wall);
  }

  /** Ends all jumps back: no time stamp is of the future any more. */
  catchUp(): void {
    this.#wall = this.#furthest;
  }

  /** Runs every task that is due at the next moment when one is, if that is not after `end` (monotonic); false when none is. */
  runNext(end: number): boolean {
    const next = Math.min(...[...this.#alarms].map((alarm) => alarm.at));
    if (!(next <= end)) {
      this.#elapsed = Math.max(this.#elapsed, end);
      return false;
    }
    this.#elapsed = Math.max(this.#elapsed, next);
    for (const alarm of Array.from(this.#alarms)) {
      if (alarm.at > next || !this.#alarms.delete(alarm)) continue;
      alarm.task();
    }
    return true;
  }

  stop(): void {
    this.#stopped = true;
    this.#alarms.clear();
  }
}
