import { keyOf } from "../../../shared/kubernetes/object.ts";
import type { ControllerRevision, PersistentVolumeClaim, Pod, PodTemplateSpec, StatefulSet } from "../../../shared/kubernetes/types.ts";
import { ControllerRevisions, PersistentVolumeClaims, Pods, StatefulSets } from "../../api/resources.ts";
import { labelSelectorMatcher } from "../../api/selectors.ts";
import { hasReason } from "../../api/statusError.ts";
import { runReconciler, source, type ReconcileContext, type Source } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { slowStart, together } from "../batches.ts";
import { semanticEqual } from "../equality.ts";
import { syncHistory, templateOf, truncateHistory, type History } from "../history.ts";
import { candidates, claim, indexByController, wakesOwners } from "../owners.ts";
import { isNamespaceTerminating, messageOf } from "../podControl.ts";
import { nextAvailability } from "../podState.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import { adjustClaims, createClaims, isClaimStale, type ClaimAccess } from "./claims.ts";
import { hasIdentity, identityLabels, ordinalOf, revisionOf, statefulPod } from "./identity.ts";
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
      sources: [source(sets), source(pods, wakesOwners(sets, selects)), claimsGone(claims, sets)],
      reads: [revisions],
      reconcile: (key, run) => controller.reconcile(key, run),
    });
  },
};

/** A pod may wait for a claim of its name to be gone. */
const claimsGone = (claims: Informer<PersistentVolumeClaim>, sets: Informer<StatefulSet>): Source =>
  source(
    claims,
    (claim) =>
      claims.get(claim.metadata)
        ? []
        : sets
            .list(claim.metadata.namespace)
            .filter((set) => usesClaim(set, claim))
            .map(({ metadata }) => keyOf(metadata)),
    () => false,
  );

const usesClaim = ({ spec, metadata: { name } }: StatefulSet, claim: PersistentVolumeClaim): boolean =>
  (spec.volumeClaimTemplates ?? []).some((template) => claim.metadata.name.startsWith(`${template.metadata.name}-${name}-`));

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
      await this.#repair(client, set, owned);
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
    if (isClaimStale(this.#claimAccess(client), set, ordinal)) return;
    try {
      await createClaims(this.#claimAccess(client), set, ordinal);
      await client.resource(Pods).create(pod);
      this.#tell(set, "SuccessfulCreate", `Create Pod ${name} in StatefulSet ${set.metadata.name} successful`);
    } catch (error) {
      // A pod of the name may still be on its way out: its deletion wakes the loop.
      if (hasReason(error, "AlreadyExists") || isNamespaceTerminating(error)) return;
      this.#tell(set, "FailedCreate", `Create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${messageOf(error)}`);
      throw error;
    }
  }

  /** What is missing or was changed about pods that stay, and the claims of those that go. */
  async #repair(client: Client, set: StatefulSet, owned: Pod[]): Promise<void> {
    const access = this.#claimAccess(client);
    const condemned = new Set(divide(set, owned).condemned);
    for (const pod of owned) {
      const ordinal = ordinalOf(set, pod)!;
      if (!condemned.has(pod) && pod.status?.phase === "Pending") await createClaims(access, set, ordinal);
      if (!hasIdentity(pod)) await this.#identify(client, set, pod, ordinal);
      await adjustClaims(access, set, pod, condemned.has(pod));
    }
  }

  async #identify(client: Client, set: StatefulSet, pod: Pod, ordinal: number): Promise<void> {
    const labels = { ...pod.metadata.labels, ...identityLabels(pod.metadata.name, ordinal) };
    await client.resource(Pods).update({ ...pod, metadata: { ...pod.metadata, labels } });
    this.#tell(set, "SuccessfulUpdate", `Update Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`);
  }

  #claimAccess(client: Client): ClaimAccess {
    const { context, claims } = this.#caches;
    return { client, events: context.events, claims };
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
