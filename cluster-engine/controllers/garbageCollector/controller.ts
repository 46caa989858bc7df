import { apiVersionOf, parseApiVersion, type KubeObject } from "../../../shared/kubernetes/object.ts";
import type { OwnerReference } from "../../../shared/kubernetes/types.ts";
import { APIServices, CustomResourceDefinitions } from "../../api/resources.ts";
import type { ResourceType } from "../../api/resourceType.ts";
import { hasReason } from "../../api/statusError.ts";
import { Disposables } from "../../base/disposal.ts";
import { causeOf } from "../../client/client.ts";
import { discoverResources, type DiscoveredResource } from "../../client/discovery.ts";
import { runReconciler, source, type ReconcileContext, type Reconciler } from "../../client/reconciler.ts";
import type { Client, WriteCause } from "../../client/types.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import { foregroundFinalizer, isNamedBy, nodeOf, OwnerGraph, orphanFinalizer, type GraphNode } from "./graph.ts";

/** Deletes what lost its last owner, and carries out foreground and orphaning deletion. */
export const garbageCollector: Controller = {
  name: "garbage-collector-controller",
  account: "generic-garbage-collector",
  component: "garbage-collector-controller",
  start: (context) => new GarbageCollector(context),
};

/** Events end by themselves, and are many. */
const ignored = new Set(["events", "events.events.k8s.io"]);

const idOf = ({ group, resource }: ResourceType): string => (group ? `${resource}.${group}` : resource);

class GarbageCollector implements Disposable {
  readonly #context: ControllerContext;
  readonly #graph = new OwnerGraph();
  readonly #watched = new Map<string, { type: DiscoveredResource; subscription: Disposable }>();
  readonly #byKind = new Map<string, DiscoveredResource>();
  readonly #disposables = new Disposables();
  readonly #objects: Reconciler;
  #markSynced!: () => void;

  constructor(context: ControllerContext) {
    this.#context = context;
    const options = loopOptions(context);
    // Nothing is judged before everything is known.
    const synced = new Promise<void>((resolve) => (this.#markSynced = resolve));
    const resources = this.#disposables.add(
      runReconciler({
        ...options,
        name: "garbage-collector-resources",
        workers: 1,
        maxDelay: 30_000,
        sources: [CustomResourceDefinitions, APIServices].map((type) => source(context.informers.of<KubeObject>(type), () => ["resources"])),
        reconcile: () => this.#followResources(),
      }),
    );
    resources.wake("resources");
    this.#objects = this.#disposables.add(
      runReconciler({
        ...options,
        name: "garbage-collector",
        workers: 20,
        maxDelay: 60_000,
        sources: [],
        reads: [{ synced }],
        reconcile: (uid, run) => this.#process(uid, run),
      }),
    );
  }

  [Symbol.dispose](): void {
    this.#disposables[Symbol.dispose]();
    for (const { subscription } of this.#watched.values()) subscription[Symbol.dispose]();
  }

  /** Watches what is served now: all that can be listed, watched and deleted. */
  async #followResources(): Promise<void> {
    const { client, informers } = this.#context;
    const discovered = await discoverResources(client.transport);
    this.#byKind.clear();
    for (const type of discovered) this.#byKind.set(kindId(type.group, type.kind), type);
    const wanted = new Map(discovered.filter(isCollectable).map((type) => [idOf(type), type]));
    for (const [id, { type, subscription }] of this.#watched) {
      if (wanted.has(id)) continue;
      subscription[Symbol.dispose]();
      this.#watched.delete(id);
      // Only what is served by definition of users may vanish, and nobody else reads it.
      informers.forget(type);
    }
    for (const [id, type] of wanted) if (!this.#watched.has(id)) this.#watched.set(id, { type, subscription: this.#follow(type) });
    void Promise.all([...wanted.values()].map((type) => informers.of(type).synced)).then(() => this.#markSynced());
  }

  #follow(type: DiscoveredResource): Disposable {
    const look = (uids: string[], object: KubeObject) => {
      if (uids.length === 0) return;
      const cause = causeOf(type, object);
      for (const uid of uids) this.#objects.wake(uid, cause);
    };
    const upsert = (object: KubeObject) => {
      const { uids, invalid } = this.#graph.upsert(type, object);
      look(uids, object);
      for (const { dependent, reference } of invalid) this.#tellInvalid(dependent, reference);
    };
    return this.#context.informers.of(type).handle({
      onAdd: upsert,
      onUpdate: upsert,
      onDelete: (object) => look(this.#graph.remove(object.metadata.uid), object),
    });
  }

