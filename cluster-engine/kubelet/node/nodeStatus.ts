import { createHash } from "node:crypto";
import type { Node, NodeCondition, NodeStatus } from "../../../shared/kubernetes/types.ts";
import { rfc3339 } from "../../base/clock.ts";
import type { ImageStatus, RuntimeStatus, RuntimeVersion } from "../../runtime/types.ts";

export interface NodeFacts {
  nodeName: string;
  nodeIP: string;
  maxPods: number;
  kubeletVersion: string;
  version: RuntimeVersion;
  /** What is asked anew each time. */
  runtime: RuntimeStatus;
  images: ImageStatus[];
  now: number;
}

/** The kubelet reports so many images, the largest. */
const maxImages = 50;
/** Kept back from pods, as the default hard eviction thresholds do. */
const memoryReserve = 100 * 2 ** 20;
const diskShare = 0.9;

const kibibytes = (bytes: number): string => `${Math.floor(bytes / 1024)}Ki`;

/** Everything that a node reports of itself. Pure; condition times change only with their status. */
export function nodeStatus(facts: NodeFacts, old: NodeStatus | undefined): NodeStatus {
  const { nodeName, nodeIP, version, kubeletVersion } = facts;
  const id = createHash("sha256").update(nodeName).digest("hex");
  // Extended resources are advertised by others, in the capacity; the node offers all of them.
  const whole = { ...old?.capacity, ...capacity(facts) };
  return {
    ...old,
    addresses: [
      { type: "InternalIP", address: nodeIP },
      { type: "Hostname", address: nodeName },
    ],
    capacity: whole,
    allocatable: { ...whole, ...allocatable(facts) },
    conditions: conditions(facts, old?.conditions ?? []),
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    images: images(facts.images),
    nodeInfo: {
      machineID: id.slice(0, 32),
      systemUUID: uuid(id),
      bootID: uuid(id.slice(32)),
      kernelVersion: version.kernelVersion,
      osImage: version.osImage,
      containerRuntimeVersion: `${version.runtimeName}://${version.runtimeVersion}`,
      kubeletVersion,
      kubeProxyVersion: "",
      operatingSystem: version.os,
      architecture: version.architecture,
    },
  };
}

const uuid = (hex: string): string => [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");

function capacity({ version, maxPods }: NodeFacts): Record<string, string> {
  const { cpus, memoryBytes, diskBytes } = version.capacity;
  return {
    cpu: String(cpus),
    "ephemeral-storage": kibibytes(diskBytes),
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
    memory: kibibytes(memoryBytes),
    pods: String(maxPods),
  };
}

export function allocatable(facts: Pick<NodeFacts, "version" | "maxPods">): Record<string, string> {
  const { memoryBytes, diskBytes } = facts.version.capacity;
  return {
    ...capacity(facts as NodeFacts),
    "ephemeral-storage": String(Math.floor(diskBytes * diskShare)),
    memory: kibibytes(memoryBytes - memoryReserve),
  };
}

function conditions({ runtime, now }: NodeFacts, old: NodeCondition[]): NodeCondition[] {
  const ready = runtime.ready && runtime.networkReady;
  const problem = `container runtime ${runtime.ready ? "network" : "status"} not ready: ${[runtime.reason, runtime.message].filter(Boolean).join(": ")}`;
  const verdicts: [string, string, string, string][] = [
    ["MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"],
    ["DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
    ["PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"],
    ["Ready", ready ? "True" : "False", ready ? "KubeletReady" : "KubeletNotReady", ready ? "kubelet is posting ready status" : problem],
  ];
  const time = rfc3339(now);
  const own = verdicts.map(([type, status, reason, message]) => {
    const before = old.find((condition) => condition.type === type);
    return {
      type,
      status,
      reason,
      message,
      lastHeartbeatTime: time,
      lastTransitionTime: before?.status === status ? (before.lastTransitionTime ?? time) : time,
    };
  });
  return [...old.filter(({ type }) => !verdicts.some(([own]) => own === type)), ...own];
}

function images(all: ImageStatus[]): NonNullable<NodeStatus["images"]> {
  return all
    .map(({ repoTags, repoDigests, size }) => ({ names: [...repoDigests, ...repoTags].slice(0, 5), sizeBytes: size }))
    .filter(({ names }) => names.length > 0)
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, maxImages);
}

/** Labels by which a node is selected. */
export const nodeLabels = (nodeName: string, { architecture, os }: RuntimeVersion): Record<string, string> => ({
  "beta.kubernetes.io/arch": architecture,
  "beta.kubernetes.io/os": os,
  "kubernetes.io/arch": architecture,
  "kubernetes.io/hostname": nodeName,
  "kubernetes.io/os": os,
});

export const isNodeReady = (node: Node | undefined): boolean =>
  node?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
