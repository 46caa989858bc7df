import { apiVersionOf } from "../../../shared/kubernetes/object.ts";
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeStatus } from "../../../shared/kubernetes/types.ts";
import { PersistentVolumeClaims, PersistentVolumes } from "../../api/resources.ts";
import type { Client } from "../../client/types.ts";
import { semanticEqual } from "../equality.ts";
import { bindCompleted, boundByController } from "./annotations.ts";
import { claimStatus, isReservedFor } from "./binding.ts";

// Each write leaves a state from which the next run goes on. None is sent when nothing would change.

/** First the volume, then the claim: whoever reads the claim finds its volume. */
export async function bind(client: Client, claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
  const reserved = await setVolumePhase(client, await bindVolume(client, claim, volume), "Bound");
  const written = await bindClaim(client, claim, reserved);
  await setClaimPhase(client, written, "Bound", reserved);
}

async function bindVolume(client: Client, claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<PersistentVolume> {
  if (volume.spec?.claimRef?.uid === claim.metadata.uid) return volume;
  const chosen = !isReservedFor(volume, claim);
  const annotations = chosen ? { ...volume.metadata.annotations, [boundByController]: "yes" } : volume.metadata.annotations;
  return client
    .resource(PersistentVolumes)
    .update({ ...volume, metadata: { ...volume.metadata, annotations }, spec: { ...volume.spec, claimRef: referenceTo(claim) } });
}

export function referenceTo({ metadata: { namespace, name, uid, resourceVersion } }: PersistentVolumeClaim) {
  return { kind: "PersistentVolumeClaim", namespace, name, uid, apiVersion: apiVersionOf(PersistentVolumeClaims), resourceVersion };
}

async function bindClaim(client: Client, claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<PersistentVolumeClaim> {
  const { name } = volume.metadata;
  const chosen = claim.spec?.volumeName !== name;
  const annotations = { ...claim.metadata.annotations, [bindCompleted]: "yes", ...(chosen ? { [boundByController]: "yes" } : {}) };
  if (!chosen && claim.metadata.annotations?.[bindCompleted]) return claim;
  return client
    .resource(PersistentVolumeClaims)
    .update({ ...claim, metadata: { ...claim.metadata, annotations }, spec: { ...claim.spec, volumeName: name } });
}

/** Takes a binding back: entirely when the controller made it, else the volume stays reserved by name. */
export async function unbind(client: Client, volume: PersistentVolume): Promise<void> {
  const { [boundByController]: ours, ...annotations } = volume.metadata.annotations ?? {};
  const { claimRef, ...spec } = volume.spec ?? {};
  const { uid: _uid, ...reservation } = claimRef ?? {};
  const kept = Object.keys(annotations).length > 0 ? annotations : undefined;
  const written = await client
    .resource(PersistentVolumes)
    .update(
      ours === undefined
        ? { ...volume, spec: { ...spec, claimRef: reservation } }
        : { ...volume, metadata: { ...volume.metadata, annotations: kept }, spec },
    );
  await setVolumePhase(client, written, "Available");
}

export async function setVolumePhase(
  client: Client,
  volume: PersistentVolume,
  phase: NonNullable<PersistentVolumeStatus["phase"]>,
  message?: string,
): Promise<PersistentVolume> {
  const { phase: present, message: _old, ...status } = volume.status ?? {};
  if (present === phase) return volume;
  return client.resource(PersistentVolumes).updateStatus({ ...volume, status: { ...status, phase, ...(message ? { message } : {}) } });
}

/** Writes the status of a claim that is bound to `volume`, or to none. */
export async function setClaimPhase(
  client: Client,
  claim: PersistentVolumeClaim,
  phase: "Pending" | "Bound" | "Lost",
  volume?: PersistentVolume,
): Promise<void> {
  const status = claimStatus(claim, phase, volume);
  if (!semanticEqual(status, { phase: "Pending", ...claim.status })) await client.resource(PersistentVolumeClaims).updateStatus({ ...claim, status });
}
