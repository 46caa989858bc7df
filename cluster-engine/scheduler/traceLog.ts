import type { DecisionTrace } from "./types.ts";

const attemptsKept = 5;
const podsKept = 1000;

/** The last attempts of the last pods. */
export class TraceLog {
  readonly #traces = new Map<string, DecisionTrace[]>();

  add(trace: DecisionTrace): void {
    const traces = [...(this.#traces.get(trace.pod) ?? []), trace].slice(-attemptsKept);
    this.#traces.delete(trace.pod);
    this.#traces.set(trace.pod, traces);
    if (this.#traces.size > podsKept) this.#traces.delete(this.#traces.keys().next().value!);
  }

  /** `pod` is `namespace/name`. */
  of(pod: string): DecisionTrace[] {
    return this.#traces.get(pod) ?? [];
  }
}
