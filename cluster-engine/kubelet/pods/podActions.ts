import { createHash } from "node:crypto";
import type { Container, Pod } from "../../../shared/kubernetes/types.ts";
import type { ContainerStatus } from "../../runtime/types.ts";
import { hasCreatedAppContainer, isSidecar, needsStart, restartsAfter } from "./restartRules.ts";
import { latestContainer, type PodRuntimeState } from "./runtimeState.ts";

export const hashAnnotation = "io.kubernetes.container.hash";

export interface ContainerKill {
  container: ContainerStatus;
  message: string;
  /** A probe that failed: its own grace period may apply. */
  probe?: "liveness" | "startup";
}

/** What must be done so that a pod runs as its spec says. */
export interface PodActions {
  /** Stop everything, the sandbox too. */
  killPod: boolean;
  createSandbox: boolean;
  /** Attempt of the next sandbox. */
  attempt: number;
  sandboxId?: string;
  kill: ContainerKill[];
  /** In this order. At most one of them is an init container that must end first. */
  startInit: Container[];
  start: Container[];
  startEphemeral: Container[];
}

/** What is known of a running container by its probes. */
export interface ProbeFindings {
  livenessFailed(containerId: string): boolean;
  startupFailed(containerId: string): boolean;
  /** A sidecar counts as started when its startup probe succeeded, or it has none. */
  hasStarted(container: Container, status: ContainerStatus): boolean;
}

/** Tells whether a running container is still the one that the spec describes; only name and image matter. */
export const containerHash = (container: Container): string =>
  createHash("sha256")
    .update(JSON.stringify([container.name, container.image]))
    .digest("hex")
    .slice(0, 16);

export function computePodActions(pod: Pod, state: PodRuntimeState, probes: ProbeFindings): PodActions {
  const [newest] = state.sandboxes;
  const actions: PodActions = { killPod: false, createSandbox: false, attempt: 0, kill: [], startInit: [], start: [], startEphemeral: [] };
  if (sandboxChanged(pod, state))
    return withNewSandbox(pod, state, { ...actions, killPod: true, createSandbox: true, attempt: newest ? newest.metadata.attempt + 1 : 0 });
  actions.sandboxId = newest!.id;
  actions.attempt = newest!.metadata.attempt;
  actions.startEphemeral = (pod.spec.ephemeralContainers ?? []).filter((container) => !latestContainer(state, container.name));
  if (!computeInitActions(pod, state, probes, actions)) return actions;
  let kept = 0;
  for (const container of pod.spec.containers) if (computeAppAction(container, pod, state, probes, actions)) kept++;
  if (kept === 0 && actions.start.length === 0) return { ...actions, killPod: true, startInit: [] };
  return actions;
}

/** No ready sandbox, or the pod's network choice is another one. */
function sandboxChanged(pod: Pod, { sandboxes }: PodRuntimeState): boolean {
  const [newest] = sandboxes;
  if (newest?.state !== "ready" || sandboxes.filter((sandbox) => sandbox.state === "ready").length > 1) return true;
  return !pod.spec.hostNetwork && !newest.podIP;
}

function withNewSandbox(pod: Pod, state: PodRuntimeState, actions: PodActions): PodActions {
  const neverAgain = pod.spec.restartPolicy === "Never" && actions.attempt !== 0 && state.containers.length > 0;
  if (neverAgain) return { ...actions, createSandbox: false };
  const start = pod.spec.containers.filter((container) => !(runsToSuccess(container, pod) && succeeded(container, state)));
  if (start.length === 0 && hasCreatedAppContainer(pod, state)) return { ...actions, createSandbox: false };
  const [firstInit] = pod.spec.initContainers ?? [];
  return firstInit ? { ...actions, startInit: [firstInit] } : { ...actions, start };
}

const runsToSuccess = (container: Container, pod: Pod): boolean => (container.restartPolicy ?? pod.spec.restartPolicy) === "OnFailure";

function succeeded(container: Container, state: PodRuntimeState): boolean {
  const latest = latestContainer(state, container.name);
  return latest?.state === "exited" && latest.exitCode === 0;
}

/** Plans init containers and sidecars; true when the app containers may run. */
function computeInitActions(pod: Pod, state: PodRuntimeState, probes: ProbeFindings, actions: PodActions): boolean {
  const initialized = hasCreatedAppContainer(pod, state);
  for (const container of pod.spec.initContainers ?? []) {
    const latest = latestContainer(state, container.name);
    if (isSidecar(container)) {
      const ready = computeSidecarAction(container, latest, probes, actions);
      if (!ready && !initialized) return false;
      continue;
    }
    if (initialized || (latest?.state === "exited" && latest.exitCode === 0)) continue;
    if (latest?.state === "running") {
      computeInitHealth(container, latest, probes, actions);
      return false;
    }
    if (latest?.state === "exited" && !restartsAfter(container, pod, latest.exitCode ?? 1)) {
      actions.killPod = true;
      return false;
    }
    actions.startInit.push(container);
    return false;
  }
  return true;
}

function computeInitHealth(container: Container, latest: ContainerStatus, probes: ProbeFindings, actions: PodActions): void {
  if (!isChanged(container, latest) && !probes.startupFailed(latest.id)) return;
  actions.kill.push({ container: latest, message: `Init container ${container.name} definition changed` });
  actions.startInit.push(container);
}

/** True when the sidecar has started. */
function computeSidecarAction(container: Container, latest: ContainerStatus | undefined, probes: ProbeFindings, actions: PodActions): boolean {
  if (latest?.state !== "running") {
    actions.startInit.push(container);
    return false;
  }
  const kill = killReason(container, latest, probes);
  if (!kill) return probes.hasStarted(container, latest);
  actions.kill.push({ ...kill, message: `${kill.message}, will be restarted` });
  actions.startInit.push(container);
  return false;
}

/** True when the container is left running. */
function computeAppAction(container: Container, pod: Pod, state: PodRuntimeState, probes: ProbeFindings, actions: PodActions): boolean {
  const latest = latestContainer(state, container.name);
  if (latest?.state !== "running") {
    if (!needsStart(container, pod, state)) return false;
    actions.start.push(container);
    if (latest?.state === "unknown")
      actions.kill.push({ container: latest, message: `Container is in "unknown" state, try killing it before restart` });
    return false;
  }
  const kill = killReason(container, latest, probes);
  if (!kill) return true;
  const restart = !kill.probe || (container.restartPolicy ?? pod.spec.restartPolicy) !== "Never";
  if (restart) actions.start.push(container);
  actions.kill.push({ ...kill, message: restart ? `${kill.message}, will be restarted` : kill.message });
  return false;
}

function killReason(container: Container, latest: ContainerStatus, probes: ProbeFindings): ContainerKill | undefined {
  if (isChanged(container, latest)) return { container: latest, message: `Container ${container.name} definition changed` };
  if (probes.livenessFailed(latest.id)) return { container: latest, message: `Container ${container.name} failed liveness probe`, probe: "liveness" };
  if (probes.startupFailed(latest.id)) return { container: latest, message: `Container ${container.name} failed startup probe`, probe: "startup" };
  return undefined;
}

function isChanged(container: Container, latest: ContainerStatus): boolean {
  const made = latest.annotations[hashAnnotation];
  return made !== undefined && made !== containerHash(container);
}
