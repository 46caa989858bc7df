import type { ControllerRevision, PersistentVolumeClaim, Pod, PodTemplateSpec, StatefulSet } from "../../../shared/kubernetes/types.ts";
import { ControllerRevisions, PersistentVolumeClaims, Pods, StatefulSets } from "../../api/resources.ts";
import { labelSelectorMatcher } from "../../api/selectors.ts";
import { hasReason } from "../../api/statusError.ts";
import { runReconciler, source, type ReconcileContext } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { slowStart, together } from "../batches.ts";
import { semanticEqual } from "../equality.ts";
import { syncHistory, templateOf, truncateHistory, type History } from "../history.ts";
import { candidates, claim, indexByController, wakesOwners } from "../owners.ts";
import { isNamespaceTerminating, messageOf } from "../podControl.ts";
import { nextAvailability } from "../podState.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import { claimsOf, ordinalOf, retentionOwners, revisionOf, statefulPod } from "./identity.ts";
import { divide, planStatefulSet, revisionFor } from "./plan.ts";
import { statefulSetStatus } from "./status.ts";

/** Runs StatefulSets: pods with sticky names and claims, made, updated and removed in order. */
export const statefulSetController: Controller = {
  name: "statefulset-controller",
  account: "statefulset-controller",
  start(context) {
    const sets = context.informers.of(StatefulSets);
    const pods = indexByController(context.informers.of(Pods));
    const revisions = indexByController(context.informers.of(ControllerRevisions));
    const claims = context.informers.of(PersistentVolumeClaims);
    const controller = new StatefulSetController({ context, sets, pods, revisions, claims });
    const selects = (owner: StatefulSet, labels: Record<string, string>) => labelSelectorMatcher(owner.spec.selector)(labels);
    return runReconciler({
      ...loopOptions(context),
      name: "statefulset",
      sources: [source(sets), source(pods, wakesOwners(sets, selects))],
      reads: [revisions, claims],
      reconcile: (key, run) => controller.reconcile(key, run),
    });
  },
};

interface Caches {
  context: ControllerContext;
  sets: Informer<StatefulSet>;
  pods: Informer<Pod>;
  revisions: Informer<ControllerRevision>;
  claims: Informer<PersistentVolumeClaim>;
}

class StatefulSetController {
  readonly #caches: Caches;

  constructor(caches: Caches) {
    this.#caches = caches;
  }

  async reconcile(key: string, { client }: ReconcileContext): Promise<void | { requeueAfter: number }> {
    const { sets, pods, revisions: informer, context } = this.#caches;
    const set = sets.get(key);
    if (!set) return;
    const matches = labelSelectorMatcher(set.spec.selector);
    const mine = candidates(pods, set).filter((pod) => ordinalOf(set, pod) !== undefined);
    const owned = await claim({ client, type: Pods, owner: set, ownerType: StatefulSets, selects: matches, objects: mine });
    const history = await syncHistory({ client, type: StatefulSets, owner: set, informer, hashLabel: "controller.kubernetes.io/hash" });
    const current = history.revisions.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? history.update;
    const now = context.clock.now();
    const plan = planStatefulSet({ set, pods: owned, updateRevision: history.update.metadata.name, now });
    try {
      await this.#create(client, set, plan.create, current, history);
      await this.#adjustClaims(client, set, owned);
      await together(plan.delete, (pod) => this.#delete(client, set, pod));
    } finally {
      await this.#updateStatus(client, set, owned, current, history);
    }
    const live = new Set([current.metadata.name, history.update.metadata.name, ...owned.map(revisionOf)]);
    await truncateHistory(client, set, history.revisions, ({ metadata }) => live.has(metadata.name));
    const wait = nextAvailability(owned, set.spec.minReadySeconds ?? 0, now);
    return wait === undefined ? undefined : { requeueAfter: wait };
  }

  async #create(client: Client, set: StatefulSet, ordinals: number[], current: ControllerRevision, { update }: History): Promise<void> {
    await slowStart(ordinals.length, async (index) => {
      const ordinal = ordinals[index]!;
      const name = revisionFor(set, ordinal, current.metadata.name, update.metadata.name);
      const template = name === update.metadata.name ? set.spec.template : templateOf(current);
      await this.#createOne(client, set, template, name, ordinal);
    });
  }

