import { keyOf } from "../../shared/kubernetes/object.ts";
import type { Pod, PodCondition } from "../../shared/kubernetes/types.ts";
import { Namespaces, Nodes, Pods } from "../api/resources.ts";
import { hasReason } from "../api/statusError.ts";
import { type Clock, rfc3339 } from "../base/clock.ts";
import { Disposables } from "../base/disposal.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { causeOf, createClient } from "../client/client.ts";
import { createEventRecorder, type EventRecorder } from "../client/events.ts";
import { createInformers } from "../client/informers.ts";
import type { Client, Informers, Transport } from "../client/types.ts";
import { decide, refusalMessage } from "./decide.ts";
import { NodeCache } from "./nodeCache.ts";
import { preempt } from "./preemption.ts";
import { defaultPlugins } from "./registry.ts";
import { type QueuedPod, SchedulingQueue } from "./schedulingQueue.ts";
import { TraceLog } from "./traceLog.ts";
import type { Plugin, SchedulingTrace } from "./types.ts";

const schedulerName = "default-scheduler";

export interface SchedulerOptions {
  transport: Transport;
  clock: Clock;
  random: Random;
  log: Log;
}

export interface Scheduler extends Disposable {
  /** The last attempts to place a pod, newest last. */
  traces(namespace: string, name: string): SchedulingTrace[];
}

/** Gives every pod that names `default-scheduler` and has no node the node that suits it best. */
export function startScheduler(options: SchedulerOptions): Scheduler {
  return new RunningScheduler(options);
}

class RunningScheduler implements Scheduler {
  readonly #options: SchedulerOptions;
  readonly #client: Client;
  readonly #events: EventRecorder;
  readonly #informers: Informers;
  readonly #cache = new NodeCache();
  readonly #queue: SchedulingQueue;
  readonly #plugins: Plugin[];
  readonly #traces = new TraceLog();
  readonly #disposables = new Disposables();
  #scheduled = false;
  #synced = false;

