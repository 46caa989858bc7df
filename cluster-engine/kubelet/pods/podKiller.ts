import type { Container, Pod } from "../../../shared/kubernetes/types.ts";
import { sleep } from "../../base/clock.ts";
import type { Connections } from "../connections.ts";
import { graceAnnotation } from "../containers/containerConfig.ts";
import type { ContainerStatus } from "../../runtime/types.ts";
import type { KubeletContext } from "../types.ts";
import { runHook } from "./lifecycleHooks.ts";
import { containerFieldPath } from "./podNames.ts";
import { isSidecar } from "./restartRules.ts";
import { containerNameOf, runningContainers, type PodRuntimeState } from "./runtimeState.ts";

/** Containers always get so long to end, s. */
const leastGrace = 1;

export interface KillOptions {
  message?: string;
  /** s */
  grace: number;
}

/** Stops containers well: event, preStop hook, stop signal, and SIGKILL when the grace period is over. */
export class PodKiller {
  readonly #context: KubeletContext;
  readonly #connections: Connections;

  constructor(context: KubeletContext, connections: Connections) {
    this.#context = context;
    this.#connections = connections;
  }

  /** All running containers: app containers at once, then sidecars in reverse order within what is left of the grace period. */
  async killAll(pod: Pod, state: PodRuntimeState, grace: number): Promise<void> {
    const { clock } = this.#context;
    const began = clock.monotonic();
    const running = runningContainers(state);
    const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name);
    await Promise.all(
      running.filter((container) => !sidecars.includes(containerNameOf(container))).map((container) => this.kill(pod, container, { grace })),
    );
    for (const name of sidecars.toReversed()) {
      const left = Math.max(0, grace - Math.floor((clock.monotonic() - began) / 1000));
      await Promise.all(
        running.filter((container) => containerNameOf(container) === name).map((container) => this.kill(pod, container, { grace: left })),
      );
    }
  }

  async kill(pod: Pod, container: ContainerStatus, { message, grace }: KillOptions): Promise<void> {
    const { clock, recorder, runtime } = this.#context;
    const name = containerNameOf(container);
    const spec = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((candidate) => candidate.name === name);
    recorder.event(pod, "Normal", "Killing", message ?? `Stopping container ${name}`, { fieldPath: containerFieldPath(pod, name) });
    const began = clock.monotonic();
    if (grace > 0 && spec?.lifecycle?.preStop) await this.#preStop(pod, spec, container, grace);
    const left = grace - Math.floor((clock.monotonic() - began) / 1000);
    await runtime.stopContainer(container.id, Math.max(leastGrace, left));
  }

  async #preStop(pod: Pod, spec: Container, container: ContainerStatus, grace: number): Promise<void> {
    const { context, connections } = { context: this.#context, connections: this.#connections };
    const over = new AbortController();
    const target = { sandboxId: container.sandboxId, podIP: pod.status?.podIP ?? "" };
    const hook = runHook({
      context,
      connections,
      handler: spec.lifecycle!.preStop!,
      container: spec,
      containerId: container.id,
      target,
      signal: over.signal,
    }).catch((error: Error) => {
      if (over.signal.aborted) return;
      context.log.warn("preStop hook failed", { pod: pod.metadata.name, error: error.message });
      context.recorder.event(pod, "Warning", "FailedPreStopHook", "PreStopHook failed", { fieldPath: containerFieldPath(pod, spec.name) });
    });
    const timeUp = sleep(context.clock, grace * 1000, over.signal).catch(() => {});
    await Promise.race([hook, timeUp]);
    over.abort(new Error("the grace period is over"));
  }
}

/** What a pod grants its containers when it is being deleted, s. */
export const deletionGrace = (pod: Pod): number =>
  Math.max(leastGrace, pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30);

/** For a restart of one container: a failed probe may have a grace period of its own. */
export function restartGrace(pod: Pod, container: Container | undefined, probe: "liveness" | "startup" | undefined): number {
  const own = probe && container?.[`${probe}Probe`]?.terminationGracePeriodSeconds;
  return own ?? pod.spec.terminationGracePeriodSeconds ?? 30;
}

/** Of a container whose pod is not known any more. */
export const orphanGrace = (container: ContainerStatus | undefined): number =>
  Math.max(leastGrace, Number(container?.annotations[graceAnnotation] ?? 30));
