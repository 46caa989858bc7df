import { keyOf } from "../../shared/kubernetes/object.ts";
import type { Pod, PodCondition } from "../../shared/kubernetes/types.ts";
import { Pods } from "../api/resources.ts";
import { hasReason } from "../api/statusError.ts";
import { type Clock, rfc3339 } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { causeOf } from "../client/client.ts";
import type { Client, WriteCause } from "../client/types.ts";
import { Limiter } from "./limiter.ts";

/** Requests under way at a time. */
const atOnce = 32;

export interface PodWritesOptions {
  client: Client;
  clock: Clock;
  log: Log;
  /** The revision of the object that may have made room for a pod that had to wait. */
  wokenBy?(uid: string): string | undefined;
}

/** What the scheduler writes to pods: one after another for each pod. */
export class PodWrites {
  readonly #options: PodWritesOptions;
  readonly #limiter = new Limiter(atOnce);
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(options: PodWritesOptions) {
    this.#options = options;
  }

  /** @throws StatusError */
  bind(pod: Pod, node: string): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    const binding = { apiVersion: "v1", kind: "Binding", metadata: { namespace, name, uid }, target: { apiVersion: "v1", kind: "Node", name: node } };
    return this.#inTurn(pod, async () => {
      await this.#options.client.resource(Pods).createSubresource(pod.metadata, "binding", binding, { cause: this.#causeOfBinding(pod) });
    });
  }

  /** The pod; and, when it had to wait, what made room for it. */
  #causeOfBinding(pod: Pod): WriteCause {
    const woken = this.#options.wokenBy?.(pod.metadata.uid);
    return { ...causeOf(Pods, pod), ...(woken ? { also: [woken] } : {}) };
  }

  /** Tells why the pod waits. `nominatedNode` "" forgets an earlier one, undefined leaves it. */
  refuse(pod: Pod, reason: "Unschedulable" | "SchedulerError", message: string, nominatedNode?: string): Promise<void> {
    const condition = this.#condition(pod, { type: "PodScheduled", status: "False", reason, message });
    const nominated = nominatedNode !== undefined && nominatedNode !== (pod.status?.nominatedNodeName ?? "");
    if (!condition && !nominated) return Promise.resolve();
    return this.#patch(pod, { ...condition, ...(nominated && { nominatedNodeName: nominatedNode || null }) });
  }

  nominate(pod: Pod, node: string): Promise<void> {
    if ((pod.status?.nominatedNodeName ?? "") === node) return Promise.resolve();
    return this.#patch(pod, { nominatedNodeName: node || null });
  }

  /** Ends a pod in favour of another. @throws StatusError, NotFound when it is gone already */
  async evict(victim: Pod, preemptor: Pod): Promise<void> {
    const message = `${preemptor.spec.schedulerName}: preempting to accommodate a higher priority pod`;
    // What the cache holds may lack the newest conditions, and the order of all is written.
    const live = await this.#options.client.resource(Pods).get(victim.metadata);
    const condition = this.#condition(live, { type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler", message });
    if (condition) await this.#patch(victim, condition, preemptor);
    await this.#inTurn(victim, () => this.#options.client.resource(Pods).delete(victim.metadata, { cause: causeOf(Pods, preemptor) }));
  }

  /** The part of a status patch; undefined when the pod has the condition already. */
  #condition(pod: Pod, wanted: Pick<PodCondition, "type" | "status" | "reason" | "message">): object | undefined {
    const conditions = pod.status?.conditions ?? [];
    const current = conditions.find(({ type }) => type === wanted.type);
    const same = current?.status === wanted.status;
    if (same && current.reason === wanted.reason && current.message === wanted.message) return undefined;
    const condition = {
      ...wanted,
      observedGeneration: pod.metadata.generation,
      lastProbeTime: null,
      lastTransitionTime: same ? current.lastTransitionTime : rfc3339(this.#options.clock.now()),
    };
    const types = new Set([...conditions.map(({ type }) => type), wanted.type]);
    return { "$setElementOrder/conditions": [...types].map((type) => ({ type })), conditions: [condition] };
  }

  async #patch(pod: Pod, status: unknown, causedBy: Pod = pod): Promise<void> {
    const patch = { metadata: { uid: pod.metadata.uid }, status };
    const send = () => this.#options.client.resource(Pods).patch(pod.metadata, patch, { subresource: "status", cause: causeOf(Pods, causedBy) });
    try {
      await this.#inTurn(pod, send);
    } catch (error) {
      if (!hasReason(error, "NotFound") && !hasReason(error, "Conflict"))
        this.#options.log.warn("pod status refused", { pod: keyOf(pod.metadata), error: String(error) });
    }
  }

  async #inTurn<T>({ metadata: { uid } }: Pod, write: () => Promise<T>): Promise<T> {
    const before = this.#last.get(uid);
    const mine = (async () => {
      if (before) await before.catch(() => {});
      return this.#limiter.run(write);
    })();
    this.#last.set(uid, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(uid) === mine) this.#last.delete(uid);
    }
  }
}
