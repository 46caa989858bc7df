import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from "../../../shared/kubernetes/types.ts";
import { Deployments, ReplicaSets } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import type { EventRecorder } from "../../client/events.ts";
import type { Client } from "../../client/types.ts";
import { findCondition, withCondition } from "../conditions.ts";
import { semanticEqual } from "../equality.ts";
import { controllerReference, isControlledBy } from "../owners.ts";
import { isNamespaceTerminating, messageOf } from "../podControl.ts";
import { templateHash } from "../templateHash.ts";
import { hasDeadline, replicasOf } from "./limits.ts";
import {
  desiredAnnotation,
  findNew,
  hashLabel,
  maxRevision,
  newAnnotations,
  revisionAnnotation,
  revisionOf,
  sameTemplate,
  sizeAnnotation,
  sizeAnnotations,
  sortedByAge,
} from "./revisions.ts";
import { newSize, scaleProportionally, total, type Resize } from "./sizes.ts";
import { condition } from "./status.ts";

export interface RolloutOptions {
  deployment: Deployment;
  client: Client;
  events: EventRecorder;
  /** ms and the same as RFC 3339. */
  now: number;
  stamp: string;
}

/**
 * One run over a Deployment: its ReplicaSets, a draft of it on which the run notes annotations and conditions, and the
 * writes. ReplicaSets are written at once, the Deployment's status at the end.
 */
export class Rollout {
  /** A draft. */
  readonly deployment: Deployment;
  readonly now: number;
  readonly stamp: string;
  newReplicaSet: ReplicaSet | undefined;
  oldReplicaSets: ReplicaSet[] = [];
  readonly #original: Deployment;
  readonly #client: Client;
  readonly #events: EventRecorder;

  constructor({ deployment, client, events, now, stamp }: RolloutOptions) {
    this.#original = deployment;
    this.deployment = structuredClone(deployment);
    this.#client = client;
    this.#events = events;
    this.now = now;
    this.stamp = stamp;
  }

  divide(owned: ReplicaSet[]): void {
    this.newReplicaSet = findNew(this.deployment, owned);
    this.oldReplicaSets = sortedByAge(owned.filter((each) => each !== this.newReplicaSet));
  }

  /** Brings the new ReplicaSet's annotations up to date, or creates it. */
  async syncNew({ create }: { create: boolean }): Promise<void> {
    const revision = maxRevision(this.oldReplicaSets) + 1n;
    if (this.newReplicaSet) await this.#updateNew(this.newReplicaSet, revision);
    else if (create) await this.#createNew(revision);
  }

  /** Grows (or cuts) the new ReplicaSet; false when it is as it should be. */
  async growNew(): Promise<boolean> {
    const current = replicasOf(this.newReplicaSet!);
    const replicas = newSize(this.deployment, current, total([...this.oldReplicaSets, this.newReplicaSet!]));
    if (current === replicasOf(this.deployment) || replicas === current) return false;
    await this.resize([{ replicaSet: this.newReplicaSet!, replicas }]);
    return true;
  }

  async resize(resizes: Resize[]): Promise<void> {
    for (const { replicaSet, replicas } of resizes) if (replicasOf(replicaSet) !== replicas) await this.#resizeOne(replicaSet, replicas);
  }

  /** The Deployment was scaled, or is paused: sizes change, templates do not. */
  async scale(): Promise<void> {
    const all = [...this.oldReplicaSets, ...(this.newReplicaSet ? [this.newReplicaSet] : [])];
    const active = all.filter((each) => replicasOf(each) > 0);
    const only = active.length === 0 ? (this.newReplicaSet ?? this.oldReplicaSets.at(-1)) : active.length === 1 ? active[0] : undefined;
    if (only) return this.resize([{ replicaSet: only, replicas: replicasOf(this.deployment) }]);
    if (active.length === 0) return;
    if (this.#isSaturated())
      return this.resize(active.filter((each) => each !== this.newReplicaSet).map((replicaSet) => ({ replicaSet, replicas: 0 })));
    if (this.deployment.spec.strategy?.type === "Recreate") return;
    // Those that keep their size still learn what the Deployment's is.
    for (const { replicaSet, replicas } of scaleProportionally(this.deployment, active)) await this.#resizeOne(replicaSet, replicas);
  }

  /** Deletes old ReplicaSets beyond the history limit. */
  async cleanUp(): Promise<void> {
    const alive = this.oldReplicaSets.filter((each) => !each.metadata.deletionTimestamp);
    const surplus = alive.length - (this.deployment.spec.revisionHistoryLimit ?? 10);
    if (surplus <= 0) return;
    const oldest = alive.sort((a, b) => (revisionOf(a) < revisionOf(b) ? -1 : 1)).slice(0, surplus);
    for (const each of oldest) {
      const observed = (each.metadata.generation ?? 0) <= (each.status?.observedGeneration ?? 0);
      if (each.status?.replicas || replicasOf(each) > 0 || !observed) continue;
      await this.#client.resource(ReplicaSets).delete(each.metadata).catch(unlessGone);
    }
  }

  /** Writes the status, when it or the annotations changed. */
  async finish(status: DeploymentStatus): Promise<void> {
    this.deployment.status = status;
    const changed = !semanticEqual(status, this.#original.status) || !semanticEqual(this.deployment.metadata, this.#original.metadata);
    if (changed) await this.#client.resource(Deployments).updateStatus(this.deployment);
  }

  async #updateNew(replicaSet: ReplicaSet, revision: bigint): Promise<void> {
    const annotations = newAnnotations(this.deployment, replicaSet.metadata.annotations ?? {}, revision, true);
    const { minReadySeconds = 0 } = this.deployment.spec;
    const current = { annotations: replicaSet.metadata.annotations, minReadySeconds: replicaSet.spec.minReadySeconds ?? 0 };
    if (!semanticEqual(current, { annotations, minReadySeconds })) {
      const next = { ...replicaSet, metadata: { ...replicaSet.metadata, annotations }, spec: { ...replicaSet.spec, minReadySeconds } };
      this.newReplicaSet = await this.#client.resource(ReplicaSets).update(next);
    }
    this.#noteRevision(annotations[revisionAnnotation]!);
    if (!findCondition(this.deployment.status?.conditions, "Progressing"))
      this.#noteProgress("True", "FoundNewReplicaSet", `Found new replica set "${replicaSet.metadata.name}"`);
  }

  async #createNew(revision: bigint): Promise<void> {
    const { metadata } = this.deployment;
    const made = this.#newReplicaSet(revision);
    try {
      this.newReplicaSet = await this.#client.resource(ReplicaSets).create(made);
    } catch (error) {
      if (hasReason(error, "AlreadyExists")) return this.#resolveCollision(made.metadata.name, error);
      if (!isNamespaceTerminating(error)) this.#noteCreateError(made.metadata.name, error);
      throw error;
    }
    const { name } = made.metadata;
    if (made.spec.replicas > 0)
      this.#events.event(this.#original, "Normal", "ScalingReplicaSet", `Scaled up replica set ${name} from 0 to ${made.spec.replicas}`);
    metadata.annotations = { ...metadata.annotations, [revisionAnnotation]: String(revision) };
    this.#noteProgress("True", "NewReplicaSetCreated", `Created new replica set "${name}"`);
  }

