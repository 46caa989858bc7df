import type { Container, ContainerStatus, Pod } from "../../../shared/kubernetes/types.ts";
import { isSidecar, restartsAfter } from "../pods/restartRules.ts";

type Phase = NonNullable<NonNullable<Pod["status"]>["phase"]>;

interface Counts {
  unknown: number;
  running: number;
  waiting: number;
  stopped: number;
  succeeded: number;
  /** Stopped for good. */
  finished: number;
}

/** The exit code of a container that ended and was not started again, or waits to be. */
function lastExit(status: ContainerStatus): number | undefined {
  const ended = status.state?.terminated ?? (status.state?.running ? undefined : status.lastState?.terminated);
  return ended?.exitCode;
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase, by the kubelet's rules. */
export function podPhase(pod: Pod, statuses: ContainerStatus[], options: { terminal: boolean; initialized: boolean }): Phase {
  const statusOf = (container: Container) => statuses.find((status) => status.name === container.name);
  const init = initProgress(pod, statusOf);
  if (init.failedForGood) return "Failed";
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar);
  const counts = countApps(pod, statusOf);
  const pendingSidecars = sidecars.filter((container) => isSidecarPending(statusOf(container))).length;
  for (const sidecar of sidecars) countSidecar(statusOf(sidecar), counts);
  if (init.pending || (pendingSidecars > 0 && !options.initialized) || counts.waiting > 0) return "Pending";
  if (counts.unknown > 0) return "Pending";
  if (counts.running > 0) return "Running";
  if (counts.stopped === 0) return "Pending";
  const result = counts.stopped === counts.succeeded ? "Succeeded" : "Failed";
  if (options.terminal) return result;
  return counts.finished === counts.stopped ? result : "Running";
}

function initProgress(pod: Pod, statusOf: (container: Container) => ContainerStatus | undefined): { pending: boolean; failedForGood: boolean } {
  const progress = { pending: false, failedForGood: false };
  for (const container of (pod.spec.initContainers ?? []).filter((candidate) => !isSidecar(candidate))) {
    const status = statusOf(container);
    const exitCode = status && lastExit(status);
    if (exitCode === undefined) progress.pending = true;
    else if (exitCode !== 0 && !restartsAfter(container, pod, exitCode)) progress.failedForGood = true;
    else if (exitCode !== 0) progress.pending = true;
  }
  return progress;
}

function countApps(pod: Pod, statusOf: (container: Container) => ContainerStatus | undefined): Counts {
  const counts: Counts = { unknown: 0, running: 0, waiting: 0, stopped: 0, succeeded: 0, finished: 0 };
  for (const container of pod.spec.containers) {
    const status = statusOf(container);
    const exitCode = status && lastExit(status);
    if (!status?.state) counts.unknown++;
    else if (status.state.running) counts.running++;
    else if (exitCode === undefined) counts.waiting++;
    else {
      counts.stopped++;
      if (status.state.terminated && exitCode === 0) counts.succeeded++;
      if (!restartsAfter(container, pod, exitCode)) counts.finished++;
    }
  }
  return counts;
}

function isSidecarPending(status: ContainerStatus | undefined): boolean {
  if (!status) return false;
  if (status.state?.running) return !status.started;
  return Boolean(status.state?.waiting) && !status.lastState?.terminated;
}

function countSidecar(status: ContainerStatus | undefined, counts: Counts): void {
  if (!status) counts.unknown++;
  else if (status.state?.running) counts.running++;
  else if (status.state?.waiting && !status.lastState?.terminated) counts.waiting++;
}
