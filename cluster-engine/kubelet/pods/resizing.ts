import { isDeepStrictEqual } from "node:util";
import type { Container, ContainerStatus, Pod, ResourceRequirements } from "../../../shared/kubernetes/types.ts";
import type { ContainerStatus as RuntimeContainer } from "../../runtime/types.ts";
import { containerResources } from "../containers/resources.ts";
import type { KubeletContext } from "../types.ts";
import type { Rejection } from "./admission.ts";
import { restartGrace, type PodKiller } from "./podKiller.ts";
import type { RuntimeCache } from "./runtimeCache.ts";
import { runningContainers } from "./runtimeState.ts";

// In-place resize: https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/

export type Resources = Pick<ResourceRequirements, "requests" | "limits">;

/** What running containers were given last, by their runtime id. */
export type Applied = Map<string, Resources>;

/** A container whose resources are not what its spec asks for. */
export interface Resize {
  container: Container;
  status: RuntimeContainer;
  /** By its policy it must start anew to take the change. */
  restarts: boolean;
}

export const resourcesOf = ({ resources }: Container): Resources => ({
  ...(resources?.requests ? { requests: resources.requests } : {}),
  ...(resources?.limits ? { limits: resources.limits } : {}),
});

/**
 * The resizes that are due. A container that is seen for the first time has what its pod's status says of it, or, when
 * that tells nothing, what its spec says.
 */
export function dueResizes(pod: Pod, running: RuntimeContainer[], applied: Applied): Resize[] {
  const reported = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  return running.flatMap((status) => {
    const container = containers.find(({ name }) => name === status.metadata.name);
    if (!container) return [];
    const wanted = resourcesOf(container);
    const given = applied.get(status.id) ?? reportedResources(reported, status.id) ?? wanted;
    applied.set(status.id, given);
    return isDeepStrictEqual(given, wanted) ? [] : [{ container, status, restarts: needsRestart(container, given, wanted) }];
  });
}

function reportedResources(statuses: ContainerStatus[], id: string): Resources | undefined {
  const { requests, limits } = statuses.find(({ containerID }) => containerID?.endsWith(`//${id}`))?.resources ?? {};
  return requests || limits ? { ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) } : undefined;
}

function needsRestart({ resizePolicy = [] }: Container, given: Resources, wanted: Resources): boolean {
  const changed = (name: string) => given.requests?.[name] !== wanted.requests?.[name] || given.limits?.[name] !== wanted.limits?.[name];
  return resizePolicy.some(({ resourceName, restartPolicy }) => restartPolicy === "RestartContainer" && changed(resourceName));
}

/** Why a resize waits: other pods may make room, or the node is too small for ever. */
export interface PendingResize {
  reason: "Deferred" | "Infeasible";
  message: string;
}

interface ResizerParts {
  context: KubeletContext;
  cache: RuntimeCache;
  killer: PodKiller;
  /** Bytes of the node. */
  memoryCapacity: number;
  /** Whether the node has room for the pod as it is asked for now; room that it gets is its own from then on. */
  judgeResize(pod: Pod): { now?: Rejection; alone?: Rejection };
}

/** Brings the containers of one pod to the resources that its spec asks for. */
export class PodResizer {
  readonly applied: Applied = new Map();
  readonly #parts: ResizerParts;
  #pending: PendingResize | undefined;

  constructor(parts: ResizerParts) {
    this.#parts = parts;
  }

  get pending(): PendingResize | undefined {
    return this.#pending;
  }

  async sync(pod: Pod): Promise<void> {
    const { cache } = this.#parts;
    const running = runningContainers(cache.get(pod.metadata.uid));
    const due = dueResizes(pod, running, this.applied);
    for (const id of this.applied.keys()) if (!running.some((status) => status.id === id)) this.applied.delete(id);
    this.#pending = due.length > 0 ? this.#obstacle(pod) : undefined;
    if (this.#pending || due.length === 0) return;
    for (const resize of due) await this.#apply(pod, resize);
    await cache.refresh(pod.metadata.uid);
  }

  #obstacle(pod: Pod): PendingResize | undefined {
    const { now, alone } = this.#parts.judgeResize(pod);
    return now && { reason: alone ? "Infeasible" : "Deferred", message: (alone ?? now).message };
  }

  async #apply(pod: Pod, { container, status, restarts }: Resize): Promise<void> {
    const { context, killer, memoryCapacity } = this.#parts;
    if (restarts) {
      await killer.kill(pod, status, {
        message: `Container ${container.name} resize requires restart`,
        grace: restartGrace(pod, container, undefined),
      });
      return;
    }
    await context.runtime.updateContainerResources(status.id, containerResources(pod, container, memoryCapacity));
    this.applied.set(status.id, resourcesOf(container));
  }
}
