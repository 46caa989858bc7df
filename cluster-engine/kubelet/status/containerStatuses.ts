import type { Container, ContainerState, ContainerStateTerminated, ContainerStatus, Pod } from "../../../shared/kubernetes/types.ts";
import { rfc3339 } from "../../base/clock.ts";
import type { ContainerStatus as RuntimeContainer } from "../../runtime/types.ts";
import type { WaitingReasons } from "../pods/podNames.ts";
import { type Applied, resourcesOf } from "../pods/resizing.ts";
import { hasCreatedAppContainer, isBeingDeleted, isSidecar, needsStart, restartsAfter } from "../pods/restartRules.ts";
import { containerNameOf, type PodRuntimeState } from "../pods/runtimeState.ts";

export interface StatusFacts {
  pod: Pod;
  state: PodRuntimeState;
  waiting: WaitingReasons;
  runtimeName: string;
  /** Name by which an image id is known to users: a digest of its repository when it has one. */
  imageRef(imageId: string): string;
  /** What running containers were given; those that are missing have what the spec says. */
  applied?: Applied;
}

const lost: ContainerStateTerminated = {
  reason: "ContainerStatusUnknown",
  message: "The container could not be located when the pod was deleted.  The container used to be Running",
  exitCode: 137,
};

/** Statuses of `containers` as the kubelet reports them, without `ready` and `started`, which the probes decide. */
export function containerStatuses(
  facts: StatusFacts,
  containers: Container[],
  previous: ContainerStatus[],
  kind: "init" | "app" | "ephemeral",
): ContainerStatus[] {
  const hasInit = Boolean(facts.pod.spec.initContainers?.length);
  const waitingFor = hasInit ? "PodInitializing" : "ContainerCreating";
  return containers.map((container) => {
    const found = facts.state.containers.filter((status) => containerNameOf(status) === container.name);
    const old = previous.find((status) => status.name === container.name);
    const status = found.length ? fromRuntime(facts, container, found) : withoutRuntime(facts.pod, container, old, waitingFor);
    if (kind === "init" && !found.length) assumeInitDone(facts, container, status);
    applyWaiting(facts, container, status, found[0], kind);
    return status;
  });
}

function fromRuntime(facts: StatusFacts, container: Container, [latest, earlier]: RuntimeContainer[]): ContainerStatus {
  const status: ContainerStatus = {
    name: container.name,
    state: stateOf(facts, latest!),
    lastState: earlier?.state === "exited" ? stateOf(facts, earlier) : {},
    ready: false,
    restartCount: latest!.metadata.attempt,
    image: latest!.image || container.image!,
    imageID: facts.imageRef(latest!.imageId),
    containerID: containerId(facts, latest!),
    ...resourceStatus(container, facts.applied?.get(latest!.id)),
  };
  return status;
}

function resourceStatus(container: Container, applied = resourcesOf(container)): Partial<ContainerStatus> {
  const { requests, limits } = applied;
  const mounts = (container.volumeMounts ?? []).map(({ name, mountPath, readOnly }) => ({
    name,
    mountPath,
    ...(readOnly ? { readOnly, recursiveReadOnly: "Disabled" } : {}),
  }));
  return {
    ...(requests ? { allocatedResources: requests } : {}),
    resources: { ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) },
    ...(mounts.length ? { volumeMounts: mounts } : {}),
  };
}

/** The runtime knows nothing of it: not made yet, or lost. */
function withoutRuntime(pod: Pod, container: Container, old: ContainerStatus | undefined, waitingFor: string): ContainerStatus {
  if (old?.state?.terminated) return { ...old };
  const wasRunning = Boolean(old?.state?.running);
  const lastState = old?.lastState?.terminated || !wasRunning ? (old?.lastState ?? {}) : { terminated: lost };
  return {
    name: container.name,
    state: { waiting: { reason: waitingFor } },
    lastState,
    ready: false,
    restartCount: (old?.restartCount ?? 0) + (wasRunning && !old?.lastState?.terminated && !isBeingDeleted(pod) ? 1 : 0),
    image: container.image!,
    imageID: "",
    ...(container.volumeMounts?.length ? { volumeMounts: resourceStatus(container).volumeMounts! } : {}),
  };
}

/** Init containers whose traces are gone must have succeeded when app containers exist. */
function assumeInitDone({ pod, state }: StatusFacts, container: Container, status: ContainerStatus): void {
  if (isSidecar(container) || !status.state?.waiting || !hasCreatedAppContainer(pod, state)) return;
  status.state = {
    terminated: {
      reason: "Completed",
      message: "Unable to get init container status from container runtime and pod has been initialized, treat it as exited normally",
      exitCode: 0,
    },
  };
}

/** A container that is to be started, and could not be yet, waits: its end moves to `lastState`. */
function applyWaiting(facts: StatusFacts, container: Container, status: ContainerStatus, latest: RuntimeContainer | undefined, kind: string): void {
  const reason = facts.waiting.get(container.name);
  if (!reason || isBeingDeleted(facts.pod)) return;
  const toStart = kind === "init" ? initNeedsStart(container, facts.pod, latest) : needsStart(container, facts.pod, facts.state);
  if (!toStart) return;
  if (status.state?.terminated) status.lastState = status.state;
  status.state = { waiting: { reason: reason.reason, ...(reason.message ? { message: reason.message } : {}) } };
}

function initNeedsStart(container: Container, pod: Pod, latest: RuntimeContainer | undefined): boolean {
  if (!latest || latest.state === "created") return true;
  if (latest.state !== "exited") return false;
  if (isSidecar(container)) return true;
  return latest.exitCode !== 0 && restartsAfter(container, pod, latest.exitCode ?? 1);
}

function stateOf(facts: StatusFacts, container: RuntimeContainer): ContainerState {
  if (container.state === "running") return { running: { startedAt: rfc3339(container.startedAt ?? container.createdAt) } };
  if (container.state !== "exited") return { waiting: {} };
  const { exitCode = 0, reason, message, startedAt, finishedAt } = container;
  return {
    terminated: {
      exitCode,
      ...(reason ? { reason } : {}),
      ...(message ? { message } : {}),
      startedAt: rfc3339(startedAt ?? 0),
      finishedAt: rfc3339(finishedAt ?? 0),
      containerID: containerId(facts, container),
    },
  };
}

const containerId = ({ runtimeName }: StatusFacts, container: RuntimeContainer): string => `${runtimeName}://${container.id}`;
