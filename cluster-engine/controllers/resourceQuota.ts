import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { Pod, ResourceQuota } from "../../shared/kubernetes/types.ts";
import { parseQuantity, zeroQuantity, type Quantity } from "../api/quantity.ts";
import { ConfigMaps, PersistentVolumeClaims, Pods, ReplicationControllers, ResourceQuotas, Secrets, Services } from "../api/resources.ts";
import { resourceTable } from "../api/resourceTable.ts";
import type { ResourceType } from "../api/resourceType.ts";
import { Disposables } from "../base/disposal.ts";
import { causeOf } from "../client/client.ts";
import { runReconciler, source, type Reconciler } from "../client/reconciler.ts";
import type { Informer } from "../client/types.ts";
import { semanticEqual } from "./equality.ts";
import { ServedResources } from "./servedResources.ts";
import { loopOptions, type Controller, type ControllerContext } from "./types.ts";

/** How quotas count, the same for admission (which refuses) and for the controller (which recounts). */
export interface QuotaEvaluator {
  /** What one object takes, by the names that quotas use. */
  usageOf(object: KubeObject, type: { group: string; resource: string }): Record<string, Quantity | undefined>;
  /** True when all scopes of a quota hold for the object. */
  isInScope(quota: ResourceQuota, object: KubeObject, resource: string): boolean;
}

/** Recounts what each ResourceQuota's namespace uses. Does nothing without an evaluator. */
export const resourceQuotaController: Controller = {
  name: "resourcequota-controller",
  account: "resourcequota-controller",
  start(context) {
    const { quotas: evaluator } = context.inputs;
    return evaluator ? new QuotaController(context, evaluator) : new Disposables();
  },
};

const countPrefix = "count/";

/** ms after which a kind that was not served is looked for again. */
const servedSoon = 30_000;

/** The kinds of objects that a resource of a quota counts; `custom`: those that are served besides the built-in ones. */
export function countedTypes(name: string, custom: ResourceType[] = []): ResourceType[] {
  if (name.startsWith(countPrefix)) {
    const [resource = "", ...group] = name.slice(countPrefix.length).split(".");
    const isCounted = (each: ResourceType) => each.resource === resource && each.group === group.join(".") && each.namespaced;
    const found = resourceTable.find(isCounted) ?? custom.find(isCounted);
    return found ? [found] : [];
  }
  if (name.startsWith("services")) return [Services];
  if (name.includes("storageclass.storage.k8s.io/") || name === "requests.storage") return [PersistentVolumeClaims];
  const byName = [ConfigMaps, Secrets, ReplicationControllers, ResourceQuotas, PersistentVolumeClaims] as ResourceType[];
  const named = byName.filter(({ resource }) => resource === name);
  return named.length > 0 ? named : [Pods];
}

class QuotaController implements Disposable {
  readonly #context: ControllerContext;
  readonly #evaluator: QuotaEvaluator;
  readonly #quotas: Informer<ResourceQuota>;
  readonly #served: ServedResources;
  readonly #followed = new Map<string, Informer<KubeObject>>();
  readonly #disposables = new Disposables();
  readonly #reconciler: Reconciler;

  constructor(context: ControllerContext, evaluator: QuotaEvaluator) {
    this.#context = context;
    this.#evaluator = evaluator;
    this.#quotas = context.informers.of(ResourceQuotas);
    this.#served = new ServedResources(context.clock);
    this.#reconciler = this.#disposables.add(
      runReconciler({
        ...loopOptions(context),
        name: "resource-quota",
        sources: [source(this.#quotas)],
        reconcile: (key, { client }) => this.#recount(key, client),
      }),
    );
  }

  [Symbol.dispose](): void {
    this.#disposables[Symbol.dispose]();
  }

  async #recount(key: string, client: ControllerContext["client"]): Promise<void | { requeueAfter: number }> {
    const quota = this.#quotas.get(key);
    if (!quota) return;
    const hard = quota.spec?.hard ?? {};
    const custom = await this.#customTypes(client, Object.keys(hard));
    const types = new Map(
      Object.keys(hard)
        .flatMap((name) => countedTypes(name, custom))
        .map((type) => [`${type.resource}.${type.group}`, type]),
    );
    const used = new Map(Object.keys(hard).map((name) => [name, zeroQuantity]));
    for (const type of types.values()) {
      const informer = this.#follow(type);
      await informer.synced;
      for (const object of informer.list(quota.metadata.namespace))
        if (this.#evaluator.isInScope(quota, object, type.resource)) this.#add(used, object, type);
    }
    const status = { hard, used: Object.fromEntries([...used].map(([name, amount]) => [name, amount.toString()])) };
    if (!sameAmounts(status, quota.status)) await client.resource(ResourceQuotas).updateStatus({ ...quota, status });
    const isUnserved = Object.keys(hard).some((name) => name.startsWith(countPrefix) && countedTypes(name, custom).length === 0);
    return isUnserved ? { requeueAfter: servedSoon } : undefined;
  }

  async #customTypes(client: ControllerContext["client"], names: string[]): Promise<ResourceType[]> {
    const unknown = names.filter((name) => name.startsWith(countPrefix) && countedTypes(name).length === 0);
    if (unknown.length === 0) return [];
    const wanted = new Set(unknown.map((name) => name.slice(countPrefix.length)));
    return this.#served.find(client.transport, ({ resource, group }) => wanted.has(`${resource}.${group}`));
  }

  #add(used: Map<string, Quantity>, object: KubeObject, type: ResourceType): void {
    for (const [name, amount] of Object.entries(this.#evaluator.usageOf(object, type))) {
      const sum = used.get(name);
      if (sum && amount) used.set(name, sum.add(amount));
    }
  }

  /** Watches a kind as soon as the first quota counts it. */
  #follow(type: ResourceType): Informer<KubeObject> {
    const id = `${type.resource}.${type.group}`;
    const known = this.#followed.get(id);
    if (known) return known;
    const informer = this.#context.informers.of<KubeObject>(type);
    this.#followed.set(id, informer);
    const recount = (object: KubeObject) => {
      const cause = causeOf(type, object);
      for (const quota of this.#quotas.list(object.metadata.namespace)) this.#reconciler.wake(quota.metadata, cause);
    };
    const onUpdate = (object: KubeObject, old: KubeObject) => {
      if (!semanticEqual(countedPart(object), countedPart(old))) recount(object);
    };
    this.#disposables.add(informer.handle({ onAdd: recount, onUpdate, onDelete: recount }));
    return informer;
  }
}

/** Status changes other than a pod's end change no usage. */
const countedPart = (object: KubeObject): unknown => {
  const { spec, status } = object as unknown as Pod;
  return [spec, status?.phase === "Succeeded" || status?.phase === "Failed"];
};

function sameAmounts(a: NonNullable<ResourceQuota["status"]>, b: ResourceQuota["status"]): boolean {
  const amounts = (map: Record<string, string | number> = {}) =>
    Object.fromEntries(Object.entries(map).map(([name, amount]) => [name, parseQuantity(amount).toString()]));
  return semanticEqual(amounts(a.hard), amounts(b?.hard)) && semanticEqual(amounts(a.used), amounts(b?.used));
}
