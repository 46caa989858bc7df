import type { ObjectRef, PlanProgress, Receipt, StreamMessage } from "../../../shared/contract.ts";
import { type KubeObject, keyOf } from "../../../shared/kubernetes/object.ts";
import type { Pod } from "../../../shared/kubernetes/types.ts";
import type { Receipts, UndoStep } from "../actions/receipts.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { messageOf } from "../errors.ts";
import { applyObject, deleteObject, findObject, restoreObject } from "../objects/api.ts";
import type { StreamEnds, StreamSource } from "../port/types.ts";
import { every, type Clock } from "../time.ts";
import { Relations } from "../watch/relations.ts";
import type { CacheLease } from "../watch/cachePool.ts";
import type { PlannedItem } from "./makePlan.ts";
import { readinessOf } from "./readiness.ts";

type Message = StreamMessage<"apply">;

interface ApplyOptions {
  cluster: Cluster;
  receipts: Receipts;
  clock: Clock;
  /** The ticked items, in apply order. */
  items: PlannedItem[];
  force: boolean;
  ends: StreamEnds;
}

/** Items that need the one before them to be ready first. */
const awaited = new Set(["Namespace", "CustomResourceDefinition"]);
const awaitedPatience = 30_000;

/** One application of a plan: in order, then watched until each object is ready or has failed. */
export class PlanApplication implements StreamSource<Message> {
  readonly #options: ApplyOptions;
  readonly #progress = new Map<string, PlanProgress>();
  readonly #changed = new Set<string>();
  readonly #watching = new Map<string, { lease: CacheLease; subscription: Disposable; object: ObjectRef; kind: string }>();
  readonly #relations: Relations;
  readonly #undo: UndoStep[] = [];
  readonly #ticker: Disposable;
  #receipt: Receipt | undefined;
  #receiptSent = false;
  #allApplied = false;
  #closed = false;

  constructor(options: ApplyOptions) {
    this.#options = options;
    this.#relations = new Relations(options.cluster, ["pods", "replicasets"], () => this.#look());
    this.#ticker = every(options.clock, 1000, () => this.#look());
    for (const { item } of options.items) this.#set(item.id, { state: "waiting" });
    void this.#run();
  }

  next(): Message | undefined {
    const progress = [...this.#changed].map((id) => this.#progress.get(id)!);
    this.#changed.clear();
    const receipt = this.#receipt && !this.#receiptSent ? this.#receipt : undefined;
    if (receipt) this.#receiptSent = true;
    return progress.length > 0 || receipt ? { progress, ...(receipt ? { receipt } : {}) } : undefined;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#ticker[Symbol.dispose]();
    this.#relations[Symbol.dispose]();
    for (const { lease, subscription } of this.#watching.values()) {
      subscription[Symbol.dispose]();
      lease[Symbol.dispose]();
    }
  }

  /** Goes on even when the window closes the stream: what was begun is not left half done. */
  async #run(): Promise<void> {
    for (const planned of this.#options.items) {
      const applied = await this.#applyOne(planned);
      if (applied && awaited.has(planned.item.kind)) await this.#untilReady(planned.item.id);
      if (applied && planned.item.kind === "CustomResourceDefinition") await this.#options.cluster.rediscover().catch(() => {});
    }
    this.#receipt = this.#makeReceipt();
    this.#allApplied = true;
    this.#look();
    this.#options.ends.wake();
  }

