import type { ContainerStatus, Pod, PodCondition } from "../../../shared/kubernetes/types.ts";
import { isSidecar } from "../pods/restartRules.ts";

/** The conditions that the kubelet writes; all others are left as they are. */
const own = new Set([
  "PodReadyToStartContainers",
  "Initialized",
  "Ready",
  "ContainersReady",
  "PodScheduled",
  "PodResizePending",
  "PodResizeInProgress",
]);

export const isKubeletCondition = (type: string): boolean => own.has(type);

type Verdict = Omit<PodCondition, "type">;

const yes: Verdict = { status: "True" };
const no = (reason?: string, message?: string): Verdict => ({ status: "False", ...(reason ? { reason } : {}), ...(message ? { message } : {}) });

export interface ConditionFacts {
  pod: Pod;
  phase: string;
  /** Of init, sidecar and app containers. */
  statuses: ContainerStatus[];
  hasSandbox: boolean;
  pendingResize?: { reason: string; message: string } | undefined;
  /** When the conditions are computed, RFC 3339. */
  now: string;
}

/** Foreign conditions as they are, and the kubelet's own; times change only with the status. */
export function podConditions(facts: ConditionFacts): PodCondition[] {
  const { pod, now } = facts;
  const old = pod.status?.conditions ?? [];
  const kept = old.filter((condition) => !isKubeletCondition(condition.type));
  const containersReady = containersReadyVerdict(facts);
  const verdicts: [string, Verdict][] = [
    ["PodReadyToStartContainers", facts.hasSandbox ? yes : no()],
    ["Initialized", initializedVerdict(facts)],
    ["Ready", readyVerdict(pod, kept, containersReady)],
    ["ContainersReady", containersReady],
    ["PodScheduled", yes],
    ...(facts.pendingResize ? ([["PodResizePending", { ...yes, ...facts.pendingResize }]] as [string, Verdict][]) : []),
  ];
  return [...kept, ...verdicts.map(([type, verdict]) => stamped(type, verdict, old, pod.metadata.generation, now))];
}

function stamped(type: string, verdict: Verdict, old: PodCondition[], generation: number | undefined, now: string): PodCondition {
  const before = old.find((condition) => condition.type === type);
  const lastTransitionTime = before?.status === verdict.status ? (before.lastTransitionTime ?? now) : now;
  return { type, ...verdict, lastProbeTime: null as never, lastTransitionTime, ...(generation ? { observedGeneration: generation } : {}) };
}

function containersReadyVerdict({ pod, phase, statuses }: ConditionFacts): Verdict {
  const watched = [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers];
  const { unknown, failing } = divide(watched, statuses, (status) => status.ready);
  if (phase === "Succeeded" && unknown.length === 0) return no("PodCompleted");
  if (phase === "Failed") return no("PodFailed");
  const message = explain(unknown, failing, "unready");
  return message ? no("ContainersNotReady", message) : yes;
}

function readyVerdict(pod: Pod, conditions: PodCondition[], containersReady: Verdict): Verdict {
  if (containersReady.status !== "True") return containersReady;
  const missing = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = conditions.find(({ type }) => type === conditionType);
    if (!condition) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    return condition.status === "True" ? [] : [`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`];
  });
  return missing.length ? no("ReadinessGatesNotReady", missing.join(", ")) : yes;
}

function initializedVerdict({ pod, phase, statuses }: ConditionFacts): Verdict {
  const isDone = (status: ContainerStatus, sidecar: boolean) => (sidecar ? status.started === true : status.ready);
  const sidecars = new Set((pod.spec.initContainers ?? []).filter(isSidecar).map((container) => container.name));
  const { unknown, failing } = divide(pod.spec.initContainers ?? [], statuses, (status) => isDone(status, sidecars.has(status.name)));
  if (phase === "Succeeded" && unknown.length === 0) return { status: "True", reason: "PodCompleted" };
  if (pod.spec.containers.some(({ name }) => hasStarted(statuses.find((status) => status.name === name)))) return yes;
  const message = explain(unknown, failing, "incomplete");
  return message ? no("ContainersNotInitialized", message) : yes;
}

const hasStarted = (status: ContainerStatus | undefined): boolean =>
  Boolean(status?.state?.running || status?.state?.terminated || status?.lastState?.terminated);

function divide(
  containers: { name: string }[],
  statuses: ContainerStatus[],
  isGood: (status: ContainerStatus) => boolean,
): { unknown: string[]; failing: string[] } {
  const unknown: string[] = [];
  const failing: string[] = [];
  for (const { name } of containers) {
    const status = statuses.find((candidate) => candidate.name === name);
    if (!status) unknown.push(name);
    else if (!isGood(status)) failing.push(name);
  }
  return { unknown, failing };
}

function explain(unknown: string[], failing: string[], word: string): string {
  const parts: string[] = [];
  if (unknown.length) parts.push(`containers with unknown status: [${unknown.join(" ")}]`);
  if (failing.length) parts.push(`containers with ${word} status: [${failing.join(" ")}]`);
  return parts.join(", ");
}
