import type { ObjectReference, Pod } from "../../../shared/kubernetes/types.ts";

/** `name_namespace(uid)`, as the kubelet names pods in messages. */
export const formatPod = (pod: Pod): string => `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;

/** The place of a container in its pod, for events. */
export function containerFieldPath(pod: Pod, name: string): string {
  if (pod.spec.initContainers?.some((container) => container.name === name)) return `spec.initContainers{${name}}`;
  if (pod.spec.ephemeralContainers?.some((container) => container.name === name)) return `spec.ephemeralContainers{${name}}`;
  return `spec.containers{${name}}`;
}

/** Events of a static pod go to its mirror: what users see. */
export const podReference = (pod: Pod): ObjectReference => ({
  apiVersion: "v1",
  kind: "Pod",
  namespace: pod.metadata.namespace,
  name: pod.metadata.name,
  uid: pod.metadata.uid,
  ...(pod.metadata.resourceVersion ? { resourceVersion: pod.metadata.resourceVersion } : {}),
});

/** Reasons and messages why containers wait, by container name. */
export type WaitingReasons = ReadonlyMap<string, { reason: string; message: string }>;