  async #applyOne({ item, object, body, force: ours = false }: PlannedItem): Promise<boolean> {
    const { cluster, force } = this.#options;
    this.#set(item.id, { state: "applying" });
    try {
      const target = object ?? (await this.#resolve(body!));
      const before = await findObject(cluster, target);
      const applied = await applyObject(cluster, target, body, { force: force || ours });
      const changed = before?.metadata.resourceVersion !== applied.metadata.resourceVersion;
      if (changed) this.#undo.push({ object: target, run: () => (before ? restoreObject(cluster, target, before) : deleteObject(cluster, target)) });
      this.#set(item.id, { state: "applied", ...(changed ? revisionIn(applied) : {}) });
      if (!this.#closed) this.#watch(item.id, item.kind, target);
      return true;
    } catch (error) {
      this.#set(item.id, { state: "failed", message: messageOf(error) });
      return false;
    }
  }

  /** The resource of a kind that a CRD of this plan has just brought. */
  async #resolve(body: KubeObject): Promise<ObjectRef> {
    const resources = await this.#options.cluster.resources();
    const found = resources.find(({ group, version, kind }) => kind === body.kind && (group ? `${group}/${version}` : version) === body.apiVersion);
    if (!found) throw new Error(`no kind "${body.kind}" in apiVersion "${body.apiVersion}": its definition was not accepted`);
    const { group, version, resource } = found;
    return {
      group,
      version,
      resource,
      ...(found.namespaced ? { namespace: body.metadata.namespace || this.#options.cluster.namespace } : {}),
      name: body.metadata.name,
    };
  }

  #watch(id: string, kind: string, object: ObjectRef): void {
    const { name: _name, ...all } = object;
    const lease = this.#options.cluster.caches.lease(all);
    const subscription = lease.cache.subscribe({ changed: () => this.#look() });
    this.#watching.set(id, { lease, subscription, object, kind });
    this.#look();
  }

  #look(): void {
    if (this.#closed) return;
    for (const [id, { lease, object }] of this.#watching) {
      const live = lease.cache.get(keyOf(object))?.object;
      const { state } = this.#progress.get(id)!;
      if (live && state === "applied") this.#set(id, readinessOf(live, this.#podsOf(live)));
    }
    const done = [...this.#progress.values()].every(({ state }) => state === "ready" || state === "failed" || state === "skipped");
    if (this.#allApplied && done) this.#options.ends.end();
  }

  #podsOf(object: KubeObject): Pod[] {
    const pods = this.#relations.podsOf(object);
    const newest = this.#relations.replicaSetsOf(object).sort((a, b) => revisionOf(b) - revisionOf(a))[0];
    return newest ? pods.filter((pod) => pod.metadata.ownerReferences?.some(({ uid }) => uid === newest.metadata.uid)) : pods;
  }

  async #untilReady(id: string): Promise<void> {
    const end = this.#options.clock.now() + awaitedPatience;
    while (!this.#closed && this.#progress.get(id)?.state === "applied" && this.#options.clock.now() < end) {
      await new Promise<void>((resolve) => void this.#options.clock.after(100, resolve));
    }
  }

  #makeReceipt(): Receipt {
    const { cluster, receipts, items } = this.#options;
    const failed = [...this.#progress.values()].filter(({ state }) => state === "failed").length;
    const files = [...new Set(items.map(({ item }) => item.source.name))];
    const count = items.length - failed;
    return receipts.add({
      cluster: cluster.id,
      title: `Applied ${count} object${count === 1 ? "" : "s"}${failed > 0 ? `, ${failed} failed` : ""}`,
      kubectl: `kubectl apply --server-side --field-manager=wherry ${files.map((file) => `-f ${file}`).join(" ")}`,
      undo: this.#undo,
    });
  }

  #set(id: string, change: Omit<PlanProgress, "item">): void {
    const before = this.#progress.get(id);
    if (before?.state === change.state && before.message === change.message) return;
    const revision = before?.revision === undefined ? {} : { revision: before.revision };
    this.#progress.set(id, { item: id, ...revision, ...change });
    this.#changed.add(id);
    this.#options.ends.wake();
  }
}

/** Where the chain of a write begins; versions of other clusters need not be numbers. */
function revisionIn({ metadata: { resourceVersion } }: KubeObject): { revision?: number } {
  return /^[1-9]\d{0,14}$/.test(resourceVersion) ? { revision: Number(resourceVersion) } : {};
}

const revisionOf = (object: KubeObject): number => Number(object.metadata.annotations?.["deployment.kubernetes.io/revision"] ?? 0);