  #newReplicaSet(revision: bigint) {
    const { metadata, spec, status } = this.deployment;
    const hash = templateHash(spec.template, status?.collisionCount);
    const labels = { ...spec.template.metadata?.labels, [hashLabel]: hash };
    return {
      metadata: {
        name: `${metadata.name}-${hash}`,
        namespace: metadata.namespace,
        ownerReferences: [controllerReference(Deployments, this.deployment)],
        labels,
        annotations: newAnnotations(this.deployment, {}, revision, false),
      },
      spec: {
        replicas: newSize(this.deployment, 0, total(this.oldReplicaSets)),
        minReadySeconds: spec.minReadySeconds,
        selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [hashLabel]: hash } },
        template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
      },
    };
  }

  /** The name is taken: by our own ReplicaSet that the cache did not show, or by another template with the same hash. */
  async #resolveCollision(name: string, error: unknown): Promise<void> {
    const { metadata, spec, status } = this.deployment;
    const existing = await this.#client.resource(ReplicaSets).get({ name, namespace: metadata.namespace });
    if (isControlledBy(existing, this.deployment) && sameTemplate(existing.spec.template, spec.template)) {
      this.newReplicaSet = existing;
      return;
    }
    this.deployment.status = { ...status, collisionCount: (status?.collisionCount ?? 0) + 1 };
    throw error;
  }

  #noteCreateError(name: string, error: unknown): void {
    const message = `Failed to create new replica set "${name}": ${messageOf(error)}`;
    this.#noteProgress("False", "ReplicaSetCreateError", message);
    this.#events.event(this.#original, "Warning", "ReplicaSetCreateError", message);
  }

  #noteRevision(revision: string): void {
    const { metadata } = this.deployment;
    if (revision) metadata.annotations = { ...metadata.annotations, [revisionAnnotation]: revision };
  }

  #noteProgress(status: DeploymentCondition["status"], reason: string, message: string): void {
    if (!hasDeadline(this.deployment)) return;
    const next = condition("Progressing", status as "True" | "False", reason, message, this.stamp);
    this.deployment.status = { ...this.deployment.status, conditions: withCondition(this.deployment.status?.conditions, next) };
  }

  async #resizeOne(replicaSet: ReplicaSet, replicas: number): Promise<void> {
    const before = replicasOf(replicaSet);
    const annotations = { ...replicaSet.metadata.annotations, ...sizeAnnotations(this.deployment) };
    if (before === replicas && semanticEqual(annotations, replicaSet.metadata.annotations)) return;
    const next = { ...replicaSet, metadata: { ...replicaSet.metadata, annotations }, spec: { ...replicaSet.spec, replicas } };
    const written = await this.#client.resource(ReplicaSets).update(next);
    if (replicaSet === this.newReplicaSet) this.newReplicaSet = written;
    else this.oldReplicaSets = this.oldReplicaSets.map((each) => (each === replicaSet ? written : each));
    if (before === replicas) return;
    const direction = before < replicas ? "up" : "down";
    const message = `Scaled ${direction} replica set ${written.metadata.name} from ${before} to ${replicas}`;
    this.#events.event(this.#original, "Normal", "ScalingReplicaSet", message);
  }

  #isSaturated(): boolean {
    const wanted = replicasOf(this.deployment);
    const current = this.newReplicaSet;
    return (
      current !== undefined &&
      replicasOf(current) === wanted &&
      sizeAnnotation(current, desiredAnnotation) === wanted &&
      (current.status?.availableReplicas ?? 0) === wanted
    );
  }
}

function unlessGone(error: unknown): void {
  if (!hasReason(error, "NotFound")) throw error;
}
