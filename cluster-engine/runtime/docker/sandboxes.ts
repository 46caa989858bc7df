import { RuntimeError, type PodSandboxConfig, type PortMapping, type SandboxStatus } from "../types.ts";
import { containerName, engineTime, type DockerContext, type InspectedContainer } from "./engineTypes.ts";
import { isCode, unlessGone } from "./errors.ts";
import { imageStatus } from "./images.ts";
import { annotationLabels, label, podLabels, userAnnotations, userLabels, type Labels } from "./labels.ts";

/** Which namespaces of the engine's host a pod uses, or that its containers share one of their own. */
export type NamespaceChoice = "host-network" | "host-pid" | "host-ipc" | "shared-pid";

const startTimeoutMs = 120_000;

/** Creates and starts a sandbox; takes the one that is there when the same attempt was made before. */
export async function runSandbox(context: DockerContext, config: PodSandboxConfig): Promise<string> {
  const id = await createOrFind(context, config);
  try {
    await context.client.call({ method: "POST", path: `/containers/${id}/start`, timeoutMs: startTimeoutMs });
  } catch (error) {
    await unlessGone(context.client.call({ method: "DELETE", path: `/containers/${id}`, query: { force: true, v: true } }));
    throw error;
  }
  return id;
}

async function createOrFind(context: DockerContext, config: PodSandboxConfig): Promise<string> {
  const { metadata } = config;
  const name = containerName(context.clusterId, ["POD", metadata.name, metadata.namespace, metadata.uid, metadata.attempt]);
  const create = () =>
    context.client.call<{ Id: string }>({
      method: "POST",
      path: "/containers/create",
      query: { name },
      body: sandboxSpec(context, config),
      timeoutMs: startTimeoutMs,
    });
  try {
    return (await create()).Id;
  } catch (error) {
    if (isCode(error, "ImageNotFound") && (await findSandboxImage(context))) return (await create()).Id;
    if (!isCode(error, "AlreadyExists")) throw error;
    const existing = await context.client.call<InspectedContainer>({ path: `/containers/${name}/json` });
    const { Labels: labels } = existing.Config;
    if (labels[label.cluster] !== context.clusterId) throw error;
    if (labels[label.podIP] === config.podIP) return existing.Id;
    // What is left of a try with another address.
    await unlessGone(context.client.call({ method: "DELETE", path: `/containers/${existing.Id}`, query: { force: true, v: true } }));
    return (await create()).Id;
  }
}

/** The engine may know the image by another name: from now on by its id. False when it is absent. */
async function findSandboxImage(context: DockerContext): Promise<boolean> {
  const found = await imageStatus(context, context.sandboxImage);
  if (found) context.sandboxImage = found.id;
  return found !== undefined;
}

/** The body of `POST /containers/create` for a sandbox. */
export function sandboxSpec(context: DockerContext, config: PodSandboxConfig) {
  const addressed = !config.hostNetwork && config.podIP;
  return {
    Image: context.sandboxImage,
    Entrypoint: ["/pause"],
    ...(config.hostNetwork ? {} : { Hostname: config.hostname }),
    Labels: sandboxLabels(context, config),
    ExposedPorts: Object.fromEntries(config.portMappings.map((mapping) => [portKey(mapping), {}])),
    HostConfig: {
      NetworkMode: config.hostNetwork ? "host" : context.networkName,
      IpcMode: config.hostIPC ? "host" : "shareable",
      ...(config.hostPID ? { PidMode: "host" } : {}),
      LogConfig: { Type: "none" },
      PortBindings: portBindings(config.portMappings),
      ...(config.sysctls ? { Sysctls: config.sysctls } : {}),
      Mounts: (config.volumes ?? []).map((volume) => ({ Type: "volume", Source: volume, Target: `/volumes/${volume}` })),
      SecurityOpt: ["no-new-privileges"],
    },
    ...(addressed ? { NetworkingConfig: { EndpointsConfig: { [context.networkName]: { IPAMConfig: { IPv4Address: config.podIP } } } } } : {}),
  };
}

function sandboxLabels(context: DockerContext, config: PodSandboxConfig): Labels {
  const choices: NamespaceChoice[] = [];
  if (config.hostNetwork) choices.push("host-network");
  if (config.hostPID) choices.push("host-pid");
  if (config.hostIPC) choices.push("host-ipc");
  if (config.shareProcessNamespace && !config.hostPID) choices.push("shared-pid");
  return {
    ...config.labels,
    ...annotationLabels(config.annotations),
    ...podLabels(config.metadata),
    [label.cluster]: context.clusterId,
    [label.node]: config.node,
    [label.role]: "sandbox",
    [label.attempt]: String(config.metadata.attempt),
    [label.namespaces]: choices.join(","),
    ...(config.podIP && !config.hostNetwork ? { [label.podIP]: config.podIP } : {}),
  };
}

const portKey = (mapping: PortMapping): string => `${mapping.containerPort}/${mapping.protocol.toLowerCase()}`;

/** Host ports listen on loopback unless the pod names an address: a desktop does not serve its network unasked. */
function portBindings(mappings: PortMapping[]): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const mapping of mappings) {
    if (!mapping.hostPort) continue;
    (bindings[portKey(mapping)] ??= []).push({ HostIp: mapping.hostIP || "127.0.0.1", HostPort: String(mapping.hostPort) });
  }
  return bindings;
}

export const namespaceChoices = (labels: Labels): Set<string> => new Set((labels[label.namespaces] ?? "").split(",").filter(Boolean));

export function sandboxStatus(inspected: InspectedContainer): SandboxStatus {
  const { Labels: labels } = inspected.Config;
  const running = inspected.State.Status === "running";
  return {
    id: inspected.Id,
    metadata: {
      name: labels[label.podName] ?? "",
      namespace: labels[label.podNamespace] ?? "",
      uid: labels[label.podUid] ?? "",
      attempt: Number(labels[label.attempt] ?? 0),
    },
    node: labels[label.node] ?? "",
    state: running ? "ready" : "notready",
    createdAt: engineTime(inspected.Created) ?? 0,
    ...(labels[label.podIP] ? { podIP: labels[label.podIP] } : {}),
    ...(running && inspected.State.Pid ? { pid: inspected.State.Pid } : {}),
    labels: userLabels(labels),
    annotations: userAnnotations(labels),
  };
}

/** @throws RuntimeError NotFound when `id` is not a sandbox of this cluster. */
export function assertSandbox(context: DockerContext, inspected: InspectedContainer): void {
  const { Labels: labels } = inspected.Config;
  if (labels[label.cluster] !== context.clusterId || labels[label.role] !== "sandbox") {
    throw new RuntimeError("NotFound", `pod sandbox ${inspected.Id} is not of this cluster`);
  }
}
