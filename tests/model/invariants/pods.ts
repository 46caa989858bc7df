import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Pod } from "../../../shared/kubernetes/types.ts";
import { Namespaces, Pods } from "../../../cluster-engine/api/resources.ts";
import type { Change } from "../history.ts";
import type { View } from "../invariant.ts";

/** Every workload of the model, and its pods, carries the label `app`. */
export const appOf = ({ metadata }: KubeObject): string => metadata.labels?.["app"] ?? "";

export const controllerUid = ({ metadata }: KubeObject): string | undefined => metadata.ownerReferences?.find(({ controller }) => controller)?.uid;

export const isActive = ({ metadata, status }: Pod): boolean =>
  !metadata.deletionTimestamp && status?.phase !== "Succeeded" && status?.phase !== "Failed";

const readyCondition = ({ status }: Pod) => status?.conditions?.find(({ type }) => type === "Ready");

export const isReady = (pod: Pod): boolean => readyCondition(pod)?.status === "True";

export const isAvailable = (pod: Pod, minReadySeconds: number, wall: number): boolean =>
  isActive(pod) && isReady(pod) && (minReadySeconds === 0 || Date.parse(readyCondition(pod)!.lastTransitionTime!) + minReadySeconds * 1000 <= wall);

export const imageOf = ({ spec }: { spec?: { containers: { image?: string }[] } }): string => spec?.containers[0]?.image ?? "";

export const podsOf = (view: View, owners: KubeObject[]): Pod[] => {
  const uids = new Set(owners.map(({ metadata }) => metadata.uid));
  return view.history.list(Pods, owners[0]?.metadata.namespace).filter((pod) => uids.has(controllerUid(pod) ?? ""));
};

/** A pod that is being deleted from this change on, as it was before. */
export function lostPod({ resource, object, previous, deleted }: Change): Pod | undefined {
  if (resource !== "pods" || !previous || previous.metadata.deletionTimestamp) return undefined;
  return deleted || object.metadata.deletionTimestamp ? (previous as Pod) : undefined;
}

/** A pod that this change created. */
export const newPod = ({ resource, object, previous, deleted }: Change): Pod | undefined =>
  resource === "pods" && !previous && !deleted ? (object as Pod) : undefined;

/** The namespace is being deleted: nothing in it is kept up any more. */
export const namespaceGoes = ({ history }: View, { metadata }: KubeObject): boolean =>
  history.get(Namespaces, { name: metadata.namespace })?.metadata.deletionTimestamp !== undefined;
