import type { Probe } from "../../../shared/kubernetes/types.ts";
import { containerFieldPath } from "../pods/podNames.ts";
import { together } from "../../base/clock.ts";
import type { KubeletContext } from "../types.ts";
import type { Prober, ProbeTarget, ProbeVerdict } from "./prober.ts";

export type ProbeKind = "startup" | "liveness" | "readiness";

const names: Record<ProbeKind, string> = { startup: "Startup", liveness: "Liveness", readiness: "Readiness" };

/** A probe that can't be made is tried so often before the attempt counts for nothing. */
const retries = 3;
/** The first probe comes no sooner after the start of the container: before that it could only fail. ms */
const settleMs = 500;

export interface ProbeWorkerOptions {
  context: KubeletContext;
  prober: Prober;
  kind: ProbeKind;
  spec: Probe;
  target: ProbeTarget;
  /** When the container started, ms since the epoch. */
  startedAt: number;
  /** Probes other than startup wait until the container has started. */
  mayProbe(): boolean;
  /** The threshold of success or failure is reached. */
  onResult(success: boolean): void;
}

/** Probes one container's one probe again and again until it is stopped. */
export class ProbeWorker implements Disposable {
  readonly #options: ProbeWorkerOptions;
  readonly #stop = new AbortController();
  /** Ends the pause; the second only one that may be cut short by a trigger. */
  #end: (() => void) | undefined;
  #wake: (() => void) | undefined;
  #last: boolean | undefined;
  #run = 0;
  #onHold = false;

  constructor(options: ProbeWorkerOptions) {
    this.#options = options;
    void this.#loop();
  }

  /** Probes at once, and counts the period from now. */
  trigger(): void {
    this.#wake?.();
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    this.#end?.();
  }

  async #loop(): Promise<void> {
    const { spec, startedAt, context } = this.#options;
    const due = startedAt + Math.max((spec.initialDelaySeconds ?? 0) * 1000, settleMs);
    await this.#pause(Math.max(0, due - context.clock.now()), false);
    while (!this.#stop.signal.aborted && !this.#onHold) {
      if (this.#options.mayProbe()) await this.#once();
      if (this.#onHold || this.#stop.signal.aborted) return;
      await this.#pause(together(context.clock.monotonic(), (spec.periodSeconds ?? 10) * 1000), true);
    }
  }

  #pause(ms: number, triggerable: boolean): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stop.signal.aborted) return resolve();
      const timer = this.#options.context.clock.after(ms, resolve);
      this.#end = () => {
        timer[Symbol.dispose]();
        resolve();
      };
      this.#wake = triggerable ? this.#end : undefined;
    });
  }

  async #once(): Promise<void> {
    const verdict = await this.#verdict();
    if (!verdict || this.#stop.signal.aborted) return;
    const { kind, spec } = this.#options;
    const success = verdict.result !== "failure";
    this.#run = this.#last === success ? this.#run + 1 : 1;
    this.#last = success;
    if (this.#run < (success ? (spec.successThreshold ?? 1) : (spec.failureThreshold ?? 3))) return;
    // A failed liveness or a decided startup probe waits for a new container.
    if ((kind === "liveness" && !success) || kind === "startup") this.#onHold = true;
    this.#options.onResult(success);
  }

  /** Undefined when the probe itself failed. */
  async #verdict(): Promise<ProbeVerdict | undefined> {
    const { prober, spec, target, kind } = this.#options;
    let failure: unknown;
    for (let attempt = 0; attempt < retries && !this.#stop.signal.aborted; attempt++) {
      try {
        const verdict = await prober.probe(spec, target);
        if (this.#stop.signal.aborted) return undefined;
        if (verdict.result === "failure") this.#event("Unhealthy", `${names[kind]} probe failed: ${verdict.output}`);
        if (verdict.result === "warning") this.#event("ProbeWarning", `${names[kind]} probe warning: ${verdict.output}`);
        return verdict;
      } catch (error) {
        failure = error;
      }
    }
    if (!this.#stop.signal.aborted)
      this.#event("Unhealthy", `${names[kind]} probe errored and resulted in unknown state: ${(failure as Error).message}`);
    return undefined;
  }

  #event(reason: string, message: string): void {
    const { context, target } = this.#options;
    context.recorder.event(target.pod, "Warning", reason, message, { fieldPath: containerFieldPath(target.pod, target.container.name) });
  }
}
