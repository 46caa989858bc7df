import type { SchedulingTrace } from "./types.ts";

const attemptsKept = 5;
const podsKept = 1000;

/** The last attempts of the last pods. */
export class TraceLog {
  readonly #traces = new Map<string, SchedulingTrace[]>();

  add(trace: SchedulingTrace): void {
    const traces = [...(this.#traces.get(trace.pod) ?? []), trace].slice(-attemptsKept);
    this.#traces.delete(trace.pod);
    this.#traces.set(trace.pod, traces);
    if (this.#traces.size > podsKept) this.#traces.delete(this.#traces.keys().next().value!);
  }

  of(pod: string): SchedulingTrace[] {
    return this.#traces.get(pod) ?? [];
  }
}
