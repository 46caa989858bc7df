import { connect } from "node:net";
import type { Duplex, Readable } from "node:stream";
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import {
  RuntimeError,
  type ContainerConfig,
  type ContainerResources,
  type ContainerRuntime,
  type ContainerStats,
  type ContainerStatus,
  type ImageAuth,
  type ImageStatus,
  type LogLine,
  type LogRequest,
  type PodSandboxConfig,
  type RuntimeEvent,
  type RuntimeStatus,
  type RuntimeVersion,
  type SandboxStatus,
  type StreamOptions,
} from "../types.ts";
import { containerSpec, containerStatus, resourceSpec, type SandboxFacts } from "./containers.ts";
import type { EngineClient } from "./engineClient.ts";
import type { DockerContext } from "./engineTypes.ts";
import { engineError, isCode, unlessGone } from "./errors.ts";
import { events } from "./events.ts";
import { attach, exec, execSync } from "./execution.ts";
import { removeHelper, runHelper } from "./helpers.ts";
import { giveHostPathToGroup, removeHostPath } from "./hostFiles.ts";
import { imageStatus, listImages, loadImage, pullImage } from "./images.ts";
import { Inventory } from "./inventory.ts";
import { label } from "./labels.ts";
import { logs } from "./logs.ts";
import { ensurePodNetwork, helperAddress, removePodNetwork, type PodNetwork } from "./network.ts";
import { assertSandbox, runSandbox, sandboxStatus } from "./sandboxes.ts";
import { stats } from "./stats.ts";
import { createVolume, listVolumes, removeVolume } from "./volumes.ts";

export interface DockerRuntimeOptions {
  client: EngineClient;
  clusterId: string;
  clock: Clock;
  log: Log;
  sandboxImage: string;
  /** Reaches pod addresses where this process can't, e.g. through a tunnel into the engine's machine. */
  dialPod?: (host: string, port: number) => Promise<Duplex>;
}

interface EngineInfo {
  Name: string;
  NCPU: number;
  MemTotal: number;
  KernelVersion: string;
  OperatingSystem: string;
  OSType: string;
  Architecture: string;
  ServerVersion: string;
}

const goArchitecture: Record<string, string> = { x86_64: "amd64", aarch64: "arm64", armv7l: "arm", i686: "386" };
/** What nodes offer where the engine tells nothing of its disk. */
const assumedDiskBytes = 100 * 2 ** 30;
const dialTimeoutMs = 30_000;

/** The container runtime over the Docker Engine API: Docker Engine, Docker Desktop, Podman. */
export class DockerRuntime implements ContainerRuntime {
  readonly #context: DockerContext;
  readonly #inventory: Inventory;
  readonly #dial: (host: string, port: number) => Promise<Duplex>;
  readonly #closed = new AbortController();
  /** Labels of the sandboxes that containers are being made in. */
  readonly #sandboxes = new Map<string, SandboxFacts>();
  #network: Promise<PodNetwork> | undefined;
  #version: Promise<RuntimeVersion> | undefined;
  #stats: Promise<ContainerStats[]> | undefined;

  constructor(options: DockerRuntimeOptions) {
    const { client, clusterId, clock, log, sandboxImage } = options;
    this.#context = { client, clusterId, clock, log, sandboxImage, isPodman: false, networkName: `wherry-${clusterId}` };
    this.#inventory = new Inventory(this.#context);
    this.#dial = options.dialPod ?? ((host, port) => dialTcp(clock, host, port));
  }

