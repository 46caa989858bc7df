import type { ContainerStatus, SandboxStatus } from "../../runtime/types.ts";

/** What the runtime holds of one pod: newest first. */
export interface PodRuntimeState {
  sandboxes: SandboxStatus[];
  containers: ContainerStatus[];
}

export const emptyState: PodRuntimeState = { sandboxes: [], containers: [] };

export const containerNameOf = (status: ContainerStatus): string => status.metadata.name;

/** The newest container of this name. */
export const latestContainer = (state: PodRuntimeState, name: string): ContainerStatus | undefined =>
  state.containers.find((container) => containerNameOf(container) === name);

export const runningContainers = (state: PodRuntimeState): ContainerStatus[] => state.containers.filter((container) => container.state === "running");

/** The newest sandbox when it is ready. */
export const readySandbox = (state: PodRuntimeState): SandboxStatus | undefined =>
  state.sandboxes[0]?.state === "ready" ? state.sandboxes[0] : undefined;

export function sortedState(sandboxes: SandboxStatus[], containers: ContainerStatus[]): PodRuntimeState {
  return {
    sandboxes: sandboxes.toSorted((a, b) => b.metadata.attempt - a.metadata.attempt || b.createdAt - a.createdAt),
    containers: containers.toSorted((a, b) => b.metadata.attempt - a.metadata.attempt || b.createdAt - a.createdAt),
  };
}
