import type { Container, Pod } from "../../../shared/kubernetes/types.ts";
import type { KubeletContext } from "../types.ts";
import { goDuration, type RestartBackoff } from "./backoff.ts";
import { containerHash } from "./podActions.ts";
import { containerFieldPath, formatPod } from "./podNames.ts";
import { latestContainer, type PodRuntimeState } from "./runtimeState.ts";

/** Waiting reasons of one pod's containers, by name. */
export type Waiting = Map<string, { reason: string; message: string }>;

/** Makes containers that crash wait longer each time, and says so. */
export class CrashLoops {
  readonly #context: KubeletContext;
  readonly #backoff: RestartBackoff;

  constructor(context: KubeletContext, backoff: RestartBackoff) {
    this.#context = context;
    this.#backoff = backoff;
  }

  /** Marks those of `containers` that must wait, before the status is reported. */
  note(pod: Pod, containers: Container[], state: PodRuntimeState, waiting: Waiting): void {
    for (const container of containers) {
      if (this.#until(pod, container, state) === undefined) {
        if (waiting.get(container.name)?.reason === "CrashLoopBackOff") waiting.delete(container.name);
        continue;
      }
      const delay = goDuration(this.#backoff.delay(keyOf(pod, container)));
      waiting.set(container.name, {
        reason: "CrashLoopBackOff",
        message: `back-off ${delay} restarting failed container=${container.name} pod=${formatPod(pod)}`,
      });
    }
  }

  /** Until when the container must wait; undefined when it may start, and then the next crash waits longer. */
  hold(pod: Pod, container: Container, state: PodRuntimeState): number | undefined {
    const latest = latestContainer(state, container.name);
    if (latest?.state !== "exited") return undefined;
    const until = this.#until(pod, container, state);
    if (until === undefined) {
      this.#backoff.next(keyOf(pod, container), latest.finishedAt ?? this.#context.clock.now());
      return undefined;
    }
    const message = `Back-off restarting failed container ${container.name} in pod ${formatPod(pod)}`;
    this.#context.recorder.event(pod, "Warning", "BackOff", message, { fieldPath: containerFieldPath(pod, container.name) });
    return until;
  }

  forget(podUid: string): void {
    this.#backoff.forget(podUid);
  }

  #until(pod: Pod, container: Container, state: PodRuntimeState): number | undefined {
    const latest = latestContainer(state, container.name);
    return latest?.state === "exited" ? this.#backoff.until(keyOf(pod, container), latest.finishedAt ?? 0) : undefined;
  }
}

const keyOf = (pod: Pod, container: Container): string => `${pod.metadata.uid}_${container.name}_${containerHash(container)}`;
