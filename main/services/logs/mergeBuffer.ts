import type { LogEntry } from "../../../shared/contract.ts";

/** How long lines wait for older ones of other containers, ms. */
const holdMs = 250;
const largestBatch = 5000;
/** Lines that may wait for the window; older ones are dropped, and a marker says how many. */
const mostWaiting = 200_000;

/**
 * Puts the lines of several containers in order of time. What was sent is never re-ordered: a line that comes very late
 * comes where it is.
 */
export class MergeBuffer {
  #waiting: (Omit<LogEntry, "seq"> & { arrived: number; order: number })[] = [];
  #order = 0;
  #seq = 0;
  #dropped = 0;
  #sorted = true;

  add(entries: Omit<LogEntry, "seq">[], now: number): void {
    for (const entry of entries) {
      const order = this.#order++;
      const previous = this.#waiting.at(-1);
      const at = entry.at || previous?.at || now;
      if (previous && at < previous.at) this.#sorted = false;
      this.#waiting.push({ ...entry, at, arrived: now, order });
    }
    if (this.#waiting.length <= mostWaiting) return;
    this.#sort();
    this.#dropped += this.#waiting.length - mostWaiting;
    this.#waiting.splice(0, this.#waiting.length - mostWaiting);
  }

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  /** The next batch in order; what arrived within the last quarter second waits. */
  take(now: number): LogEntry[] {
    this.#sort();
    const ready = this.#waiting.findIndex(({ arrived }) => now - arrived < holdMs);
    const count = Math.min(largestBatch, ready < 0 ? this.#waiting.length : ready);
    const batch = this.#waiting
      .splice(0, count)
      .map(({ at, pod, container, text, marker }): LogEntry => ({ seq: this.#seq++, at, pod, container, text, ...(marker ? { marker } : {}) }));
    if (this.#dropped === 0 || batch.length === 0) return batch;
    const { at, pod, container } = batch[0]!;
    const marker: LogEntry = {
      seq: this.#seq++,
      at,
      pod,
      container,
      text: `${this.#dropped} lines were left out: they came faster than they could be shown`,
      marker: "lost",
    };
    this.#dropped = 0;
    return [marker, ...batch];
  }

  #sort(): void {
    if (!this.#sorted) this.#waiting.sort((a, b) => a.at - b.at || a.order - b.order);
    this.#sorted = true;
  }
}
