import type { Container, ContainerRestartRule, Pod } from "../../../shared/kubernetes/types.ts";
import { latestContainer, type PodRuntimeState } from "./runtimeState.ts";

/** An init container that keeps running beside the others. */
export const isSidecar = (container: Container): boolean => container.restartPolicy === "Always";

export const isBeingDeleted = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;

export const isTerminalPhase = (phase: string | undefined): boolean => phase === "Succeeded" || phase === "Failed";

/** Whether a container that ended with `exitCode` is started anew, by its own policy and rules or the pod's. */
export function restartsAfter(container: Container, pod: Pod, exitCode: number): boolean {
  if (container.restartPolicyRules?.some((rule) => matchesExit(rule, exitCode))) return true;
  const policy = container.restartPolicy ?? pod.spec.restartPolicy ?? "Always";
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}

function matchesExit(rule: ContainerRestartRule, exitCode: number): boolean {
  const { operator, values = [] } = rule.exitCodes ?? { operator: "In" };
  return rule.action === "Restart" && values.includes(exitCode) === (operator === "In");
}

/** Whether an app container that does not run has to be started. */
export function needsStart(container: Container, pod: Pod, state: PodRuntimeState): boolean {
  if (isBeingDeleted(pod)) return false;
  const latest = latestContainer(state, container.name);
  if (!latest) return true;
  if (latest.state === "running") return false;
  if (latest.state !== "exited") return true;
  return restartsAfter(container, pod, latest.exitCode ?? 0);
}

/** Whether any app container of the pod was ever made: then the init containers are done. */
export const hasCreatedAppContainer = (pod: Pod, state: PodRuntimeState): boolean =>
  pod.spec.containers.some((container) => latestContainer(state, container.name));
