import type { Status } from "../../../shared/kubernetes/types.ts";
import { deleteObject } from "../registry/objectDeletion.ts";
import type { ServedResource } from "../registry/servedResource.ts";
import { document, type Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import type { StoredObject } from "../storage/storedObject.ts";
import { parseDeleteOptions } from "./deleteOptions.ts";
import type { VerbContext } from "./verbContext.ts";

/** Kinds whose deletion answers with the object even when it is gone; the others answer with a Status. */
const answersWithObject = new Set([
  "pods",
  "services",
  "namespaces",
  "serviceaccounts",
  "persistentvolumes",
  "persistentvolumeclaims",
  "podtemplates",
  "resourcequotas",
  "csidrivers.storage.k8s.io",
  "csinodes.storage.k8s.io",
  "storageclasses.storage.k8s.io",
  "volumeattachments.storage.k8s.io",
  "volumeattributesclasses.storage.k8s.io",
  "resourceclaims.resource.k8s.io",
  "resourceclaimtemplates.resource.k8s.io",
  "resourceslices.resource.k8s.io",
  "deviceclasses.resource.k8s.io",
]);

/** DELETE of one object. */
export async function deleteOne(call: ApiCall, resource: ServedResource, context: VerbContext): Promise<Answer> {
  const options = await parseDeleteOptions(call);
  const write = { call, resource, context, options: { dryRun: Boolean(options.dryRun?.length), fieldManager: "" }, subresource: "" };
  const { object, gone } = await deleteObject(write, call.info.name, options);
  const whole = !gone || answersWithObject.has(resource.group ? `${resource.resource}.${resource.group}` : resource.resource);
  const code = !gone && options.orphanDependents === false ? 202 : 200;
  if (!whole) return document(success(resource, object), code);
  return { type: "object", code, resource, object };
}

function success({ group, resource }: ServedResource, { object }: StoredObject): Status {
  const { name, uid } = object.metadata;
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details: { name, ...(group ? { group } : {}), kind: resource, uid } };
}