  async #createOne(client: Client, set: StatefulSet, template: PodTemplateSpec, revision: string, ordinal: number): Promise<void> {
    const pod = statefulPod(set, template, revision, ordinal);
    const { name } = pod.metadata;
    try {
      await this.#createClaims(client, set, ordinal, name!);
      await client.resource(Pods).create(pod);
      this.#tell(set, "SuccessfulCreate", `Create Pod ${name} in StatefulSet ${set.metadata.name} successful`);
    } catch (error) {
      // A pod of the name may still be on its way out: its deletion wakes the loop.
      if (hasReason(error, "AlreadyExists") || isNamespaceTerminating(error)) return;
      this.#tell(set, "FailedCreate", `Create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${messageOf(error)}`);
      throw error;
    }
  }

  async #createClaims(client: Client, set: StatefulSet, ordinal: number, pod: string): Promise<void> {
    for (const claim of claimsOf(set, ordinal)) {
      const existing = this.#caches.claims.get(claim.metadata);
      if (existing?.metadata.deletionTimestamp)
        throw new Error(`failed to create PVC ${claim.metadata.name}: pvc ${claim.metadata.name} is being deleted`);
      if (existing) continue;
      const { name } = claim.metadata;
      try {
        await client.resource(PersistentVolumeClaims).create(claim);
        this.#tell(set, "SuccessfulCreate", `Create Claim ${name} Pod ${pod} in StatefulSet ${set.metadata.name} success`);
      } catch (error) {
        if (hasReason(error, "AlreadyExists")) continue;
        this.#tell(set, "FailedCreate", `Create Claim ${name} for Pod ${pod} in StatefulSet ${set.metadata.name} failed error: ${messageOf(error)}`);
        throw error;
      }
    }
  }

  /** Claims follow the retention policy, which may have changed, and pods that are scaled away. */
  async #adjustClaims(client: Client, set: StatefulSet, owned: Pod[]): Promise<void> {
    if (!set.spec.volumeClaimTemplates?.length) return;
    const condemned = new Set(divide(set, owned).condemned);
    for (const pod of owned)
      for (const { metadata } of claimsOf(set, ordinalOf(set, pod)!)) {
        const existing = this.#caches.claims.get(metadata);
        if (!existing) continue;
        const own = new Set([set.metadata.uid, pod.metadata.uid]);
        const others = (existing.metadata.ownerReferences ?? []).filter(({ uid }) => !own.has(uid));
        const ownerReferences = [...others, ...retentionOwners(set, condemned.has(pod) ? pod : undefined)];
        if (semanticEqual(ownerReferences, existing.metadata.ownerReferences)) continue;
        await client.resource(PersistentVolumeClaims).update({ ...existing, metadata: { ...existing.metadata, ownerReferences } });
      }
  }

  async #delete(client: Client, set: StatefulSet, pod: Pod): Promise<void> {
    const { name } = pod.metadata;
    try {
      await client.resource(Pods).delete(pod.metadata);
      this.#tell(set, "SuccessfulDelete", `Delete Pod ${name} in StatefulSet ${set.metadata.name} successful`);
    } catch (error) {
      if (hasReason(error, "NotFound")) return;
      this.#tell(set, "FailedDelete", `Delete Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${messageOf(error)}`);
      throw error;
    }
  }

  #tell(set: StatefulSet, reason: string, message: string): void {
    this.#caches.context.events.event(set, reason.startsWith("Failed") ? "Warning" : "Normal", reason, message);
  }

  async #updateStatus(
    client: Client,
    set: StatefulSet,
    pods: Pod[],
    current: ControllerRevision,
    { update, collisionCount }: History,
  ): Promise<void> {
    const { clock } = this.#caches.context;
    const status = statefulSetStatus({
      set,
      pods,
      currentRevision: current.metadata.name,
      updateRevision: update.metadata.name,
      collisionCount,
      now: clock.now(),
    });
    if (!semanticEqual(status, set.status)) await client.resource(StatefulSets).updateStatus({ ...set, status });
  }
}