  version(): Promise<RuntimeVersion> {
    return (this.#version ??= this.#readVersion().catch((error: unknown) => {
      this.#version = undefined;
      throw error;
    }));
  }

  async #readVersion(): Promise<RuntimeVersion> {
    const [info, version] = await Promise.all([
      this.#context.client.call<EngineInfo>({ path: "/info" }),
      this.#context.client.call<{ Components?: { Name: string }[] }>({ path: "/version" }),
    ]);
    const podman = version.Components?.some((component) => /podman/i.test(component.Name)) ?? false;
    this.#context.isPodman = podman;
    return {
      runtimeName: podman ? "podman" : "docker",
      runtimeVersion: info.ServerVersion,
      os: info.OSType || "linux",
      architecture: goArchitecture[info.Architecture] ?? info.Architecture,
      kernelVersion: info.KernelVersion,
      osImage: info.OperatingSystem,
      capacity: { cpus: info.NCPU, memoryBytes: info.MemTotal, diskBytes: assumedDiskBytes },
    };
  }

  async status(): Promise<RuntimeStatus> {
    try {
      await this.#context.client.call({ path: "/version", timeoutMs: 5_000 });
    } catch (error) {
      return { ready: false, networkReady: false, reason: "ContainerRuntimeUnavailable", message: (error as Error).message };
    }
    try {
      await this.podNetwork();
    } catch (error) {
      return { ready: true, networkReady: false, reason: "NetworkPluginNotReady", message: (error as Error).message };
    }
    return { ready: true, networkReady: true };
  }

  podNetwork(): Promise<PodNetwork> {
    return (this.#network ??= this.#ensureNetwork().catch((error: unknown) => {
      this.#network = undefined;
      throw error;
    }));
  }

  async #ensureNetwork(): Promise<PodNetwork> {
    await this.version();
    return ensurePodNetwork(this.#context);
  }

  async runPodSandbox(config: PodSandboxConfig): Promise<string> {
    if (!config.hostNetwork) await this.podNetwork();
    return runSandbox(this.#context, config);
  }

  async stopPodSandbox(id: string): Promise<void> {
    await this.#eachContainerOf(id, (container) => this.#kill(container));
    await this.#kill(id);
  }

  async removePodSandbox(id: string): Promise<void> {
    await this.#eachContainerOf(id, (container) => this.removeContainer(container));
    await this.removeContainer(id);
    this.#sandboxes.delete(id);
  }

  async podSandboxStatus(id: string): Promise<SandboxStatus> {
    const inspected = await this.#inventory.inspect(id);
    assertSandbox(this.#context, inspected);
    return sandboxStatus(inspected);
  }

  async listPodSandboxes(filter: { node?: string; podUid?: string } = {}): Promise<SandboxStatus[]> {
    return (await this.#inventory.list({ role: "sandbox", ...filter })).map(sandboxStatus);
  }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    const { name, body } = containerSpec(this.#context, await this.#sandboxFacts(sandboxId), config);
    const create = () =>
      this.#context.client.call<{ Id: string }>({ method: "POST", path: "/containers/create", query: { name }, body, timeoutMs: 120_000 });
    try {
      return (await create()).Id;
    } catch (error) {
      if (!isCode(error, "AlreadyExists")) throw error;
      await this.#removeLeftover(name);
      return (await create()).Id;
    }
  }

  async startContainer(id: string): Promise<void> {
    this.#inventory.forget(id);
    await this.#context.client.call({ method: "POST", path: `/containers/${id}/start`, timeoutMs: 120_000 });
  }

  async stopContainer(id: string, graceSeconds: number): Promise<void> {
    this.#inventory.forget(id);
    if (graceSeconds <= 0) return this.#kill(id);
    await unlessGone(
      this.#context.client.call({
        method: "POST",
        path: `/containers/${id}/stop`,
        query: { t: Math.ceil(graceSeconds) },
        timeoutMs: (graceSeconds + 60) * 1000,
      }),
    );
  }

  async removeContainer(id: string): Promise<void> {
    this.#inventory.forget(id);
    try {
      await unlessGone(
        this.#context.client.call({ method: "DELETE", path: `/containers/${id}`, query: { force: true, v: true }, timeoutMs: 60_000 }),
      );
    } catch (error) {
      if (!/already in progress/.test((error as Error).message)) throw error;
    }
  }

  async containerStatus(id: string): Promise<ContainerStatus> {
    return containerStatus(await this.#inventory.inspect(id));
  }

  async listContainers(filter: { node?: string; sandboxId?: string; podUid?: string } = {}): Promise<ContainerStatus[]> {
    return (await this.#inventory.list({ role: "container", ...filter })).map(containerStatus);
  }

  async updateContainerResources(id: string, resources: ContainerResources): Promise<void> {
    const { OomScoreAdj: _, ...body } = resourceSpec(resources);
    await this.#context.client.call({ method: "POST", path: `/containers/${id}/update`, body });
  }

  execSync(id: string, command: string[], timeoutMs: number): Promise<{ stdout: Buffer; stderr: Buffer; exitCode: number }> {
    return execSync(this.#context, id, command, timeoutMs);
  }

  exec(id: string, command: string[], streams: StreamOptions): Promise<number> {
    return exec(this.#context, id, command, streams);
  }

  async attach(id: string, streams: StreamOptions): Promise<void> {
    const { Config } = await this.#inventory.known(id);
    return attach(this.#context, id, Config.Tty, streams);
  }

  async portForward(sandboxId: string, port: number): Promise<Duplex> {
    const { labels } = await this.#sandboxFacts(sandboxId);
    return this.#dial(labels[label.podIP] ?? "127.0.0.1", port);
  }

  async *logs(id: string, request: LogRequest): AsyncGenerator<LogLine> {
    const { Config } = await this.#inventory.known(id);
    yield* logs(this.#context, id, Config.Tty, request);
  }

  /** Nodes that ask at the same moment share one answer. */
  stats(): Promise<ContainerStats[]> {
    return (this.#stats ??= this.#readStats().finally(() => (this.#stats = undefined)));
  }

  async #readStats(): Promise<ContainerStats[]> {
    return stats(this.#context, await this.#inventory.names({ role: "container", running: true }));
  }

  pullImage(image: string, auth?: ImageAuth): Promise<string> {
    return pullImage(this.#context, image, auth);
  }

  imageStatus(image: string): Promise<ImageStatus | undefined> {
    return imageStatus(this.#context, image);
  }

  listImages(): Promise<ImageStatus[]> {
    return listImages(this.#context);
  }

  async removeImage(image: string): Promise<void> {
    await this.#context.client.call({ method: "DELETE", path: `/images/${image}` }).catch((error: unknown) => {
      if (!isCode(error, "ImageNotFound", "NotFound")) throw error;
    });
  }

  loadImage(archive: Readable): Promise<void> {
    return loadImage(this.#context, archive);
  }

  createVolume(name: string, options: { medium?: "Memory"; sizeLimitBytes?: number; labels: Record<string, string> }): Promise<void> {
    return createVolume(this.#context, name, options);
  }

  removeVolume(name: string): Promise<void> {
    return removeVolume(this.#context, name);
  }

  listVolumes(filter: { podUid?: string }): Promise<{ name: string; labels: Record<string, string> }[]> {
    return listVolumes(this.#context, filter);
  }

  removeHostPath(path: string): Promise<void> {
    return removeHostPath(this.#context, path);
  }

  giveHostPathToGroup(path: string, group: number): Promise<void> {
    return giveHostPathToGroup(this.#context, path, group);
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    return events(this.#context, AbortSignal.any([signal, this.#closed.signal]), (id) => this.#inventory.forget(id));
  }

  readonly helpers = {
    run: async (config: Parameters<typeof runHelper>[1]) => {
      const network = config.hostNetwork ? undefined : await this.podNetwork();
      return runHelper(this.#context, config, network && this.#context.isPodman ? helperAddress(network) : undefined);
    },
    remove: (name: string) => removeHelper(this.#context, name),
  };

  async purge(): Promise<void> {
    // Members before the sandboxes that they depend on.
    for (const role of ["container", "sandbox", undefined]) {
      const containers = await this.#inventory.names({ role });
      await Promise.all(containers.map((container) => this.removeContainer(container.Id)));
    }
    const volumes = await listVolumes(this.#context, {});
    await Promise.all(volumes.map((volume) => removeVolume(this.#context, volume.name)));
    await removePodNetwork(this.#context);
    this.#network = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new RuntimeError("Unavailable", "the container runtime is closed"));
    this.#context.client.close();
  }

  async #sandboxFacts(id: string): Promise<SandboxFacts> {
    const known = this.#sandboxes.get(id);
    if (known) return known;
    const inspected = await this.#inventory.known(id);
    assertSandbox(this.#context, inspected);
    const facts = { id: inspected.Id, labels: inspected.Config.Labels };
    this.#sandboxes.set(id, facts);
    return facts;
  }

  async #eachContainerOf(sandboxId: string, work: (id: string) => Promise<void>): Promise<void> {
    const containers = await this.#inventory.names({ role: "container", sandboxId });
    await Promise.all(containers.map((container) => work(container.Id)));
  }

  async #kill(id: string): Promise<void> {
    this.#inventory.forget(id);
    try {
      await unlessGone(this.#context.client.call({ method: "POST", path: `/containers/${id}/kill` }));
    } catch (error) {
      if (!/is not running|can only kill running/i.test((error as Error).message)) throw error;
    }
  }

  /** A container of this name that an earlier attempt made and never started. */
  async #removeLeftover(name: string): Promise<void> {
    const leftover = await this.#inventory.inspect(name);
    if (leftover.Config.Labels[label.cluster] !== this.#context.clusterId || leftover.State.Running) {
      throw new RuntimeError("AlreadyExists", `container ${name} exists`);
    }
    await this.removeContainer(leftover.Id);
  }
}

function dialTcp(clock: Clock, host: string, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const timer = clock.after(dialTimeoutMs, () => socket.destroy(new RuntimeError("DeadlineExceeded", `dial tcp ${host}:${port}: i/o timeout`)));
    socket.once("error", (error) => {
      timer[Symbol.dispose]();
      reject(
        /ECONNREFUSED/.test(error.message)
          ? new RuntimeError("Unavailable", `dial tcp ${host}:${port}: connect: connection refused`, { cause: error })
          : engineError(error),
      );
    });
    socket.once("connect", () => {
      timer[Symbol.dispose]();
      resolve(socket);
    });
  });
}
