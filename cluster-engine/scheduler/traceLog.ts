import type { DecisionTrace } from "./types.ts";

const attemptsKept = 5;
/** Nodes in all traces together: some 40 MB. */
const nodesKept = 50_000;

/** The last attempts of each pod; of the pods whose last attempt is longest ago none when there are too many. */
export class TraceLog {
  /** By `namespace/name`, the longest untouched first. */
  readonly #traces = new Map<string, DecisionTrace[]>();
  #nodes = 0;

  add(trace: DecisionTrace): void {
    const before = this.#take(trace.pod);
    const traces = [...before, trace].slice(-attemptsKept);
    this.#traces.set(trace.pod, traces);
    this.#nodes += sizeOf(traces);
    while (this.#nodes > nodesKept && this.#traces.size > 1) this.#take(this.#traces.keys().next().value!);
  }

  /** `pod` is `namespace/name`. */
  of(pod: string): DecisionTrace[] {
    return this.#traces.get(pod) ?? [];
  }

  #take(pod: string): DecisionTrace[] {
    const traces = this.#traces.get(pod) ?? [];
    this.#traces.delete(pod);
    this.#nodes -= sizeOf(traces);
    return traces;
  }
}

/** Traces without nodes take room too. */
const sizeOf = (traces: readonly DecisionTrace[]): number => traces.reduce((sum, { nodes }) => sum + nodes.length + 1, 0);
