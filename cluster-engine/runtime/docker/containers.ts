import type { ContainerConfig, ContainerResources, ContainerStatus, Mount, SecurityContextConfig } from "../types.ts";
import { containerName, engineTime, type DockerContext, type InspectedContainer } from "./engineTypes.ts";
import { annotationLabels, label, userAnnotations, userLabels, type Labels } from "./labels.ts";
import { namespaceChoices } from "./sandboxes.ts";

/** What a container takes from its sandbox. */
export interface SandboxFacts {
  id: string;
  labels: Labels;
}

/** containerd's exit code for a process that could not be started. */
const startErrorCode = 128;

/** The name in the engine, and the body of `POST /containers/create`. */
export function containerSpec(context: DockerContext, sandbox: SandboxFacts, config: ContainerConfig) {
  const { labels } = sandbox;
  const name = containerName(context.clusterId, [
    config.metadata.name,
    labels[label.podName]!,
    labels[label.podNamespace]!,
    labels[label.podUid]!,
    config.metadata.attempt,
  ]);
  const body = {
    Image: config.imageId || config.image,
    ...(config.command.length ? { Entrypoint: config.command } : {}),
    ...(config.args.length ? { Cmd: config.args } : {}),
    ...(config.workingDir ? { WorkingDir: config.workingDir } : {}),
    Env: config.env.map(({ name, value }) => `${name}=${value}`),
    OpenStdin: config.stdin,
    StdinOnce: config.stdinOnce,
    Tty: config.tty,
    ...userOf(config.security),
    ...(config.stopSignal ? { StopSignal: config.stopSignal } : {}),
    // The image's own check would run beside the probes of the pod.
    Healthcheck: { Test: ["NONE"] },
    Labels: containerLabels(context, sandbox, config),
    HostConfig: hostConfig(sandbox, config),
  };
  return { name, body };
}

function hostConfig(sandbox: SandboxFacts, config: ContainerConfig) {
  const shared = `container:${sandbox.id}`;
  const choices = namespaceChoices(sandbox.labels);
  const pidMode = choices.has("host-pid") ? "host" : choices.has("shared-pid") ? shared : undefined;
  return {
    NetworkMode: shared,
    IpcMode: choices.has("host-ipc") ? "host" : shared,
    ...(pidMode ? { PidMode: pidMode } : {}),
    ...(choices.has("host-network") ? { UTSMode: "host" } : {}),
    Mounts: config.mounts.map(mountSpec),
    LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "5" } },
    ...resourceSpec(config.resources),
    ...securitySpec(config.security),
  };
}

function mountSpec(mount: Mount) {
  const common = { Target: mount.containerPath, ReadOnly: mount.readOnly };
  if ("hostPath" in mount.source) {
    return { ...common, Type: "bind", Source: mount.source.hostPath, BindOptions: { Propagation: mount.propagation ?? "rprivate" } };
  }
  const { volume, subPath } = mount.source;
  return { ...common, Type: "volume", Source: volume, VolumeOptions: { NoCopy: true, ...(subPath ? { Subpath: subPath } : {}) } };
}

export function resourceSpec(resources: ContainerResources): Record<string, number> {
  const { cpuShares, cpuQuota, cpuPeriod, memoryLimitBytes, oomScoreAdj } = resources;
  return {
    ...(cpuShares ? { CpuShares: cpuShares } : {}),
    ...(cpuQuota ? { CpuQuota: cpuQuota, CpuPeriod: cpuPeriod ?? 100_000 } : {}),
    // Equal to the limit: no swap on top of it.
    ...(memoryLimitBytes ? { Memory: memoryLimitBytes, MemorySwap: memoryLimitBytes } : {}),
    ...(oomScoreAdj === undefined ? {} : { OomScoreAdj: oomScoreAdj }),
  };
}

function securitySpec(security: SecurityContextConfig) {
  const options: string[] = [];
  if (security.noNewPrivileges) options.push("no-new-privileges");
  if (security.seccomp && security.seccomp !== "runtime/default") options.push(`seccomp=${security.seccomp}`);
  return {
    ...(security.privileged ? { Privileged: true } : {}),
    ...(security.readOnlyRootFilesystem ? { ReadonlyRootfs: true } : {}),
    ...(security.capabilitiesAdd?.length ? { CapAdd: security.capabilitiesAdd } : {}),
    ...(security.capabilitiesDrop?.length ? { CapDrop: security.capabilitiesDrop } : {}),
    ...(security.supplementalGroups?.length ? { GroupAdd: security.supplementalGroups.map(String) } : {}),
    ...(options.length ? { SecurityOpt: options } : {}),
  };
}

/** A group alone leaves the user to the image, which the engine can only express as root. */
function userOf({ runAsUser, runAsGroup }: SecurityContextConfig): { User?: string } {
  if (runAsUser === undefined && runAsGroup === undefined) return {};
  const user = runAsUser ?? 0;
  return { User: runAsGroup === undefined ? String(user) : `${user}:${runAsGroup}` };
}

function containerLabels(context: DockerContext, sandbox: SandboxFacts, config: ContainerConfig): Labels {
  const { labels } = sandbox;
  return {
    ...config.labels,
    ...annotationLabels(config.annotations),
    [label.podName]: labels[label.podName]!,
    [label.podNamespace]: labels[label.podNamespace]!,
    [label.podUid]: labels[label.podUid]!,
    [label.containerName]: config.metadata.name,
    [label.restartCount]: String(config.metadata.attempt),
    [label.cluster]: context.clusterId,
    [label.node]: labels[label.node]!,
    [label.role]: "container",
    [label.sandbox]: sandbox.id,
    [label.image]: config.image,
  };
}

export function containerStatus(inspected: InspectedContainer): ContainerStatus {
  const { Labels: labels } = inspected.Config;
  const startedAt = engineTime(inspected.State.StartedAt);
  return {
    id: inspected.Id,
    sandboxId: labels[label.sandbox] ?? "",
    metadata: { name: labels[label.containerName] ?? "", attempt: Number(labels[label.restartCount] ?? 0) },
    createdAt: engineTime(inspected.Created) ?? 0,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...outcome(inspected),
    image: labels[label.image] ?? "",
    imageId: inspected.Image,
    labels: userLabels(labels),
    annotations: userAnnotations(labels),
  };
}

function outcome({ State: state, Created }: InspectedContainer): Pick<ContainerStatus, "state" | "finishedAt" | "exitCode" | "reason" | "message"> {
  if (state.Running) return { state: "running" };
  if (state.Status === "created") {
    if (!state.ExitCode && !state.Error) return { state: "created" };
    return { state: "exited", exitCode: startErrorCode, reason: "StartError", message: state.Error, finishedAt: engineTime(Created) ?? 0 };
  }
  if (state.Status !== "exited" && state.Status !== "dead") return { state: "unknown" };
  return {
    state: "exited",
    exitCode: state.ExitCode,
    // The engine may note the end of a short life before its start.
    finishedAt: Math.max(engineTime(state.FinishedAt) ?? 0, engineTime(state.StartedAt) ?? 0),
    reason: state.OOMKilled ? "OOMKilled" : state.ExitCode === 0 ? "Completed" : "Error",
    ...(state.Error ? { message: state.Error } : {}),
  };
}
