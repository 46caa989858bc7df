import type { Container, ContainerState, ContainerStatus, Pod } from "../../shared/kubernetes/types.ts";

/** What `kubectl get pods` says of a pod, beside its name and age. */
export interface PodSummary {
  /** Phase, or what is more telling: `CrashLoopBackOff`, `Init:0/1`, `Terminating`. */
  reason: string;
  ready: number;
  /** Containers that should be ready: app containers and restartable init containers. */
  total: number;
  restarts: number;
  /** When the last restarted container had ended (RFC 3339). */
  lastRestart?: string;
}

interface Progress {
  reason: string;
  ready: number;
  restarts: number;
  lastRestart: string;
}

/** The printed state of a pod, by the rules of kubectl's own column. */
export function podSummary(pod: Pod): PodSummary {
  const restartable = new Set((pod.spec?.initContainers ?? []).filter(isRestartable).map(({ name }) => name));
  const total = (pod.spec?.containers ?? []).length + restartable.size;
  const init = initProgress(pod, restartable, phaseReason(pod));
  const done = !init.initializing || condition(pod, "Initialized") === "True";
  const progress = done ? containersProgress(pod, init) : init.all;
  const { reason, ready, restarts, lastRestart } = progress;
  return { reason: deletionReason(pod) ?? reason, ready, total, restarts, ...(lastRestart ? { lastRestart } : {}) };
}

/** The reason alone. */
export const podReason = (pod: Pod): string => podSummary(pod).reason;

const isRestartable = (container: Partial<Container>): boolean => container.restartPolicy === "Always";

const condition = (pod: Pod, type: string): string | undefined => pod.status?.conditions?.find((one) => one.type === type)?.status;

function phaseReason(pod: Pod): string {
  const gated = pod.status?.conditions?.some(({ type, reason }) => type === "PodScheduled" && reason === "SchedulingGated");
  return gated ? "SchedulingGated" : pod.status?.reason || pod.status?.phase || "";
}

function deletionReason(pod: Pod): string | undefined {
  if (!pod.metadata.deletionTimestamp) return undefined;
  if (pod.status?.reason === "NodeLost") return "Unknown";
  const phase = pod.status?.phase;
  return phase === "Succeeded" || phase === "Failed" ? undefined : "Terminating";
}

interface InitProgress {
  /** Counting every init container: what is shown while they run. */
  all: Progress;
  /** Counting only restartable ones: what is shown later. */
  restartable: Progress;
  initializing: boolean;
}

/** Walks the init containers up to the first that is not done. */
function initProgress(pod: Pod, restartable: Set<string>, phase: string): InitProgress {
  const progress: InitProgress = {
    all: { reason: phase, ready: 0, restarts: 0, lastRestart: "" },
    restartable: { reason: phase, ready: 0, restarts: 0, lastRestart: "" },
    initializing: false,
  };
  for (const [i, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    count(progress.all, status);
    if (restartable.has(status.name)) count(progress.restartable, status);
    const state = status.state ?? {};
    if (state.terminated?.exitCode === 0) continue;
    if (restartable.has(status.name) && status.started) {
      if (status.ready) progress.all.ready++;
      continue;
    }
    progress.all.reason = initReason(state, i, pod.spec?.initContainers?.length ?? 0);
    progress.initializing = true;
    break;
  }
  progress.restartable = { ...progress.restartable, reason: progress.all.reason, ready: progress.all.ready };
  return progress;
}

function count(progress: Progress, status: ContainerStatus): void {
  progress.restarts += status.restartCount;
  const ended = status.lastState?.terminated?.finishedAt ?? "";
  if (ended > progress.lastRestart) progress.lastRestart = ended;
}

function initReason(state: ContainerState, index: number, total: number): string {
  if (state.terminated) return `Init:${terminatedReason(state.terminated)}`;
  const waiting = state.waiting?.reason;
  return waiting && waiting !== "PodInitializing" ? `Init:${waiting}` : `Init:${index}/${total}`;
}

function terminatedReason({ reason, signal, exitCode }: { reason?: string; signal?: number; exitCode: number }): string {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

/** App containers, last to first, so that the first one's reason stands in the end. */
function containersProgress(pod: Pod, init: InitProgress): Progress {
  const progress = { ...init.restartable };
  let running = false;
  let failure = "";
  for (const status of (pod.status?.containerStatuses ?? []).toReversed()) {
    count(progress, status);
    const state = status.state ?? {};
    if (state.waiting?.reason) progress.reason = state.waiting.reason;
    else if (state.terminated) {
      progress.reason = terminatedReason(state.terminated);
      if (state.terminated.exitCode !== 0) failure = progress.reason;
    } else if (status.ready && state.running) {
      running = true;
      progress.ready++;
    }
  }
  if (progress.reason === "Completed") progress.reason = completedReason(pod, running, failure);
  return progress;
}

/** One container has completed: others may run on, or have failed. */
function completedReason(pod: Pod, running: boolean, failure: string): string {
  if (running && condition(pod, "Ready") === "True") return "Running";
  return failure || (running ? "NotReady" : "Completed");
}