  #tellInvalid({ type, key, uid }: GraphNode, { apiVersion, kind, name, uid: owner }: OwnerReference): void {
    const { namespace = "" } = key;
    const subject = { apiVersion: apiVersionOf(type), kind: type.kind, metadata: { ...key, namespace, uid } } as KubeObject;
    const reference = `[${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${owner}]`;
    const message = `ownerRef ${reference} does not exist in namespace ${JSON.stringify(namespace)}`;
    this.#context.events.event(subject, "Warning", "OwnerRefInvalidNamespace", message);
  }

  async #process(uid: string, { client, cause }: ReconcileContext): Promise<void> {
    const known = this.#graph.get(uid);
    if (!known) return;
    const live = await client.resource<KubeObject>(known.type).get(known.key).catch(undefinedIfGone);
    if (!live || live.metadata.uid !== uid) return;
    const node = nodeOf(known.type, live);
    if (node.orphans) return this.#orphanDependents(client, node, live);
    if (node.waitsForDependents) return this.#releaseWhenAlone(client, node, live, cause);
    if (node.deleting || node.owners.length === 0) return;
    await this.#judge(client, node, live);
  }

  async #judge(client: Client, node: GraphNode, live: KubeObject): Promise<void> {
    const owners = await Promise.all(node.owners.map(async (reference) => ({ reference, state: await this.#stateOf(client, node, reference) })));
    // What is in no namespace can't have an owner in one: such an object is kept.
    if (owners.some(({ state }) => state === "unreachable")) return;
    const lost = owners.filter(({ state }) => state !== "solid");
    if (lost.length === 0) return;
    if (lost.length < owners.length) return this.#dropOwners(client, node, live, new Set(lost.map(({ reference }) => reference.uid)));
    const dependents = this.#graph.dependentsOf(node.uid);
    const waiting = owners.some(({ state }) => state === "waiting");
    if (waiting && dependents.length > 0) {
      // Two objects that wait for each other would wait for ever.
      const waitsFor = dependents.some((dependent) => dependent.waitsForDependents);
      if (waitsFor) await this.#unblockOwners(client, node, live);
      return this.#delete(client, node, "Foreground", waitsFor ? undefined : live);
    }
    const finalizers = live.metadata.finalizers ?? [];
    const policy = finalizers.includes(orphanFinalizer) ? "Orphan" : finalizers.includes(foregroundFinalizer) ? "Foreground" : "Background";
    await this.#delete(client, node, policy, live);
  }

  async #stateOf(client: Client, node: GraphNode, reference: OwnerReference): Promise<"solid" | "absent" | "waiting" | "unreachable"> {
    const known = this.#graph.get(reference.uid);
    if (known && isNamedBy(known, reference, node)) return known.waitsForDependents ? "waiting" : "solid";
    const type = this.#byKind.get(kindId(parseApiVersion(reference.apiVersion).group, reference.kind));
    // A kind that is not served now may be served again.
    if (!type) throw new Error(`unable to get REST mapping for ${reference.apiVersion}/${reference.kind}`);
    if (type.namespaced && !node.key.namespace) return "unreachable";
    const key = type.namespaced ? { namespace: node.key.namespace, name: reference.name } : { name: reference.name };
    const owner = await client.resource<KubeObject>(type).get(key).catch(undefinedIfGone);
    if (owner?.metadata.uid !== reference.uid) return "absent";
    return nodeOf(type, owner).waitsForDependents ? "waiting" : "solid";
  }

  /** As it was `judged`: an owner that it got meanwhile would save it. */
  async #delete(client: Client, { type, key, uid }: GraphNode, propagationPolicy: string, judged?: KubeObject): Promise<void> {
    const preconditions = { uid, ...(judged ? { resourceVersion: judged.metadata.resourceVersion } : {}) };
    await client.resource<KubeObject>(type).delete(key, { propagationPolicy, preconditions }).catch(undefinedIfGone);
  }

  async #releaseWhenAlone(client: Client, node: GraphNode, live: KubeObject, cause?: WriteCause): Promise<void> {
    const blocking = this.#graph
      .dependentsOf(node.uid)
      .filter(({ owners }) => owners.some(({ uid, blockOwnerDeletion }) => uid === node.uid && blockOwnerDeletion));
    if (blocking.length === 0) return this.#removeFinalizer(client, node, live, foregroundFinalizer);
    for (const dependent of blocking) if (!dependent.waitsForDependents) this.#objects.wake(dependent.uid, cause);
  }

  async #orphanDependents(client: Client, node: GraphNode, live: KubeObject): Promise<void> {
    const dependents = this.#graph.dependentsOf(node.uid);
    await Promise.all(
      dependents.map(async (dependent) => {
        const object = await client.resource<KubeObject>(dependent.type).get(dependent.key).catch(undefinedIfGone);
        if (object?.metadata.uid === dependent.uid) await this.#dropOwners(client, dependent, object, new Set([node.uid]));
      }),
    );
    await this.#removeFinalizer(client, node, live, orphanFinalizer);
  }

  async #dropOwners(client: Client, node: GraphNode, live: KubeObject, uids: Set<string>): Promise<void> {
    const kept = (live.metadata.ownerReferences ?? []).filter(({ uid }) => !uids.has(uid));
    await patchMetadata(client, node, live, { ownerReferences: kept.length > 0 ? kept : null });
  }

  async #unblockOwners(client: Client, node: GraphNode, live: KubeObject): Promise<void> {
    const ownerReferences = (live.metadata.ownerReferences ?? []).map((reference) => ({ ...reference, blockOwnerDeletion: false }));
    await patchMetadata(client, node, live, { ownerReferences });
  }

  async #removeFinalizer(client: Client, node: GraphNode, live: KubeObject, finalizer: string): Promise<void> {
    const kept = (live.metadata.finalizers ?? []).filter((each) => each !== finalizer);
    await patchMetadata(client, node, live, { finalizers: kept.length > 0 ? kept : null });
  }
}

const kindId = (group: string, kind: string): string => `${kind}.${group}`;

const isCollectable = (type: DiscoveredResource): boolean =>
  ["delete", "list", "watch"].every((verb) => type.verbs.includes(verb)) && !ignored.has(idOf(type));

/** A merge patch that holds for the read revision only, for built-in and custom resources alike. */
async function patchMetadata(
  client: Client,
  { type, key, uid }: GraphNode,
  { metadata: { resourceVersion } }: KubeObject,
  change: object,
): Promise<void> {
  await client
    .resource<KubeObject>(type)
    .patch(key, { metadata: { uid, resourceVersion, ...change } }, { type: "merge" })
    .catch(undefinedIfGone);
}

function undefinedIfGone(error: unknown): undefined {
  if (!hasReason(error, "NotFound")) throw error;
  return undefined;
}
