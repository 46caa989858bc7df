import type { Duplex, Readable } from "node:stream";
import type { ContainerTarget, ExecRequest, ExecStreams, NodeConnection, UsageSample } from "../../api/nodeConnection.ts";
import type { PodLogOptions } from "../../api/podLogOptions.ts";
import { StatusError } from "../../api/statusError.ts";
import type { Pod } from "../../../shared/kubernetes/types.ts";
import { RuntimeError, type ContainerStatus } from "../../runtime/types.ts";
import { within } from "../../base/clock.ts";
import type { Connections } from "../connections.ts";
import type { PodWorkers } from "../pods/podWorkers.ts";
import type { RuntimeCache } from "../pods/runtimeCache.ts";
import { latestContainer, readySandbox } from "../pods/runtimeState.ts";
import type { StatusManager } from "../status/statusManager.ts";
import type { KubeletContext } from "../types.ts";
import { logContainerId, logStream } from "./containerLogs.ts";
import type { UsageHistory } from "./usageHistory.ts";

export interface ConnectionParts {
  context: KubeletContext;
  connections: Connections;
  workers: PodWorkers;
  cache: RuntimeCache;
  statuses: StatusManager;
  usage: UsageHistory;
}

/** Who asks while the kubelet starts waits so long, ms. */
const startDeadlineMs = 10_000;

/** The kubelet's side of logs, exec, attach, port-forward and statistics. */
export abstract class KubeletConnection implements NodeConnection {
  /** Resolves when it is known which pods there are and what of them runs. */
  abstract readonly started: Promise<void>;
  readonly #parts: ConnectionParts;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  async logs(target: ContainerTarget, options: PodLogOptions): Promise<Readable> {
    const { context, statuses } = this.#parts;
    const pod = statuses.current(await this.#startedPod(target));
    const id = logContainerId(pod, target, options.previous ?? false);
    await known(context.runtime.containerStatus(id));
    return logStream(context.runtime, id, options, context.clock.now());
  }

  async exec(target: ContainerTarget, request: ExecRequest, streams: ExecStreams): Promise<number> {
    const { id } = await this.#running(target);
    return known(this.#parts.context.runtime.exec(id, request.command, { ...streams, tty: request.tty }));
  }

  async attach(target: ContainerTarget, request: { tty: boolean }, streams: ExecStreams): Promise<void> {
    const { id } = await this.#running(target);
    return known(this.#parts.context.runtime.attach(id, { ...streams, tty: request.tty }));
  }

  async portForward(target: { namespace: string; pod: string }, port: number): Promise<Duplex> {
    const { cache, connections, context } = this.#parts;
    const pod = await this.#startedPod(target);
    const sandbox = readySandbox(cache.get(pod.metadata.uid));
    if (!sandbox)
      throw new StatusError(
        500,
        "InternalError",
        `unable to forward port because pod is not running. Current status=${pod.status?.phase ?? "Pending"}`,
      );
    return known(connections.dial({ sandboxId: sandbox.id, podIP: sandbox.podIP ?? (pod.spec.hostNetwork ? context.nodeIP : "") }, port));
  }

  nodeUsage(last?: number): UsageSample[] {
    return this.#parts.usage.node(last);
  }

  podUsage(target: { namespace: string; pod: string }, last?: number): Record<string, UsageSample[]> {
    const { cache, usage } = this.#parts;
    const { uid } = this.#pod(target).metadata;
    const running = cache.get(uid).containers.filter(({ state }) => state === "running");
    return Object.fromEntries(running.map(({ id, metadata }) => [metadata.name, usage.of(id, last)]));
  }

  #pod({ namespace, pod: name }: { namespace: string; pod: string }): Pod {
    const pod = this.#parts.workers.find(namespace, name);
    if (!pod) throw new StatusError(404, "NotFound", `pods "${name}" not found`, { name, kind: "pods" });
    return pod;
  }

  async #startedPod(target: { namespace: string; pod: string }): Promise<Pod> {
    await within(this.#parts.context.clock, startDeadlineMs, this.started);
    return this.#pod(target);
  }

  async #running(target: ContainerTarget): Promise<ContainerStatus> {
    const pod = await this.#startedPod(target);
    const container = latestContainer(this.#parts.cache.get(pod.metadata.uid), target.container);
    if (container?.state !== "running")
      throw new StatusError(500, "InternalError", `unable to upgrade connection: container not found ("${target.container}")`);
    return container;
  }
}

/** Errors of the runtime as the API gives them. */
async function known<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    if (error.code === "NotFound") throw new StatusError(404, "NotFound", error.message);
    throw new StatusError(500, "InternalError", error.message);
  }
}
