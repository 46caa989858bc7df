import { keyOf } from "../../shared/kubernetes/object.ts";
import type { Pod } from "../../shared/kubernetes/types.ts";
import { hasReason } from "../api/statusError.ts";
import type { Log } from "../base/log.ts";
import type { EventRecorder } from "../client/events.ts";
import type { PodWrites } from "./podWrites.ts";

export interface PreemptionExecutorOptions {
  writes: PodWrites;
  log: Log;
  events(pod: Pod): EventRecorder;
  /** Stops the binding of a pod that is under way; true when it could. */
  cancelBinding(pod: Pod): boolean;
  /** All victims of this pod are told. */
  onDone(preemptor: Pod): void;
}

/** Ends the victims of preemption, in the background; meanwhile their preemptor is kept out of the queue. */
export class PreemptionExecutor {
  readonly #options: PreemptionExecutorOptions;
  readonly #running = new Set<string>();

  constructor(options: PreemptionExecutorOptions) {
    this.#options = options;
  }

  isRunning(uid: string): boolean {
    return this.#running.has(uid);
  }

  /** `losers`: pods for which room was made on the node, and is taken again. */
  async preempt(preemptor: Pod, node: string, victims: readonly Pod[], losers: readonly Pod[]): Promise<void> {
    const { writes, log, onDone } = this.#options;
    this.#running.add(preemptor.metadata.uid);
    try {
      await Promise.all(losers.map((pod) => writes.nominate(pod, "")));
      await Promise.all(victims.filter(({ metadata }) => !metadata.deletionTimestamp).map((victim) => this.#end(victim, preemptor, node)));
    } catch (error) {
      log.warn("preemption failed", { pod: keyOf(preemptor.metadata), error: String(error) });
    } finally {
      this.#running.delete(preemptor.metadata.uid);
      onDone(preemptor);
    }
  }

  async #end(victim: Pod, preemptor: Pod, node: string): Promise<void> {
    const { writes, events, cancelBinding } = this.#options;
    let message = `Preempted by pod ${preemptor.metadata.uid} on node ${node}`;
    if (cancelBinding(victim)) message += " (in kube-scheduler memory).";
    else
      try {
        await writes.evict(victim, preemptor);
      } catch (error) {
        if (hasReason(error, "NotFound")) return;
        throw error;
      }
    events(preemptor).event(victim, "Normal", "Preempted", message);
  }
}
