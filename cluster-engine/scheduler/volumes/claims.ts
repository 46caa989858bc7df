import { keyOf } from "../../../shared/kubernetes/object.ts";
import type { PersistentVolumeClaim, Pod, Volume } from "../../../shared/kubernetes/types.ts";

const bindCompleted = "pv.kubernetes.io/bind-completed";
export const selectedNode = "volume.kubernetes.io/selected-node";

/** A volume of a pod that is a claim. */
export interface ClaimUse {
  name: string;
  /** Made from a template in the pod, and owned by it. */
  ephemeral: boolean;
}

const none: readonly ClaimUse[] = [];

/** The claims that a pod uses. */
export function claimsOf({ spec, metadata }: Pod): readonly ClaimUse[] {
  if (!spec.volumes) return none;
  return spec.volumes.flatMap((volume): ClaimUse[] => {
    if (volume.persistentVolumeClaim) return [{ name: volume.persistentVolumeClaim.claimName, ephemeral: false }];
    return volume.ephemeral ? [{ name: `${metadata.name}-${volume.name}`, ephemeral: true }] : [];
  });
}

/** The pod uses a claim of this name that is not made from a template. */
export const usesClaim = (volumes: readonly Volume[] = [], name: string): boolean =>
  volumes.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === name);

/** Whether a change of the claim concerns the pod. */
export const concerns = ({ metadata }: PersistentVolumeClaim, pod: Pod): boolean =>
  metadata.namespace === pod.metadata.namespace && claimsOf(pod).some(({ name }) => name === metadata.name);

/** Why an ephemeral claim is not the pod's; undefined when it is. */
export function ownershipProblem(pod: Pod, claim: PersistentVolumeClaim): string | undefined {
  const owner = claim.metadata.ownerReferences?.find(({ controller }) => controller);
  if (owner?.uid === pod.metadata.uid) return undefined;
  return `PVC ${keyOf(claim.metadata)} was not created for pod ${keyOf(pod.metadata)} (pod is not owner)`;
}

export const classOf = ({ metadata, spec }: PersistentVolumeClaim): string =>
  metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? spec?.storageClassName ?? "";

export const isBound = ({ metadata, spec }: PersistentVolumeClaim): boolean =>
  Boolean(spec?.volumeName) && metadata.annotations?.[bindCompleted] !== undefined;
