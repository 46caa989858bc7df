import type { StatusClass } from "../../../shared/contract.ts";
import type { ContainerStatus, Pod } from "../../../shared/kubernetes/types.ts";

export interface PodSummary {
  /** The STATUS that `kubectl get pods` prints. */
  reason: string;
  status: StatusClass;
  ready: number;
  containers: number;
  restarts: number;
  /** When a container ended last, ms since the epoch. */
  lastRestartAt?: number;
}

/** What `kubectl get pods` says of a pod, by the rules of its printer (printPod in pkg/printers/internalversion). */
export function podSummary(pod: Pod): PodSummary {
  const statuses = pod.status?.containerStatuses ?? [];
  const initStatuses = pod.status?.initContainerStatuses ?? [];
  const sidecars = new Set((pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === "Always").map(({ name }) => name));
  const counted = [...statuses, ...initStatuses.filter(({ name }) => sidecars.has(name))];
  const restarting = initializing(pod, sidecars) ? [...initStatuses] : counted;
  const reason = podReason(pod, sidecars);
  const lastRestartAt = latestEnd(restarting);
  return {
    reason,
    status: statusClass(pod, reason, statuses),
    ready: counted.filter((status) => status.ready).length,
    containers: pod.spec.containers.length + sidecars.size,
    restarts: restarting.reduce((sum, status) => sum + status.restartCount, 0),
    ...(lastRestartAt === undefined ? {} : { lastRestartAt }),
  };
}

export function podReason(pod: Pod, sidecars: ReadonlySet<string> = new Set()): string {
  const base = pod.status?.reason || (isGated(pod) ? "SchedulingGated" : (pod.status?.phase ?? "Pending"));
  const init = initReason(pod, sidecars);
  const reason = init ?? containersReason(pod, base);
  if (!pod.metadata.deletionTimestamp) return reason;
  return pod.status?.reason === "NodeLost" ? "Unknown" : isFinished(pod) ? reason : "Terminating";
}

const isGated = (pod: Pod): boolean =>
  Boolean(pod.status?.conditions?.some(({ type, reason }) => type === "PodScheduled" && reason === "SchedulingGated"));

const isFinished = (pod: Pod): boolean => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

const initializing = (pod: Pod, sidecars: ReadonlySet<string>): boolean => initReason(pod, sidecars) !== undefined;

/** `Init:…` while an init container is not done; undefined afterwards. */
function initReason(pod: Pod, sidecars: ReadonlySet<string>): string | undefined {
  const total = pod.spec.initContainers?.length ?? 0;
  if (pod.status?.conditions?.some(({ type, status }) => type === "Initialized" && status === "True")) return undefined;
  for (const [index, container] of (pod.status?.initContainerStatuses ?? []).entries()) {
    if (container.state?.terminated?.exitCode === 0) continue;
    if (sidecars.has(container.name) && container.started) continue;
    const { terminated, waiting } = container.state ?? {};
    if (terminated) return `Init:${terminated.reason || endReason(terminated)}`;
    if (waiting?.reason && waiting.reason !== "PodInitializing") return `Init:${waiting.reason}`;
    return `Init:${index}/${total}`;
  }
  return undefined;
}

/** The first container in the list that has something to tell, else the phase. */
function containersReason(pod: Pod, base: string): string {
  let reason = base;
  let running = false;
  for (const { state, ready } of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    if (state?.waiting?.reason) reason = state.waiting.reason;
    else if (state?.terminated) reason = state.terminated.reason || endReason(state.terminated);
    else if (ready && state?.running) running = true;
  }
  if (reason !== "Completed" || !running) return reason;
  return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ? "Running" : "NotReady";
}

const endReason = ({ signal, exitCode }: { signal?: number; exitCode: number }): string => (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);

const waitingWell = new Set(["Pending", "ContainerCreating", "PodInitializing", "SchedulingGated"]);

function statusClass(pod: Pod, reason: string, statuses: ContainerStatus[]): StatusClass {
  if (pod.metadata.deletionTimestamp && !isFinished(pod)) return reason === "Unknown" ? "unknown" : "terminating";
  if (reason === "Running") return statuses.every((status) => status.ready) ? "running" : "pending";
  if (reason === "Completed" || pod.status?.phase === "Succeeded") return "succeeded";
  if (waitingWell.has(reason) || /^Init:\d+\/\d+$/.test(reason) || reason === "NotReady") return "pending";
  return pod.status?.phase === "Unknown" ? "unknown" : "failed";
}

function latestEnd(statuses: ContainerStatus[]): number | undefined {
  const ends = statuses.flatMap(({ lastState }) => lastState?.terminated?.finishedAt ?? []).map((time) => Date.parse(time));
  return ends.length > 0 ? Math.max(...ends) : undefined;
}
