import type { ContainerStatus, PodStatus } from "../../../shared/kubernetes/types.ts";
import { rfc3339 } from "../../base/clock.ts";
import { hasCreatedAppContainer, isTerminalPhase } from "../pods/restartRules.ts";
import { latestContainer, readySandbox } from "../pods/runtimeState.ts";
import { qosClass } from "../containers/qos.ts";
import { containerStatuses, type StatusFacts } from "./containerStatuses.ts";
import { podConditions } from "./podConditions.ts";
import { podPhase } from "./podPhase.ts";

export interface PodStatusFacts extends StatusFacts {
  nodeIP: string;
  now: number;
  /** No container of it will be started any more. */
  terminal: boolean;
  /** A phase that the kubelet itself decided, with its reason: deadline exceeded, refused, … */
  verdict?: { phase: "Failed"; reason: string; message: string };
  readiness: ReadinessFindings;
  /** A change of resources that the node can't make (now). */
  pendingResize?: { reason: string; message: string };
}

export interface ReadinessFindings {
  /** The startup probe has succeeded, or there is none. */
  isStarted(containerName: string, containerId: string): boolean;
  isReady(containerName: string, containerId: string): boolean;
}

/** The whole status of a pod, from its spec, its last status, and what the runtime and the probes know. Pure. */
export function podStatus(facts: PodStatusFacts): PodStatus {
  const { pod, now, nodeIP } = facts;
  const old = pod.status ?? {};
  const init = containerStatuses(facts, pod.spec.initContainers ?? [], old.initContainerStatuses ?? [], "init");
  const apps = containerStatuses(facts, pod.spec.containers, old.containerStatuses ?? [], "app");
  const ephemeral = containerStatuses(facts, pod.spec.ephemeralContainers ?? [], old.ephemeralContainerStatuses ?? [], "ephemeral");
  applyReadiness(facts, init, apps);
  const phase = decidePhase(facts, [...init, ...apps]);
  const time = rfc3339(now);
  const address = addressOf(facts);
  const explanation = explanationOf(facts, phase);
  return {
    ...(pod.metadata.generation ? { observedGeneration: pod.metadata.generation } : {}),
    phase,
    conditions: podConditions({
      pod,
      phase,
      statuses: [...init, ...apps],
      hasSandbox: Boolean(readySandbox(facts.state)),
      pendingResize: facts.pendingResize,
      now: time,
    }),
    ...explanation,
    hostIP: nodeIP,
    hostIPs: [{ ip: nodeIP }],
    ...(address ? { podIP: address, podIPs: [{ ip: address }] } : {}),
    startTime: old.startTime ?? time,
    ...(init.length ? { initContainerStatuses: init } : {}),
    containerStatuses: apps.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    ...(ephemeral.length ? { ephemeralContainerStatuses: ephemeral } : {}),
    qosClass: old.qosClass ?? qosClass(pod),
  };
}

function applyReadiness({ readiness, pod, state }: PodStatusFacts, init: ContainerStatus[], apps: ContainerStatus[]): void {
  const runtimeId = (name: string) => latestContainer(state, name)?.id ?? "";
  for (const status of apps) {
    status.started = Boolean(status.state?.running) && readiness.isStarted(status.name, runtimeId(status.name));
    status.ready = status.started && readiness.isReady(status.name, runtimeId(status.name));
  }
  for (const [index, status] of init.entries()) {
    status.started = Boolean(status.state?.running) && readiness.isStarted(status.name, runtimeId(status.name));
    const sidecar = pod.spec.initContainers![index]!.restartPolicy === "Always";
    status.ready = sidecar ? status.started && readiness.isReady(status.name, runtimeId(status.name)) : status.state?.terminated?.exitCode === 0;
  }
}

/** A pod never leaves a terminal phase. */
function decidePhase(facts: PodStatusFacts, statuses: ContainerStatus[]): NonNullable<PodStatus["phase"]> {
  const { pod, terminal, verdict, state } = facts;
  if (isTerminalPhase(pod.status?.phase)) return pod.status!.phase!;
  if (verdict) return verdict.phase;
  return podPhase(pod, statuses, { terminal, initialized: hasCreatedAppContainer(pod, state) });
}

/** Reason and message belong to a phase, and stay while it does. */
function explanationOf({ pod, verdict }: PodStatusFacts, phase: string): { reason?: string; message?: string } {
  if (verdict) return { reason: verdict.reason, message: verdict.message };
  if (phase !== pod.status?.phase) return {};
  const { reason, message } = pod.status;
  return { ...(reason ? { reason } : {}), ...(message ? { message } : {}) };
}

/** A pod keeps showing its last address until it has another. */
function addressOf({ pod, state, nodeIP }: PodStatusFacts): string | undefined {
  if (pod.spec.hostNetwork) return state.sandboxes.length || pod.status?.podIP ? nodeIP : undefined;
  return readySandbox(state)?.podIP ?? pod.status?.podIP ?? state.sandboxes[0]?.podIP;
}
