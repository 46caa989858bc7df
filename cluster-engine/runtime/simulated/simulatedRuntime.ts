import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import { sleep, type Clock } from "../../base/clock.ts";
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
import { ContainerLog } from "./containerLog.ts";
import { EventHub } from "./eventHub.ts";
import { ImageStore } from "./imageStore.ts";
import { Inventory } from "./inventory.ts";
import { defaultKnobs, type Knobs, type Operation } from "./knobs.ts";
import type { Server } from "./process.ts";
import { Killed, live, type Machine, playExec, type ProcessStreams, type Sandbox, serverOf, type SimulatedContainer } from "./processes.ts";
import { lifeScriptOf } from "./lifeScript.ts";
import { simulatedConnection } from "./server.ts";
import { Stop } from "./stop.ts";
import { UsageMeters } from "./usage.ts";
import { VolumeStore } from "./volumeStore.ts";

/** A container runtime that runs nothing: pods live scripted lives in memory. It does what the port says in all else. */
export class SimulatedRuntime implements ContainerRuntime {
  readonly knobs: Knobs = defaultKnobs();
  readonly images = new ImageStore();
  readonly #clock: Clock;
  readonly #clusterId: string;
  readonly #inventory = new Inventory();
  readonly #meters = new UsageMeters();
  readonly #volumes = new VolumeStore();
  readonly #events = new EventHub();
  readonly #closed = new AbortController();
  readonly #network: { cidr: string; gateway: string };
  #created = 0;

  constructor(options: { clusterId: string; clock: Clock; nodes?: number }) {
    this.#clusterId = options.clusterId;
    this.#network = networkFor(options.nodes ?? 1);
    this.#clock = options.clock;
  }

  async version(): Promise<RuntimeVersion> {
    this.#failIfTold("version", "");
    return {
      runtimeName: "simulated",
      runtimeVersion: "1.0.0",
      os: "linux",
      architecture: "amd64",
      kernelVersion: "simulated",
      osImage: "Simulated: no containers run",
      capacity: { cpus: 8, memoryBytes: 32 * 2 ** 30, diskBytes: 100 * 2 ** 30 },
    };
  }

  async status(): Promise<RuntimeStatus> {
    return { ready: true, networkReady: true };
  }

  async podNetwork(): Promise<{ cidr: string; gateway: string }> {
    return this.#network;
  }

