import type { ObjectRef } from "../../../shared/contract.ts";
import { keyOf, type KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Event, Pod, Service } from "../../../shared/kubernetes/types.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { CacheLease } from "../watch/cachePool.ts";
import { known } from "../watch/resources.ts";
import { matchesAll } from "./labelSelector.ts";

/** Tells which objects belong to one object: owned by it directly or through others, on it (Node), selected by it (Service). */
export class OwnerScope {
  readonly #owner: ObjectRef;
  readonly #ownerLease: CacheLease;
  readonly #between: CacheLease[];
  readonly #subscriptions: Disposable[];
  #uids: Set<string> | undefined;

  constructor(cluster: Cluster, owner: ObjectRef, changed: () => void) {
    this.#owner = owner;
    const { group, version, resource } = owner;
    this.#ownerLease = cluster.caches.lease({ group, version, resource });
    this.#between = [known.replicasets, known.jobs, known.pods].map((target) => cluster.caches.lease(target));
    this.#subscriptions = [this.#ownerLease, ...this.#between].map(({ cache }) =>
      cache.subscribe({
        changed: () => {
          this.#uids = undefined;
          changed();
        },
      }),
    );
  }

  has(object: KubeObject): boolean {
    const uids = (this.#uids ??= this.#collect());
    if (object.kind === "Event") return this.#isAbout(object as Event, uids);
    return uids.has(object.metadata.uid) || (object.metadata.ownerReferences ?? []).some(({ uid }) => uids.has(uid));
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    for (const lease of [this.#ownerLease, ...this.#between]) lease[Symbol.dispose]();
  }

  #isAbout({ involvedObject }: Event, uids: Set<string>): boolean {
    if (involvedObject.uid && uids.has(involvedObject.uid)) return true;
    // Node events carry the node's name as uid; those of a deleted owner only its name.
    return (
      involvedObject.name === this.#owner.name &&
      (involvedObject.namespace ?? "") === (this.#owner.namespace ?? "") &&
      knownResourceOf(involvedObject.kind) === this.#owner.resource
    );
  }

  /** The owner's uid and those of what it owns; children of Pods have no children. */
  #collect(): Set<string> {
    const uids = new Set<string>();
    const owner = this.#ownerLease.cache.get(keyOf(this.#owner))?.object;
    if (!owner) return uids;
    if (this.#owner.resource !== "nodes" || this.#owner.group) uids.add(owner.metadata.uid);
    for (const { cache } of this.#between)
      for (const { object } of cache.entries()) if (this.#belongs(object, owner, uids)) uids.add(object.metadata.uid);
    return uids;
  }

  #belongs(object: KubeObject, owner: KubeObject, uids: Set<string>): boolean {
    if ((object.metadata.ownerReferences ?? []).some(({ uid }) => uids.has(uid))) return true;
    if (object.kind !== "Pod") return false;
    if (owner.kind === "Node") return (object as Pod).spec.nodeName === owner.metadata.name;
    if (owner.kind !== "Service" || object.metadata.namespace !== owner.metadata.namespace) return false;
    const selector = (owner as Service).spec?.selector;
    return selector !== undefined && matchesAll(selector, object.metadata.labels);
  }
}

const knownResourceOf = (kind: string | undefined): string | undefined => (kind ? `${kind.toLowerCase()}s` : undefined);
