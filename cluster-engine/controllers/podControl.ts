import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { Pod, PodTemplateSpec } from "../../shared/kubernetes/types.ts";
import { Pods } from "../api/resources.ts";
import type { ResourceType } from "../api/resourceType.ts";
import { hasReason, StatusError } from "../api/statusError.ts";
import type { EventRecorder } from "../client/events.ts";
import type { Client } from "../client/types.ts";
import { controllerReference } from "./owners.ts";

type NewPod = { metadata: Partial<Pod["metadata"]>; spec: Pod["spec"] };

/** A pod of `owner` as its template has it, with a generated name. */
export function podFromTemplate(template: PodTemplateSpec, owner: KubeObject, ownerType: ResourceType): NewPod {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    metadata: {
      generateName: `${owner.metadata.name}-`,
      namespace: owner.metadata.namespace,
      labels: { ...labels },
      ...(annotations ? { annotations: { ...annotations } } : {}),
      ...(finalizers ? { finalizers: [...finalizers] } : {}),
      ownerReferences: [controllerReference(ownerType, owner)],
    },
    spec: template.spec!,
  };
}

export interface PodControl {
  client: Client;
  events: EventRecorder;
}

/** Creates a pod and tells of it on its owner. @throws StatusError */
export async function createPod({ client, events }: PodControl, owner: KubeObject, pod: NewPod): Promise<Pod> {
  try {
    const created = await client.resource(Pods).create(pod);
    events.event(owner, "Normal", "SuccessfulCreate", `Created pod: ${created.metadata.name}`);
    return created;
  } catch (error) {
    if (!isNamespaceTerminating(error)) events.event(owner, "Warning", "FailedCreate", `Error creating: ${messageOf(error)}`);
    throw error;
  }
}

/** Deletes a pod and tells of it on its owner; one that is gone already is no error. */
export async function deletePod({ client, events }: PodControl, owner: KubeObject, pod: Pod): Promise<void> {
  try {
    await client.resource(Pods).delete(pod.metadata);
    events.event(owner, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
  } catch (error) {
    if (hasReason(error, "NotFound")) return;
    events.event(owner, "Warning", "FailedDelete", `Error deleting: ${messageOf(error)}`);
    throw new Error(`unable to delete pods: ${messageOf(error)}`, { cause: error });
  }
}

/** Refused because the namespace goes: nothing to retry or to tell. */
export const isNamespaceTerminating = (error: unknown): boolean =>
  error instanceof StatusError && (error.status.details?.causes ?? []).some((cause) => cause.reason === "NamespaceTerminating");

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
