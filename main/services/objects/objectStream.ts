import type { ObjectMessage, ObjectRef } from "../../../shared/contract.ts";
import { keyOf, type KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Event, Pod, Service } from "../../../shared/kubernetes/types.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { StreamEnds, StreamSource } from "../port/types.ts";
import { matchesAll } from "../views/labelSelector.ts";
import type { CacheLease } from "../watch/cachePool.ts";
import { freshnessOf } from "../watch/freshness.ts";
import { Relations } from "../watch/relations.ts";
import { known } from "../watch/resources.ts";
import { relatedJoins, relatedTo } from "./related.ts";
import { whyOf } from "./why.ts";
import { readableYaml } from "./yaml.ts";

/** One open object: itself, what it is connected with and why it is not well, again whenever any of it changes. */
export class ObjectStream implements StreamSource<ObjectMessage> {
  readonly #ref: ObjectRef;
  readonly #lease: CacheLease;
  readonly #events: CacheLease;
  readonly #relations: Relations;
  readonly #subscriptions: Disposable[];
  #sent = "";

  constructor(cluster: Cluster, ref: ObjectRef, ends: StreamEnds) {
    const wake = () => ends.wake();
    this.#ref = ref;
    this.#lease = cluster.caches.lease({ ...ref });
    this.#events = cluster.caches.lease(known.events);
    this.#relations = new Relations(cluster, relatedJoins, wake);
    this.#subscriptions = [this.#lease.cache.subscribe({ changed: wake, status: wake }), this.#events.cache.subscribe({ changed: wake })];
    wake();
  }

  next(): ObjectMessage | undefined {
    const { cache } = this.#lease;
    const object = cache.get(keyOf(this.#ref))?.object;
    const freshness = freshnessOf(cache.status, this.#ref);
    // Not yet known is not the same as gone.
    if (!object && freshness.state === "loading") return undefined;
    const message: ObjectMessage = object ? this.#describe(object, freshness) : { object: null, yaml: "", related: [], freshness };
    const text = JSON.stringify({ ...message, freshness: freshness.state });
    if (text === this.#sent) return undefined;
    this.#sent = text;
    return message;
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    this.#lease[Symbol.dispose]();
    this.#events[Symbol.dispose]();
    this.#relations[Symbol.dispose]();
  }

  #describe(object: KubeObject, freshness: ObjectMessage["freshness"]): ObjectMessage {
    const pods = this.#podsOf(object);
    const slices = object.kind === "Service" ? this.#relations.slicesOf(object) : [];
    const why = whyOf(object, { pods, slices, events: this.#eventsOf(object, pods) });
    return { object: object as never, yaml: readableYaml(object), related: relatedTo(object, this.#relations), ...(why ? { why } : {}), freshness };
  }

  #podsOf(object: KubeObject): Pod[] {
    if (object.kind !== "Service") return this.#relations.podsOf(object);
    const selector = (object as Service).spec?.selector ?? {};
    return Object.keys(selector).length === 0
      ? []
      : this.#relations.podsIn(object.metadata.namespace).filter(({ metadata }) => matchesAll(selector, metadata.labels));
  }

  #eventsOf(object: KubeObject, pods: Pod[]): Event[] {
    const uids = new Set([object.metadata.uid, ...pods.map(({ metadata }) => metadata.uid)]);
    const events = [...this.#events.cache.entries()]
      .map((entry) => entry.object as Event)
      .filter(({ involvedObject }) => uids.has(involvedObject.uid ?? ""));
    return events.sort((a, b) => String(b.lastTimestamp ?? b.eventTime).localeCompare(String(a.lastTimestamp ?? a.eventTime)));
  }
}
