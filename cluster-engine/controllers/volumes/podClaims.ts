import type { PersistentVolumeClaim, Pod, Volume } from "../../../shared/kubernetes/types.ts";
import type { Informer } from "../../client/types.ts";
import { isControlledBy } from "../owners.ts";

const index = "claim";

/** The name of the claim that is made for a generic ephemeral volume. */
export const ephemeralClaimName = (pod: Pod, { name }: Volume): string => `${pod.metadata.name}-${name}`;

/** The name of the claim behind a volume of a pod, its own ephemeral ones included. */
export const claimNameOf = (pod: Pod, volume: Volume): string | undefined =>
  volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral ? ephemeralClaimName(pod, volume) : undefined);

/** The keys of the claims that a pod names. */
export const claimsOf = (pod: Pod): string[] =>
  (pod.spec.volumes ?? []).flatMap((volume) => {
    const name = claimNameOf(pod, volume);
    return name ? [`${pod.metadata.namespace}/${name}`] : [];
  });

/** Lets `podsOfClaim` find pods. */
export function indexByClaim(pods: Informer<Pod>): Informer<Pod> {
  pods.addIndex(index, claimsOf);
  return pods;
}

/** The pods that name a claim, by its key. */
export const podsOfClaim = (pods: Informer<Pod>, key: string): Pod[] => pods.byIndex(index, key);

/** Why a claim of the right name is not the pod's own ephemeral one; undefined when it is. */
export const notMadeFor = (pod: Pod, claim: PersistentVolumeClaim): string | undefined =>
  claim.metadata.namespace === pod.metadata.namespace && isControlledBy(claim, pod)
    ? undefined
    : `PVC ${claim.metadata.namespace}/${claim.metadata.name} was not created for pod ${pod.metadata.namespace}/${pod.metadata.name} (pod is not owner)`;
