import type { OwnerReference, PersistentVolumeClaim, Pod, StatefulSet } from "../../../shared/kubernetes/types.ts";
import { PersistentVolumeClaims, Pods, StatefulSets } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import type { EventRecorder } from "../../client/events.ts";
import type { Client, Informer } from "../../client/types.ts";
import { semanticEqual } from "../equality.ts";
import { controllerReference } from "../owners.ts";
import { messageOf } from "../podControl.ts";
import { claimsOf, ordinalOf } from "./identity.ts";

export interface ClaimAccess {
  client: Client;
  events: EventRecorder;
  claims: Informer<PersistentVolumeClaim>;
}

/** Creates the claims that the pod of an ordinal lacks. @throws Error when one can't be made, or is on its way out */
export async function createClaims({ client, events, claims }: ClaimAccess, set: StatefulSet, ordinal: number): Promise<void> {
  const pod = `${set.metadata.name}-${ordinal}`;
  for (const claim of claimsOf(set, ordinal)) {
    const existing = claims.get(claim.metadata);
    const { name } = claim.metadata;
    if (existing?.metadata.deletionTimestamp) throw new Error(`pvc ${name} is being deleted`);
    if (existing) continue;
    try {
      const ownerReferences = ownersOf(set, undefined);
      await client.resource(PersistentVolumeClaims).create({ ...claim, metadata: { ...claim.metadata, ownerReferences } });
      events.event(set, "Normal", "SuccessfulCreate", `Create Claim ${name} Pod ${pod} in StatefulSet ${set.metadata.name} success`);
    } catch (error) {
      if (hasReason(error, "AlreadyExists")) continue;
      const failure = `Create Claim ${name} for Pod ${pod} in StatefulSet ${set.metadata.name} failed error: ${messageOf(error)}`;
      events.event(set, "Warning", "FailedCreate", failure);
      throw new Error(`failed to create PVC ${name}: ${messageOf(error)}`, { cause: error });
    }
  }
}

/** A claim of the pod to be made goes with an earlier pod of its name: it must be gone first. */
export function isClaimStale({ claims }: ClaimAccess, set: StatefulSet, ordinal: number): boolean {
  if (set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== "Delete") return false;
  const pod = `${set.metadata.name}-${ordinal}`;
  return claimsOf(set, ordinal).some(({ metadata }) =>
    claims.get(metadata)?.metadata.ownerReferences?.some(({ apiVersion, kind, name }) => apiVersion === "v1" && kind === "Pod" && name === pod),
  );
}

/** Lets the claims of a pod follow the retention policy, which may have changed. */
export async function adjustClaims({ client, events, claims }: ClaimAccess, set: StatefulSet, pod: Pod, condemned: boolean): Promise<void> {
  for (const { metadata } of claimsOf(set, ordinalOf(set, pod)!)) {
    const claim = claims.get(metadata);
    if (!claim) continue;
    const { ownerReferences, conflict } = retention(claim, set, pod, condemned);
    if (conflict)
      events.event(
        set,
        "Warning",
        "ConflictingController",
        `PersistentVolumeClaim ${metadata.name} has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim`,
      );
    if (semanticEqual(ownerReferences, claim.metadata.ownerReferences)) continue;
    await client.resource(PersistentVolumeClaims).update({ ...claim, metadata: { ...claim.metadata, ownerReferences } });
  }
}

/** The owners that a claim should have. Another controller's claim is not taken, nor one of an earlier set or pod of the name. */
export function retention(
  claim: PersistentVolumeClaim,
  set: StatefulSet,
  pod: Pod,
  condemned: boolean,
): { ownerReferences: OwnerReference[]; conflict: boolean } {
  const present = claim.metadata.ownerReferences ?? [];
  const ours = present.filter((reference) => names(reference, set, "apps/v1", "StatefulSet") || names(reference, pod, "v1", "Pod"));
  const isStale = ours.some(({ uid }) => uid !== set.metadata.uid && uid !== pod.metadata.uid);
  const { whenDeleted = "Retain", whenScaled = "Retain" } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const others = present.filter((reference) => !ours.includes(reference));
  const deletes = whenDeleted === "Delete" || whenScaled === "Delete";
  const conflict = deletes && (isStale || others.some(({ controller }) => controller));
  if (isStale) return { ownerReferences: present, conflict: false };
  if (conflict) return { ownerReferences: others, conflict: true };
  return { ownerReferences: [...others, ...ownersOf(set, condemned ? pod : undefined)], conflict: false };
}

const names = (reference: OwnerReference, { metadata }: StatefulSet | Pod, apiVersion: string, kind: string): boolean =>
  reference.apiVersion === apiVersion && reference.kind === kind && reference.name === metadata.name;

/** Who takes the claim along: the set when it is deleted, the pod when it is scaled away, as the retention policy says. */
function ownersOf(set: StatefulSet, condemned: Pod | undefined): OwnerReference[] {
  const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  if (condemned && whenScaled === "Delete") return [controllerReference(Pods, condemned)];
  return whenDeleted === "Delete" ? [controllerReference(StatefulSets, set)] : [];
}
