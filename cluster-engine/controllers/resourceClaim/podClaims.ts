import type { Pod, PodResourceClaim, ResourceV1ResourceClaim as ResourceClaim } from "../../../shared/kubernetes/types.ts";
import { isTerminal } from "../podState.ts";

/** What a pod's entry of spec.resourceClaims leads to. */
export type ClaimName =
  /** The user's own, or one made for the pod. */
  | { name: string; generated: boolean }
  /** It has not been made yet. */
  | "missing"
  /** The pod needs none. */
  | "none";

export function claimNameOf({ status }: Pod, { name, resourceClaimName, resourceClaimTemplateName }: PodResourceClaim): ClaimName {
  if (resourceClaimName) return { name: resourceClaimName, generated: false };
  if (!resourceClaimTemplateName) return "none";
  const made = status?.resourceClaimStatuses?.find((each) => each.name === name);
  if (!made) return "missing";
  return made.resourceClaimName ? { name: made.resourceClaimName, generated: true } : "none";
}

/** Keys of the claims that a pod uses or that were made for it. */
export function claimKeysOf(pod: Pod): string[] {
  const named = (pod.spec.resourceClaims ?? []).map((each) => claimNameOf(pod, each));
  const extended = pod.status?.extendedResourceClaimStatus?.resourceClaimName;
  const names = [...named.flatMap((each) => (typeof each === "object" ? [each.name] : [])), ...(extended ? [extended] : [])];
  return [...new Set(names)].map((name) => `${pod.metadata.namespace}/${name}`);
}

/** The pod that a claim was made for. */
export const owningPod = ({ metadata }: ResourceClaim): { name: string; uid: string } | undefined =>
  metadata.ownerReferences?.find(({ controller, apiVersion, kind }) => controller && apiVersion === "v1" && kind === "Pod");

export const isFor = (claim: ResourceClaim, { metadata }: Pod): boolean => owningPod(claim)?.uid === metadata.uid;

export const isReservedFor = ({ status }: ResourceClaim, { metadata }: Pod): boolean =>
  status?.reservedFor?.some(({ uid }) => uid === metadata.uid) ?? false;

/** Whether it is certain that none of its containers runs or ever will. */
export const isDone = (pod: Pod): boolean => isTerminal(pod) || (pod.metadata.deletionTimestamp !== undefined && !pod.spec.nodeName);
