import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { EndpointSlice, Pod } from "../../../shared/kubernetes/types.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { NodeUsage, PodUsage } from "../metrics/usage.ts";
import { useKeys } from "../views/usedBy.ts";
import type { CacheLease } from "./cachePool.ts";
import type { ObjectCache } from "./objectCache.ts";
import { known, type KnownResource } from "./resources.ts";

export type Join = KnownResource | "usage";

/** Groups of a cache's objects by one property, made when first asked after a change. */
class Index<T extends KubeObject> {
  readonly #cache: ObjectCache | undefined;
  readonly #keysOf: (object: T) => string[];
  #groups: Map<string, T[]> | undefined;

  constructor(cache: ObjectCache | undefined, keysOf: (object: T) => string[]) {
    this.#cache = cache;
    this.#keysOf = keysOf;
  }

  stale(): void {
    this.#groups = undefined;
  }

  get(key: string): T[] {
    this.#groups ??= this.#group();
    return this.#groups.get(key) ?? [];
  }

  #group(): Map<string, T[]> {
    const groups = new Map<string, T[]>();
    for (const { object } of this.#cache?.entries() ?? []) {
      for (const key of this.#keysOf(object as T)) {
        const group = groups.get(key);
        if (group) group.push(object as T);
        else groups.set(key, [object as T]);
      }
    }
    return groups;
  }
}

const ownersOf = (object: KubeObject): string[] => (object.metadata.ownerReferences ?? []).map(({ uid }) => uid);

/** What other caches say about an object: its pods, its endpoints, its usage. Leases only the caches that were asked for. */
export class Relations {
  readonly #leases = new Map<KnownResource, CacheLease>();
  readonly #subscriptions: Disposable[] = [];
  readonly #usage: Cluster["usage"] | undefined;
  readonly #podsByOwner: Index<Pod>;
  readonly #podsByNode: Index<Pod>;
  readonly #podsByNamespace: Index<Pod>;
  readonly #podsByUse: Index<Pod>;
  readonly #ownedReplicaSets: Index<KubeObject>;
  readonly #ownedJobs: Index<KubeObject>;
  readonly #slices: Index<EndpointSlice>;

  constructor(cluster: Cluster, joins: readonly Join[], changed: () => void) {
    for (const join of joins) {
      if (join === "usage") continue;
      const lease = cluster.caches.lease(known[join]);
      this.#leases.set(join, lease);
      this.#subscriptions.push(lease.cache.subscribe({ changed: () => this.#stale(join, changed), status: changed }));
    }
    if (joins.includes("usage")) {
      this.#usage = cluster.usage;
      this.#subscriptions.push(cluster.usage.subscribe(changed));
    }
    this.#podsByOwner = new Index<Pod>(this.cache("pods"), ownersOf);
    this.#podsByNode = new Index<Pod>(this.cache("pods"), (pod) => (pod.spec.nodeName ? [pod.spec.nodeName] : []));
    this.#podsByNamespace = new Index<Pod>(this.cache("pods"), (pod) => [pod.metadata.namespace]);
    this.#podsByUse = new Index<Pod>(this.cache("pods"), useKeys);
    this.#ownedReplicaSets = new Index(this.cache("replicasets"), ownersOf);
    this.#ownedJobs = new Index(this.cache("jobs"), ownersOf);
    this.#slices = new Index<EndpointSlice>(this.cache("endpointslices"), (slice) => [
      `${slice.metadata.namespace}/${slice.metadata.labels?.["kubernetes.io/service-name"] ?? ""}`,
    ]);
  }

  cache(resource: KnownResource): ObjectCache | undefined {
    return this.#leases.get(resource)?.cache;
  }

  /** All objects of a leased resource. */
  all<T extends KubeObject>(resource: KnownResource): T[] {
    return [...(this.cache(resource)?.entries() ?? [])].map(({ object }) => object as T);
  }

  get<T extends KubeObject>(resource: KnownResource, key: string): T | undefined {
    return this.cache(resource)?.get(key)?.object as T | undefined;
  }

  /** The pods that an object owns, directly or through ReplicaSets and Jobs. */
  podsOf(object: KubeObject): Pod[] {
    const { uid } = object.metadata;
    const between = [...this.#ownedReplicaSets.get(uid), ...this.#ownedJobs.get(uid)];
    return [...this.#podsByOwner.get(uid), ...between.flatMap((owned) => this.#podsByOwner.get(owned.metadata.uid))];
  }

  replicaSetsOf(object: KubeObject): KubeObject[] {
    return this.#ownedReplicaSets.get(object.metadata.uid);
  }

  podsOn(node: string): Pod[] {
    return this.#podsByNode.get(node);
  }

  /** The pods that take an object of their namespace: `configmaps/default/settings`. */
  podsUsing(key: string): Pod[] {
    return this.#podsByUse.get(key);
  }

  podsIn(namespace: string): Pod[] {
    return this.#podsByNamespace.get(namespace);
  }

  slicesOf(service: KubeObject): EndpointSlice[] {
    return this.#slices.get(`${service.metadata.namespace}/${service.metadata.name}`);
  }

  podUsage(key: string): PodUsage | undefined {
    return this.#usage?.pod(key);
  }

  nodeUsage(name: string): NodeUsage | undefined {
    return this.#usage?.node(name);
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    for (const lease of this.#leases.values()) lease[Symbol.dispose]();
  }

  #stale(join: KnownResource, changed: () => void): void {
    const indexes: Index<never>[] = [];
    if (join === "pods")
      indexes.push(this.#podsByOwner as never, this.#podsByNode as never, this.#podsByNamespace as never, this.#podsByUse as never);
    if (join === "replicasets") indexes.push(this.#ownedReplicaSets as never);
    if (join === "jobs") indexes.push(this.#ownedJobs as never);
    if (join === "endpointslices") indexes.push(this.#slices as never);
    for (const index of indexes) index.stale();
    changed();
  }
}
