import { isDeepStrictEqual } from "node:util";
import type { Node, NodeStatus } from "../../../shared/kubernetes/types.ts";
import { Nodes } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { backoffDelay } from "../../base/backoff.ts";
import { every, sleep } from "../../base/clock.ts";
import type { RuntimeVersion } from "../../runtime/types.ts";
import type { KubeletContext } from "../types.ts";
import { isNodeReady, nodeLabels, nodeStatus } from "./nodeStatus.ts";

/** A changed status is written within this, an unchanged one so rarely, ms. */
const checkMs = 10_000;
const reportMs = 300_000;
const conflictRetries = 5;
const retry = { base: 200, max: 7_000 };

export interface NodeReporterOptions {
  context: KubeletContext;
  version: RuntimeVersion;
  kubeletVersion: string;
  maxPods: number;
  labels: Record<string, string>;
  externalCloud: boolean;
}

/** A cloud controller takes it away when it has initialized the node. */
const uninitialized = { key: "node.cloudprovider.kubernetes.io/uninitialized", value: "true", effect: "NoSchedule" } as const;

/** Registers the node and keeps its status true. */
export class NodeReporter {
  readonly #options: NodeReporterOptions;
  readonly #stop = new AbortController();
  #timer: Disposable | undefined;
  #node: Node | undefined;
  #reportedAt = Number.NEGATIVE_INFINITY;

  constructor(options: NodeReporterOptions) {
    this.#options = options;
  }

  get node(): Node | undefined {
    return this.#node;
  }

  /** Creates the Node, or takes the one that is there, and reports its status. Tries until it succeeds. */
  async start(): Promise<void> {
    const { context } = this.#options;
    for (let failures = 0; !this.#stop.signal.aborted; failures++) {
      try {
        await this.#register();
        break;
      } catch (error) {
        context.log.warn("node not registered", { error: (error as Error).message });
        await sleep(context.clock, backoffDelay(failures, retry), this.#stop.signal).catch(() => {});
      }
    }
    context.recorder.event(this.#reference(), "Normal", "Starting", "Starting kubelet.");
    this.#timer = every(context.clock, checkMs, () => void this.report(), checkMs * context.phase);
  }

  stop(): void {
    this.#stop.abort(new Error("the kubelet stops"));
    this.#timer?.[Symbol.dispose]();
  }

  /** Writes the status when it has changed, or has not been written for long. */
  async report(): Promise<void> {
    const { context } = this.#options;
    try {
      await this.#readAndWrite();
    } catch (error) {
      if (hasReason(error, "NotFound")) await this.#register().catch(() => {});
      else context.log.warn("node status not written", { error: (error as Error).message });
    }
  }

  /** Controllers write to the Node too: after a conflict once more, on what they made of it. */
  async #readAndWrite(): Promise<void> {
    const { client, nodeName } = this.#options.context;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#writeStatus(await client.resource(Nodes).get({ name: nodeName }));
      } catch (error) {
        if (!hasReason(error, "Conflict") || attempt === conflictRetries) throw error;
      }
    }
  }

  async #register(): Promise<void> {
    const { context, version, labels, externalCloud } = this.#options;
    const nodes = context.client.resource(Nodes);
    const wanted = { ...nodeLabels(context.nodeName, version), ...labels };
    const status = await this.#status(undefined);
    try {
      this.#node = await nodes.create({
        metadata: { name: context.nodeName, labels: wanted, annotations: { "volumes.kubernetes.io/controller-managed-attach-detach": "true" } },
        spec: externalCloud ? { taints: [uninitialized] } : {},
        status,
      });
    } catch (error) {
      if (!hasReason(error, "AlreadyExists")) throw error;
      this.#node = await this.#relabel(wanted);
    }
    await this.#readAndWrite();
  }

  async #relabel(wanted: Record<string, string>): Promise<Node> {
    const { client, nodeName } = this.#options.context;
    const nodes = client.resource(Nodes);
    const node = await nodes.get({ name: nodeName });
    const missing = Object.entries(wanted).some(([key, value]) => node.metadata.labels?.[key] !== value);
    return missing ? nodes.update({ ...node, metadata: { ...node.metadata, labels: { ...node.metadata.labels, ...wanted } } }) : node;
  }

  async #writeStatus(node: Node): Promise<void> {
    const { context } = this.#options;
    this.#node = node;
    const status = await this.#status(node.status);
    const overdue = context.clock.monotonic() - this.#reportedAt >= reportMs;
    if (!overdue && isDeepStrictEqual(withoutHeartbeats(status), withoutHeartbeats(node.status ?? {}))) return;
    const wasReady = isNodeReady(node);
    this.#node = await context.client.resource(Nodes).updateStatus({ ...node, status });
    this.#reportedAt = context.clock.monotonic();
    const ready = isNodeReady(this.#node);
    if (ready === wasReady) return;
    const reason = ready ? "NodeReady" : "NodeNotReady";
    context.recorder.event(this.#reference(), "Normal", reason, `Node ${context.nodeName} status is now: ${reason}`);
  }

  async #status(old: NodeStatus | undefined): Promise<NodeStatus> {
    const { context, version, kubeletVersion, maxPods, externalCloud } = this.#options;
    const { runtime, nodeName, nodeIP, clock } = context;
    const [status, images] = await Promise.all([runtime.status(), runtime.listImages().catch(() => [])]);
    const own = nodeStatus({ nodeName, nodeIP, maxPods, kubeletVersion, version, runtime: status, images, now: clock.now() }, old);
    return externalCloud && old?.addresses?.length ? { ...own, addresses: old.addresses } : own;
  }

  /** Events of a node carry its name in place of its uid. */
  #reference() {
    const { nodeName } = this.#options.context;
    return { kind: "Node", apiVersion: "v1", name: nodeName, uid: nodeName };
  }
}

const withoutHeartbeats = ({ conditions, ...rest }: NodeStatus): unknown => ({
  ...rest,
  conditions: conditions?.map((condition) => ({ ...condition, lastHeartbeatTime: undefined })),
});
