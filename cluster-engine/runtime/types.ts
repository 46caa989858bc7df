import type { Duplex, Readable, Writable } from "node:stream";

// The container runtime bridge, in CRI's terms (k8s.io/cri-api, runtime/v1). Times are ms since the epoch unless said
// otherwise; sizes are bytes. Every call has a deadline inside the adapter and throws RuntimeError.

export interface RuntimeVersion {
  /** `docker`, `podman`, `simulated`. */
  runtimeName: string;
  runtimeVersion: string;
  /** `linux`. */
  os: string;
  /** Go's name: `amd64`. */
  architecture: string;
  kernelVersion: string;
  osImage: string;
  /** What the engine's machine offers to pods. */
  capacity: { cpus: number; memoryBytes: number; diskBytes: number };
}

export interface RuntimeStatus {
  ready: boolean;
  networkReady: boolean;
  reason?: string;
  message?: string;
}

/** Names a pod; the adapter stores these as labels io.kubernetes.* with the node's name, and adopts by them. */
export interface SandboxMetadata {
  name: string;
  namespace: string;
  uid: string;
  attempt: number;
}

export interface PortMapping {
  containerPort: number;
  hostPort: number;
  protocol: "TCP" | "UDP";
  hostIP?: string;
}

export interface PodSandboxConfig {
  metadata: SandboxMetadata;
  /** The node it belongs to: several nodes share one engine. */
  node: string;
  hostname: string;
  /** Fixed address inside the node's pod CIDR; absent with host network. */
  podIP?: string;
  hostNetwork: boolean;
  hostPID?: boolean;
  hostIPC?: boolean;
  shareProcessNamespace?: boolean;
  dns?: { servers: string[]; searches: string[]; options: string[] };
  hostAliases?: { ip: string; hostnames: string[] }[];
  portMappings: PortMapping[];
  sysctls?: Record<string, string>;
  /** Volumes made by the runtime that must live as long as the sandbox, even while no container mounts them. */
  volumes?: string[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface SandboxStatus {
  id: string;
  metadata: SandboxMetadata;
  node: string;
  state: "ready" | "notready";
  createdAt: number;
  podIP?: string;
  /** Process id in the engine's pid namespace: gives the network namespace. Absent where there is none (simulated). */
  pid?: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface Mount {
  /** A path on the engine's host, or the name of a volume made by the runtime. */
  source: { hostPath: string } | { volume: string; subPath?: string };
  containerPath: string;
  readOnly: boolean;
  propagation?: "private" | "rslave" | "rshared";
}

export interface ContainerResources {
  /** CFS weight, from the CPU request. */
  cpuShares?: number;
  cpuQuota?: number;
  cpuPeriod?: number;
  memoryLimitBytes?: number;
  oomScoreAdj?: number;
}

export interface SecurityContextConfig {
  privileged?: boolean;
  readOnlyRootFilesystem?: boolean;
  runAsUser?: number;
  runAsGroup?: number;
  supplementalGroups?: number[];
  capabilitiesAdd?: string[];
  capabilitiesDrop?: string[];
  noNewPrivileges?: boolean;
  /** `unconfined`, `runtime/default` or a profile's path on the engine's host. */
  seccomp?: string;
}

export interface ContainerConfig {
  metadata: { name: string; attempt: number };
  /** As the user named it. */
  image: string;
  /** The id that the image resolved to. */
  imageId: string;
  command: string[];
  args: string[];
  workingDir?: string;
  env: { name: string; value: string }[];
  mounts: Mount[];
  stdin: boolean;
  stdinOnce: boolean;
  tty: boolean;
  resources: ContainerResources;
  security: SecurityContextConfig;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Sent on stop instead of SIGTERM. */
  stopSignal?: string;
}

export interface ContainerStatus {
  id: string;
  sandboxId: string;
  metadata: { name: string; attempt: number };
  state: "created" | "running" | "exited" | "unknown";
  createdAt: number;
  startedAt?: number;
  finishedAt?: number;
  exitCode?: number;
  /** `Completed`, `Error`, `OOMKilled`, `ContainerCannotRun`, … */
  reason?: string;
  message?: string;
  image: string;
  imageId: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface ContainerStats {
  containerId: string;
  timestamp: number;
  cpuUsageNanoSeconds: number;
  memoryWorkingSetBytes: number;
}

export interface ImageStatus {
  id: string;
  repoTags: string[];
  repoDigests: string[];
  size: number;
  /** From the image's own configuration. */
  user?: string;
  /** Go's name: `arm64`. */
  architecture: string;
  exposedPorts: string[];
}

export interface ImageAuth {
  username?: string;
  password?: string;
  serverAddress?: string;
  identityToken?: string;
}

export interface StreamOptions {
  stdin?: Readable;
  stdout?: Writable;
  /** Absent with a TTY. */
  stderr?: Writable;
  tty: boolean;
  onResize?(listener: (size: { width: number; height: number }) => void): void;
  signal: AbortSignal;
}

export interface LogRequest {
  follow: boolean;
  tailLines?: number;
  /** ms since the epoch. */
  since?: number;
  signal: AbortSignal;
}

/** One line, without its newline. `partial` when the runtime split a long line. */
export interface LogLine {
  /** RFC 3339 with nanoseconds. */
  time: string;
  stream: "stdout" | "stderr";
  content: Buffer;
  partial: boolean;
}

export interface RuntimeEvent {
  /** `lost`/`restored`: the connection to the engine; after `restored` list everything anew. */
  type: "started" | "exited" | "removed" | "oom" | "sandbox" | "lost" | "restored";
  containerId?: string;
  sandboxId?: string;
  podUid?: string;
  node?: string;
}

/** A privileged long-lived helper container of our own (the network agent). */
export interface HelperConfig {
  name: string;
  image: string;
  command: string[];
  env: Record<string, string>;
  hostNetwork: boolean;
  hostPID: boolean;
  capabilities: string[];
  /** Container ports (TCP) published on 127.0.0.1 at free ports; empty with host network. */
  ports: number[];
  labels: Record<string, string>;
}

export interface Helper {
  id: string;
  /** Where the helper's TCP port is reached from this process. */
  address(port: number): { host: string; port: number };
}

export type RuntimeErrorCode =
  | "NotFound"
  | "AlreadyExists"
  | "ImageNotFound"
  | "ImagePull"
  | "RegistryAuth"
  | "InvalidArgument"
  | "Unavailable"
  | "DeadlineExceeded"
  | "Unknown";

export class RuntimeError extends Error {
  override name = "RuntimeError";
  readonly code: RuntimeErrorCode;

  constructor(code: RuntimeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface ContainerRuntime extends AsyncDisposable {
  version(): Promise<RuntimeVersion>;
  status(): Promise<RuntimeStatus>;
  /** Creates and starts the sandbox. Idempotent per metadata and attempt. */
  runPodSandbox(config: PodSandboxConfig): Promise<string>;
  /** Stops its containers too. Idempotent. */
  stopPodSandbox(id: string): Promise<void>;
  /** Removes its containers too. Idempotent. */
  removePodSandbox(id: string): Promise<void>;
  podSandboxStatus(id: string): Promise<SandboxStatus>;
  /** Only sandboxes that Wherry made for this cluster. */
  listPodSandboxes(filter?: { node?: string; podUid?: string }): Promise<SandboxStatus[]>;
  createContainer(sandboxId: string, config: ContainerConfig): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** Stop signal, then SIGKILL after `graceSeconds`. Idempotent. */
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  containerStatus(id: string): Promise<ContainerStatus>;
  listContainers(filter?: { node?: string; sandboxId?: string; podUid?: string }): Promise<ContainerStatus[]>;
  updateContainerResources(id: string, resources: ContainerResources): Promise<void>;
  execSync(id: string, command: string[], timeoutMs: number): Promise<{ stdout: Buffer; stderr: Buffer; exitCode: number }>;
  exec(id: string, command: string[], streams: StreamOptions): Promise<number>;
  attach(id: string, streams: StreamOptions): Promise<void>;
  /** A connection to a TCP port in the sandbox's network namespace. */
  portForward(sandboxId: string, port: number): Promise<Duplex>;
  /** A connection to an address of the pod network. Absent where pods have a real one: the network dials there. */
  dialPod?(address: string, port: number): Promise<Duplex>;
  logs(id: string, request: LogRequest): AsyncIterable<LogLine>;
  /** Running containers of this cluster; those of other nodes may be left out when `node` is given. */
  stats(filter?: { node?: string }): Promise<ContainerStats[]>;
  pullImage(image: string, auth?: ImageAuth): Promise<string>;
  /** Undefined when it is absent. */
  imageStatus(image: string): Promise<ImageStatus | undefined>;
  listImages(): Promise<ImageStatus[]>;
  removeImage(image: string): Promise<void>;
  /** Adds the images of an archive as `docker save` writes it, gzipped or not. Absent where images need no bytes (simulated). */
  loadImage?(archive: Readable): Promise<void>;
  /** A memory-backed or engine-side volume, shared by the containers of a pod. Idempotent. */
  createVolume(name: string, options: { medium?: "Memory"; sizeLimitBytes?: number; labels: Record<string, string> }): Promise<void>;
  removeVolume(name: string): Promise<void>;
  listVolumes(filter: { podUid?: string }): Promise<{ name: string; labels: Record<string, string> }[]>;
  /** Removes a folder of this machine with what containers wrote there as another user. Absent where containers write nothing. */
  removeHostPath?(path: string): Promise<void>;
  /** Gives such a folder with all its files to a group, which may then write there. Absent as `removeHostPath` is. */
  giveHostPathToGroup?(path: string, group: number): Promise<void>;
  /** Events of other nodes may be left out when `node` is given. */
  events(signal: AbortSignal, filter?: { node?: string }): AsyncIterable<RuntimeEvent>;
  /**
   * Address range of this cluster's pods, inside 10.244.0.0/15 and used by no other network: a /20 on a container engine,
   * so that many clusters fit beside each other, a /16 without one, wider for more than 256 nodes. The gateway is its first address. Nodes get a /24 each.
   */
  podNetwork(): Promise<{ cidr: string; gateway: string }>;
  /** Undefined where pods have no real network (simulated). */
  readonly helpers?: {
    /** Takes the running helper when its configuration is the same, else replaces it. */
    run(config: HelperConfig): Promise<Helper>;
    remove(name: string): Promise<void>;
  };
  /** Removes everything of this cluster: sandboxes, containers, helpers, volumes, the network. */
  purge(): Promise<void>;
}

/** What runs the pods, and what was looked for. */
export interface RuntimeReport {
  name: string;
  version: string;
  simulated: boolean;
  /** Each engine that was tried, with the reason when it can't be used. */
  candidates: { name: string; address: string; problem?: string }[];
}