  async runPodSandbox(config: PodSandboxConfig): Promise<string> {
    this.#failIfTold("runPodSandbox", config.metadata.name);
    const { metadata } = config;
    const ofPod = this.#inventory.sandboxes({ node: config.node, podUid: metadata.uid });
    const same = ofPod.find(({ config: other }) => other.metadata.attempt === metadata.attempt);
    if (same?.status.state === "ready" && same.config.podIP === config.podIP) return same.status.id;
    if (same) await this.removePodSandbox(same.status.id);
    if (this.knobs.sandboxStartMs) await sleep(this.#clock, this.knobs.sandboxStartMs, this.#closed.signal);
    const id = this.#newId();
    const { labels, annotations, node, podIP } = config;
    const sandbox: Sandbox = {
      config,
      status: { id, metadata, node, state: "ready", createdAt: this.#clock.now(), ...(podIP ? { podIP } : {}), labels, annotations },
    };
    this.#inventory.addSandbox(sandbox);
    this.#emitSandbox(sandbox);
    return id;
  }

  async stopPodSandbox(id: string): Promise<void> {
    const sandbox = this.#inventory.findSandbox(id);
    if (!sandbox) return;
    await Promise.all(this.#inventory.containers({ sandboxId: id }).map((container) => this.#kill(container, 137)));
    if (sandbox.status.state === "notready") return;
    sandbox.status = { ...sandbox.status, state: "notready" };
    this.#emitSandbox(sandbox);
  }

  async removePodSandbox(id: string): Promise<void> {
    await this.stopPodSandbox(id);
    await Promise.all(this.#inventory.containers({ sandboxId: id }).map((container) => this.removeContainer(container.status.id)));
    const sandbox = this.#inventory.findSandbox(id);
    if (!sandbox) return;
    this.#emitSandbox(sandbox);
    this.#inventory.removeSandbox(sandbox);
  }

  async podSandboxStatus(id: string): Promise<SandboxStatus> {
    return this.#inventory.sandbox(id).status;
  }

  async listPodSandboxes(filter: { node?: string; podUid?: string } = {}): Promise<SandboxStatus[]> {
    return this.#inventory.sandboxes(filter).map(({ status }) => status);
  }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    this.#failIfTold("createContainer", config.metadata.name);
    const sandbox = this.#inventory.sandbox(sandboxId);
    if (!this.images.status(config.imageId || config.image)) throw new RuntimeError("ImageNotFound", `No such image: ${config.image}`);
    const script = lifeScriptOf(sandbox.config.annotations, config.metadata.name);
    const id = this.#newId();
    const { metadata, image, imageId, annotations } = config;
    const labels = {
      ...config.labels,
      ...podLabels(sandbox.config),
      "io.kubernetes.container.name": metadata.name,
      "io.kubernetes.container.restart-count": String(metadata.attempt),
    };
    const status: ContainerStatus = { id, sandboxId, metadata, state: "created", createdAt: this.#clock.now(), image, imageId, labels, annotations };
    this.#inventory.addContainer({
      status,
      config,
      resources: config.resources,
      sandbox,
      log: new ContainerLog(),
      stop: new Stop(),
      ended: Promise.resolve(),
      ...(script ? { script } : {}),
    });
    return id;
  }

  async startContainer(id: string): Promise<void> {
    const container = this.#inventory.container(id);
    try {
      this.#failIfTold("startContainer", container.config.metadata.name);
    } catch (error) {
      const now = this.#clock.now();
      container.status = {
        ...container.status,
        state: "exited",
        exitCode: 128,
        reason: "StartError",
        message: (error as Error).message,
        finishedAt: now,
      };
      throw error;
    }
    if (container.script?.startDelayMs) await sleep(this.#clock, container.script.startDelayMs, this.#closed.signal);
    container.status = { ...container.status, state: "running", startedAt: this.#clock.now() };
    container.ended = this.#live(container);
    this.#emit("started", container);
  }

  async stopContainer(id: string, graceSeconds: number): Promise<void> {
    const container = this.#inventory.findContainer(id);
    if (container?.status.state !== "running") return;
    this.#failIfTold("stopContainer", container.config.metadata.name);
    const onTerminate = graceSeconds > 0 ? this.knobs.onTerminate(container.config) : 137;
    if (onTerminate !== undefined && !(graceSeconds > 0 && container.trap?.signal())) return this.#kill(container, onTerminate);
    const overdue = new AbortController();
    await Promise.race([sleep(this.#clock, graceSeconds * 1000, overdue.signal).catch(() => {}), container.ended]);
    overdue.abort();
    await this.#kill(container, 137);
  }

  async removeContainer(id: string): Promise<void> {
    const container = this.#inventory.findContainer(id);
    if (!container) return;
    await this.#kill(container, 137);
    container.log.end();
    this.#inventory.removeContainer(container);
    this.#emit("removed", container);
  }

  async containerStatus(id: string): Promise<ContainerStatus> {
    return this.#inventory.container(id).status;
  }

  async listContainers(filter: { node?: string; sandboxId?: string; podUid?: string } = {}): Promise<ContainerStatus[]> {
    return this.#inventory.containers(filter).map(({ status }) => status);
  }

  async updateContainerResources(id: string, resources: ContainerResources): Promise<void> {
    const container = this.#inventory.container(id);
    container.resources = { ...container.resources, ...resources };
  }

  async execSync(id: string, command: string[], timeoutMs: number): Promise<{ stdout: Buffer; stderr: Buffer; exitCode: number }> {
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const deadline = new AbortController();
    const timer = this.#clock.after(timeoutMs, () =>
      deadline.abort(
        new RuntimeError("DeadlineExceeded", `command timed out: ${JSON.stringify(command.join(" "))} timed out after ${timeoutMs / 1000}s`),
      ),
    );
    try {
      const exitCode = await this.#exec(id, command, { signal: deadline.signal, write: (stream, text) => output[stream].push(Buffer.from(text)) });
      return { stdout: Buffer.concat(output.stdout), stderr: Buffer.concat(output.stderr), exitCode };
    } finally {
      timer[Symbol.dispose]();
    }
  }

  async exec(id: string, command: string[], streams: StreamOptions): Promise<number> {
    const { stdin, stdout, stderr, tty, signal } = streams;
    return this.#exec(id, command, {
      signal,
      ...(stdin ? { stdin } : {}),
      write: (stream, text) => (stream === "stdout" || tty ? stdout : stderr)?.write(text),
    });
  }

  async attach(id: string, streams: StreamOptions): Promise<void> {
    const container = this.#inventory.container(id);
    const until = AbortSignal.any([streams.signal, container.stop.signal]);
    for await (const line of container.log.read({ follow: true, tailLines: 0, signal: until })) {
      const target = line.stream === "stdout" || streams.tty ? streams.stdout : streams.stderr;
      target?.write(line.partial ? line.content : Buffer.concat([line.content, Buffer.from("\n")]));
    }
  }

  async portForward(sandboxId: string, port: number): Promise<Duplex> {
    const sandbox = this.#inventory.sandbox(sandboxId);
    this.#failIfTold("portForward", sandbox.config.metadata.name);
    return this.#connect(sandbox, sandbox.config.podIP ?? "127.0.0.1", port);
  }

  async dialPod(address: string, port: number): Promise<Duplex> {
    return this.#connect(this.#inventory.sandboxAt(address), address, port);
  }

  #connect(sandbox: Sandbox | undefined, address: string, port: number): Duplex {
    const server = this.#listener(sandbox, port);
    if (!server) throw new RuntimeError("Unavailable", `dial tcp ${address}:${port}: connect: connection refused`);
    return simulatedConnection(server);
  }

  logs(id: string, request: LogRequest): AsyncIterable<LogLine> {
    return this.#inventory.container(id).log.read(request);
  }

  async stats(filter: { node?: string } = {}): Promise<ContainerStats[]> {
    const now = this.#clock.now();
    return this.#inventory
      .containers(filter)
      .filter(({ status }) => status.state === "running")
      .map(({ status, meter }) => ({
        containerId: status.id,
        timestamp: now,
        cpuUsageNanoSeconds: meter!.cpuUntil(now),
        memoryWorkingSetBytes: meter!.memoryAt(now),
      }));
  }

  async pullImage(image: string, auth?: ImageAuth): Promise<string> {
    return this.images.pull(image, auth);
  }

  async imageStatus(image: string): Promise<ImageStatus | undefined> {
    return this.images.status(image);
  }

  async listImages(): Promise<ImageStatus[]> {
    return this.images.list();
  }

  async removeImage(image: string): Promise<void> {
    this.images.remove(image);
  }

  async createVolume(name: string, options: { labels: Record<string, string> }): Promise<void> {
    this.#volumes.create(name, options.labels);
  }

  async removeVolume(name: string): Promise<void> {
    this.#volumes.remove(name);
  }

  async listVolumes({ podUid }: { podUid?: string }): Promise<{ name: string; labels: Record<string, string> }[]> {
    return this.#volumes.list().filter(({ labels }) => podUid === undefined || labels["io.kubernetes.pod.uid"] === podUid);
  }

  events(signal: AbortSignal, filter: { node?: string } = {}): AsyncIterable<RuntimeEvent> {
    return this.#events.subscribe(AbortSignal.any([signal, this.#closed.signal]), filter.node);
  }

  async purge(): Promise<void> {
    await Promise.all(this.#inventory.sandboxes().map(({ status }) => this.removePodSandbox(status.id)));
    for (const { name } of this.#volumes.list()) this.#volumes.remove(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new RuntimeError("Unavailable", "the container runtime is closed"));
    await Promise.all(this.#inventory.containers().map((container) => this.#kill(container, 137)));
  }

  /** Ends a running container as a crash or a kill from outside would. */
  async crash(id: string, exitCode: number): Promise<void> {
    await this.#kill(this.#inventory.container(id), exitCode);
  }

  /** What a container was created with. */
  configOf(id: string): ContainerConfig {
    return this.#inventory.container(id).config;
  }

  /** Tells an event as the engine would: a lost connection, a container of no consequence. */
  report(event: RuntimeEvent): void {
    this.#events.emit(event);
  }

  async #live(container: SimulatedContainer): Promise<void> {
    const counted = this.#meters.start(container);
    const exitCode = await live(container, this.#machine());
    counted.end(this.#clock.now());
    container.log.end();
    container.status = {
      ...container.status,
      state: "exited",
      exitCode,
      finishedAt: this.#clock.now(),
      reason: container.endReason ?? (exitCode === 0 ? "Completed" : "Error"),
    };
    container.stop.abort();
    this.#emit("exited", container);
  }

  #listener(sandbox: Sandbox | undefined, port: number): Server | undefined {
    return sandbox && serverOf(this.#inventory.containers({ sandboxId: sandbox.status.id }), sandbox, port, this.#machine());
  }

  #machine(): Machine {
    return {
      knobs: this.knobs,
      clock: this.#clock,
      volume: (name) => this.#volumes.files(name),
      listener: (address, port) => this.#listener(this.#inventory.sandboxAt(address), port),
    };
  }

  async #exec(id: string, command: string[], streams: ProcessStreams): Promise<number> {
    const container = this.#inventory.container(id);
    this.#failIfTold("execSync", container.config.metadata.name);
    return playExec(container, command, this.#machine(), streams);
  }

  async #kill(container: SimulatedContainer, exitCode: number): Promise<void> {
    if (container.status.state !== "running") return;
    container.stop.abort(new Killed(exitCode));
    await container.ended;
  }

  #failIfTold(operation: Operation, subject: string): void {
    const error = this.knobs.fail[operation]?.(subject);
    if (error) throw error;
  }

  #emit(type: "started" | "exited" | "removed", { status, sandbox }: SimulatedContainer): void {
    this.#events.emit({ type, containerId: status.id, sandboxId: sandbox.status.id, podUid: sandbox.config.metadata.uid, node: sandbox.config.node });
  }

  #emitSandbox({ status, config }: Sandbox): void {
    this.#events.emit({ type: "sandbox", sandboxId: status.id, podUid: config.metadata.uid, node: config.node });
  }

  #newId(): string {
    return createHash("sha256")
      .update(`${this.#clusterId}/${this.#created++}`)
      .digest("hex");
  }
}

/** Room for a /24 a node; beyond 256 nodes outside of the range that real pods keep to, as nothing is ever sent there. */
function networkFor(nodes: number): { cidr: string; gateway: string } {
  if (nodes <= 256) return { cidr: "10.244.0.0/16", gateway: "10.244.0.1" };
  return nodes <= 1_024 ? { cidr: "10.244.0.0/14", gateway: "10.244.0.1" } : { cidr: "10.224.0.0/11", gateway: "10.224.0.1" };
}

const podLabels = ({ metadata }: PodSandboxConfig): Record<string, string> => ({
  "io.kubernetes.pod.name": metadata.name,
  "io.kubernetes.pod.namespace": metadata.namespace,
  "io.kubernetes.pod.uid": metadata.uid,
});
