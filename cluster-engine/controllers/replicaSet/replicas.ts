import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { LabelSelector, Pod, ReplicaSet, ReplicationController } from "../../../shared/kubernetes/types.ts";
import { Pods, ReplicaSets } from "../../api/resources.ts";
import type { ResourceType } from "../../api/resourceType.ts";
import { labelSelectorMatcher } from "../../api/selectors.ts";
import { rfc3339 } from "../../base/clock.ts";
import { runReconciler, source, type ReconcileContext } from "../../client/reconciler.ts";
import type { Informer } from "../../client/types.ts";
import { slowStart, together } from "../batches.ts";
import { semanticEqual } from "../equality.ts";
import { candidates, claim, controllerOf, dependants, indexByController, isControlledBy, wakesOwners } from "../owners.ts";
import { createPod, deletePod, isNamespaceTerminating, messageOf, podFromTemplate } from "../podControl.ts";
import { inDeletionOrder, ranksByNode } from "../podRanking.ts";
import { isActive, isTerminating, nextAvailability } from "../podState.ts";
import { loopOptions, type ControllerContext } from "../types.ts";
import { replicaStatus } from "./status.ts";

type Replicated = ReplicaSet | ReplicationController;

/** What tells ReplicaSets and ReplicationControllers apart. */
export interface ReplicaKind<T extends Replicated> {
  name: string;
  type: ResourceType<T>;
  selector(owner: T): LabelSelector | undefined;
  countsTerminating: boolean;
}

/** As many pods are made or deleted in one run at most. */
const burst = 500;

/** Keeps as many pods of a template as asked for: the core of ReplicaSets and ReplicationControllers. */
export function startReplicas<T extends Replicated>(context: ControllerContext, kind: ReplicaKind<T>): Disposable {
  const owners = context.informers.of(kind.type);
  const pods = indexByController(context.informers.of(Pods));
  const replicas = new Replicas(context, kind, owners, pods);
  const selects = (owner: T, labels: Record<string, string>) => labelSelectorMatcher(kind.selector(owner))(labels);
  return runReconciler({
    ...loopOptions(context),
    name: kind.name,
    sources: [source(owners), source(pods, wakesOwners(owners, selects))],
    reconcile: (key, run) => replicas.reconcile(key, run),
  });
}

class Replicas<T extends Replicated> {
  readonly #context: ControllerContext;
  readonly #kind: ReplicaKind<T>;
  readonly #owners: Informer<T>;
  readonly #pods: Informer<Pod>;

  constructor(context: ControllerContext, kind: ReplicaKind<T>, owners: Informer<T>, pods: Informer<Pod>) {
    this.#context = context;
    this.#kind = kind;
    this.#owners = owners;
    this.#pods = pods;
  }

  async reconcile(key: string, run: ReconcileContext): Promise<void | { requeueAfter: number }> {
    const owner = this.#owners.get(key);
    if (!owner) return;
    const selects = labelSelectorMatcher(this.#kind.selector(owner));
    const all = candidates(this.#pods, owner);
    const active = await claim({ client: run.client, type: Pods, owner, ownerType: this.#kind.type, selects, objects: all.filter(isActive) });
    const failure = owner.metadata.deletionTimestamp ? undefined : await this.#manage(run, owner, active);
    const terminating = all.filter((pod) => isTerminating(pod) && isControlledBy(pod, owner) && selects(pod.metadata.labels ?? {}));
    await this.#updateStatus(run, owner, active, terminating, failure);
    if (failure) throw failure.error;
    const wait = nextAvailability(active, owner.spec?.minReadySeconds ?? 0, this.#context.clock.now());
    return wait === undefined ? undefined : { requeueAfter: wait };
  }

  async #manage(run: ReconcileContext, owner: T, active: Pod[]): Promise<{ error: unknown } | undefined> {
    const surplus = active.length - (owner.spec?.replicas ?? 1);
    try {
      if (surplus < 0) await this.#create(run, owner, Math.min(-surplus, burst));
      if (surplus > 0) await this.#delete(run, owner, active, Math.min(surplus, burst));
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  async #create({ client }: ReconcileContext, owner: T, count: number): Promise<void> {
    const control = { client, events: this.#context.events };
    const pod = podFromTemplate(owner.spec!.template!, owner, this.#kind.type);
    await slowStart(count, async () => {
      try {
        await createPod(control, owner, pod);
      } catch (error) {
        if (!isNamespaceTerminating(error)) throw error;
      }
    });
  }

  async #delete({ client }: ReconcileContext, owner: T, active: Pod[], count: number): Promise<void> {
    const ranked = count < active.length ? inDeletionOrder(active, ranksByNode(this.#related(owner)), this.#context.clock.now()) : active;
    await together(ranked.slice(0, count), (pod) => deletePod({ client, events: this.#context.events }, owner, pod));
  }

  /** The pods of all ReplicaSets of the same controller, such as the old and the new one of a Deployment. */
  #related(owner: T): Pod[] {
    const controller = controllerOf(owner);
    if (!controller) return dependants(this.#pods, owner).filter(isActive);
    const siblings = this.#owners.list(owner.metadata.namespace).filter((other) => controllerOf(other as KubeObject)?.uid === controller.uid);
    return siblings.flatMap((sibling) => dependants(this.#pods, sibling)).filter(isActive);
  }

  async #updateStatus(run: ReconcileContext, owner: T, active: Pod[], terminating: Pod[], failure?: { error: unknown }): Promise<void> {
    const now = this.#context.clock.now();
    const status = replicaStatus({
      owner,
      active,
      terminating: this.#kind.countsTerminating ? terminating : undefined,
      failure: failure && messageOf(failure.error),
      now,
      stamp: rfc3339(now),
    });
    if (!semanticEqual(owner.status, status)) await run.client.resource(this.#kind.type).updateStatus({ ...owner, status });
  }
}

export const replicaSetKind: ReplicaKind<ReplicaSet> = {
  name: "replicaset",
  type: ReplicaSets,
  selector: (owner) => owner.spec.selector,
  countsTerminating: true,
};