  constructor(options: SchedulerOptions) {
    const { transport, clock, log } = options;
    this.#options = options;
    this.#client = createClient(transport);
    this.#events = createEventRecorder({ client: this.#client, clock, log, component: schedulerName });
    this.#informers = this.#disposables.add(createInformers({ ...options, client: this.#client }));
    const namespaces = this.#informers.of(Namespaces);
    this.#plugins = defaultPlugins({ namespaceLabels: (name) => namespaces.get(name)?.metadata.labels });
    this.#queue = this.#disposables.add(new SchedulingQueue(clock, this.#plugins));
    this.#queue.onReady = () => this.#soon();
    this.#watchNodes();
    this.#watchPods();
    const synced = [Nodes, Pods, Namespaces].map((type) => this.#informers.of<never>(type as never).synced);
    void Promise.all(synced).then(() => {
      this.#synced = true;
      this.#soon();
    });
  }

  traces(namespace: string, name: string): SchedulingTrace[] {
    return this.#traces.of(keyOf({ namespace, name }));
  }

  [Symbol.dispose](): void {
    this.#disposables[Symbol.dispose]();
  }

  #watchNodes(): void {
    this.#disposables.add(
      this.#informers.of(Nodes).handle({
        onAdd: (node) => {
          this.#cache.setNode(node);
          this.#queue.notify({ type: "nodeAdded", node });
        },
        onUpdate: (node, old) => {
          this.#cache.setNode(node);
          this.#queue.notify({ type: "nodeUpdated", node, old });
        },
        onDelete: (node) => this.#cache.removeNode(node.metadata.name),
      }),
    );
  }

  #watchPods(): void {
    this.#disposables.add(
      this.#informers.of(Pods).handle({
        onAdd: (pod) => this.#observe(pod),
        onUpdate: (pod) => this.#observe(pod),
        onDelete: (pod) => this.#forget(pod),
      }),
    );
  }

  #observe(pod: Pod): void {
    if (isFinished(pod)) return this.#forget(pod);
    if (pod.spec.nodeName) {
      const known = this.#cache.has(pod);
      this.#queue.remove(pod);
      this.#cache.setPod(pod);
      this.#queue.notify({ type: known ? "podUpdated" : "podBound", pod });
    } else if (pod.spec.schedulerName === schedulerName && !pod.metadata.deletionTimestamp && !this.#cache.has(pod)) {
      this.#queue.add(pod);
    }
  }

  #forget(pod: Pod): void {
    this.#queue.remove(pod);
    if (!this.#cache.has(pod)) return;
    this.#cache.removePod(pod);
    this.#queue.notify({ type: "podDeleted", pod });
  }

  /** Runs the loop once the present turn is over, so that a burst of pods is placed together. */
  #soon(): void {
    if (this.#scheduled || !this.#synced || this.#disposables.disposed) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      // A slice at a time: the event loop must breathe.
      const end = this.#options.clock.monotonic() + 10;
      for (let queued = this.#queue.take(); queued; queued = this.#queue.take()) {
        this.#place(queued);
        if (this.#options.clock.monotonic() > end) return this.#soon();
      }
    });
  }

  #place(queued: QueuedPod): void {
    const { pod } = queued;
    const cycle = { pod, nodes: this.#cache.snapshot() };
    const decision = decide(cycle, this.#plugins, this.#options.random);
    const trace: SchedulingTrace = { pod: keyOf(pod.metadata), at: this.#options.clock.now(), attempt: queued.attempts, nodes: decision.trace };
    this.#traces.add(trace);
    if (decision.node) {
      trace.node = decision.node.name;
      this.#cache.setPod(pod, decision.node.name);
      void this.#bind(queued, decision.node.name);
      return;
    }
    const preemption = cycle.nodes.length > 0 ? preempt(cycle, decision, this.#plugins) : undefined;
    const refusal = cycle.nodes.length === 0 ? "no nodes available to schedule pods" : refusalMessage(cycle.nodes.length, decision.refusals);
    trace.message = preemption && "message" in preemption ? `${refusal} no new claims to deallocate, preemption: ${preemption.message}` : refusal;
    this.#queue.park(queued, decision.refusedBy);
    const nominated = preemption && "node" in preemption ? preemption.node.name : undefined;
    if (preemption && "node" in preemption) for (const victim of preemption.victims) void this.#evict(victim, pod, preemption.node.name);
    void this.#refuse(pod, trace.message, nominated);
  }

  async #bind(queued: QueuedPod, node: string): Promise<void> {
    const { pod } = queued;
    const { namespace, name, uid } = pod.metadata;
    const binding = { apiVersion: "v1", kind: "Binding", metadata: { namespace, name, uid }, target: { apiVersion: "v1", kind: "Node", name: node } };
    try {
      await this.#client.resource(Pods).createSubresource(pod.metadata, "binding", binding, { cause: causeOf(Pods, pod) });
      this.#events.event(pod, "Normal", "Scheduled", `Successfully assigned ${namespace}/${name} to ${node}`);
    } catch (error) {
      this.#cache.removePod(pod);
      if (hasReason(error, "NotFound")) return;
      this.#options.log.warn("binding failed", { pod: keyOf(pod.metadata), node, error: String(error) });
      this.#queue.retry(queued);
    }
  }

  /** Tells why, in the pod's condition and an event. */
  async #refuse(pod: Pod, message: string, nominatedNodeName?: string): Promise<void> {
    this.#events.event(pod, "Warning", "FailedScheduling", message);
    const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message } as const;
    const current = pod.status?.conditions?.find(({ type }) => type === condition.type);
    if (current?.message === message && current.status === "False" && nominatedNodeName === pod.status?.nominatedNodeName) return;
    await this.#patchStatus(pod, { ...this.#withCondition(pod, condition), ...(nominatedNodeName && { nominatedNodeName }) });
  }

  async #evict(victim: Pod, preemptor: Pod, node: string): Promise<void> {
    const message = `${schedulerName}: preempting to accommodate a higher priority pod`;
    const condition = { type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler", message } as const;
    await this.#patchStatus(victim, this.#withCondition(victim, condition));
    try {
      await this.#client.resource(Pods).delete(victim.metadata, { cause: causeOf(Pods, preemptor) });
      this.#events.event(victim, "Normal", "Preempted", `Preempted by pod ${preemptor.metadata.uid} on node ${node}`);
    } catch (error) {
      if (!hasReason(error, "NotFound")) this.#options.log.warn("preemption failed", { victim: keyOf(victim.metadata), error: String(error) });
    }
  }

  /** A strategic merge patch of the status; a new condition comes last. */
  #withCondition({ metadata, status }: Pod, condition: Pick<PodCondition, "type" | "status" | "reason" | "message">): object {
    const lastTransitionTime = rfc3339(this.#options.clock.now());
    const types = new Set([...(status?.conditions ?? []).map(({ type }) => type), condition.type]);
    return {
      "$setElementOrder/conditions": [...types].map((type) => ({ type })),
      conditions: [{ ...condition, observedGeneration: metadata.generation, lastProbeTime: null, lastTransitionTime }],
    };
  }

  async #patchStatus(pod: Pod, status: unknown): Promise<void> {
    try {
      await this.#client
        .resource(Pods)
        .patch(pod.metadata, { metadata: { uid: pod.metadata.uid }, status }, { subresource: "status", cause: causeOf(Pods, pod) });
    } catch (error) {
      if (!hasReason(error, "NotFound")) this.#options.log.warn("pod status refused", { pod: keyOf(pod.metadata), error: String(error) });
    }
  }
}

const isFinished = (pod: Pod): boolean => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
