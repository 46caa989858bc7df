import { apiVersionOf, type KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Scale } from "../../../shared/kubernetes/types.ts";
import { parentManagedFields, replicasPath, scaleManagedFields } from "../../api/fieldOwnership/scale.ts";
import { trackUpdate } from "../../api/fieldOwnership/trackUpdate.ts";
import { deepClone, type JsonObject } from "../../api/json.ts";
import { invalid } from "../../api/validationErrors.ts";
import { builtInSchema, decodeDocument, decodeRequestBody } from "../registry/decodeObject.ts";
import { updateObject } from "../registry/objectWriter.ts";
import type { ServedResource } from "../registry/servedResource.ts";
import { parseWriteOptions, type WriteOptions } from "../registry/writeOptions.ts";
import type { Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { mediaTypeOf } from "../request/bodyDocument.ts";
import { conflict, internalError, notFound } from "../request/statusErrors.ts";
import { unstoredObject, type StoredObject } from "../storage/storedObject.ts";
import { existing } from "../verbs/get.ts";
import { applyPatch, patchDocument } from "../verbs/patch.ts";
import { checkName } from "../verbs/update.ts";
import type { Verb, VerbContext } from "../verbs/verbContext.ts";

const kind = { group: "autoscaling", version: "v1", kind: "Scale" };

/** The counts of a workload, whatever its kind. */
export const scale: Partial<Record<string, Verb>> = { get: getScale, update: putScale, patch: patchScale };

function getScale(call: ApiCall, resource: ServedResource): Answer {
  return answer(resource, existing(resource, call.info.namespace, call.info.name));
}

async function putScale(call: ApiCall, resource: ServedResource, context: VerbContext): Promise<Answer> {
  const options = parseWriteOptions(call, "UpdateOptions");
  const wanted = (await decodeRequestBody(call, { kind, schema: builtInSchema(kind), mode: options.fieldValidation })) as Scale;
  checkName(wanted, call.info.name, call.info.namespace);
  return write(call, resource, context, options, () => wanted);
}

async function patchScale(call: ApiCall, resource: ServedResource, context: VerbContext): Promise<Answer> {
  const { contentType } = await call.body();
  const type = mediaTypeOf(contentType);
  const options = parseWriteOptions(call, "PatchOptions", type);
  const patch = await patchDocument(call, type);
  return write(call, resource, context, options, (current) => {
    const value = applyPatch(
      type === "application/apply-patch+yaml" ? "application/merge-patch+json" : type,
      scaleOf(resource, current.object),
      patch,
      builtInSchema(kind),
    );
    const patched = decodeDocument(call, { value, duplicates: [] }, { kind, schema: builtInSchema(kind), mode: options.fieldValidation });
    checkName(patched, current.name, current.namespace);
    return patched as Scale;
  });
}

async function write(
  call: ApiCall,
  resource: ServedResource,
  context: VerbContext,
  options: WriteOptions,
  wanted: (current: StoredObject) => Scale,
): Promise<Answer> {
  const { name } = call.info;
  const written = await updateObject({ call, resource, context, options, subresource: "scale", tracked: false }, name, (current) => {
    if (!current) throw notFound(resource, name);
    const scale = wanted(current);
    const draft = scaled(resource, current.object, scale);
    draft.metadata.managedFields = ownedFields(resource, current.object, scale, options.fieldManager, context.clock.now());
    return draft;
  });
  return answer(resource, written.object);
}

/** Who owns what of the workload, once `manager` has set its replicas through the Scale. */
function ownedFields(resource: ServedResource, object: KubeObject, scale: Scale, manager: string, now: number) {
  const field = { apiVersion: apiVersionOf(resource), path: replicasPath(replicasOf(resource)) };
  const { managedFields } = object.metadata;
  const live = scaleOf(resource, object);
  const ownedScale = { ...live, metadata: { ...live.metadata, managedFields: scaleManagedFields(managedFields, field) } };
  const updated = { ...ownedScale, spec: scale.spec ?? {} } as KubeObject;
  const owners = trackUpdate({
    live: ownedScale,
    updated,
    manager,
    subresource: "scale",
    schema: builtInSchema(kind),
    now,
    apiVersion: "autoscaling/v1",
  });
  return parentManagedFields(managedFields, owners, field);
}

const replicasOf = ({ custom, strategy }: ServedResource): string => custom?.scale?.specReplicasPath.slice(1) ?? strategy.scale!.replicas;

/** The workload with the replicas of the Scale. @throws Invalid, Conflict */
function scaled(resource: ServedResource, object: KubeObject, { metadata, spec }: Scale): KubeObject {
  const replicas = spec?.replicas ?? 0;
  if (replicas < 0) {
    throw invalid(kind, object.metadata.name, [
      { type: "Invalid", field: "spec.replicas", value: replicas, detail: "must be greater than or equal to 0" },
    ]);
  }
  if (metadata.uid && metadata.uid !== object.metadata.uid) {
    throw conflict(
      { ...resource, resource: `${resource.resource}/scale` },
      object.metadata.name,
      `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${object.metadata.uid}`,
    );
  }
  const draft = deepClone(object);
  setAt(draft as unknown as JsonObject, replicasOf(resource), replicas);
  draft.metadata.resourceVersion = metadata.resourceVersion;
  return draft;
}

function answer(resource: ServedResource, stored: StoredObject): Answer {
  const scales: ServedResource = { ...resource, ...kind, resource: "scales", listKind: "ScaleList" };
  return { type: "object", code: 200, resource: scales, object: unstoredObject(scaleOf(resource, stored.object)) };
}

/** @throws NotFound for a kind that has no scale */
function scaleOf(resource: ServedResource, object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const { strategy, custom } = resource;
  if (!strategy.scale && !custom?.scale) throw notFound(resource, name);
  const at = (path: string | undefined) => (path === undefined ? undefined : valueAt(object as unknown as JsonObject, path));
  const replicas = at(custom?.scale?.specReplicasPath.slice(1) ?? strategy.scale?.replicas) as number | undefined;
  if (custom && replicas === undefined)
    throw internalError(`the spec replicas field ${JSON.stringify(custom.scale!.specReplicasPath)} does not exist`);
  const running = at(custom?.scale?.statusReplicasPath.slice(1) ?? strategy.scale?.statusReplicas) as number | undefined;
  const selector = custom ? (at(custom.scale?.labelSelectorPath?.slice(1)) as string | undefined) : strategy.scale!.selector(object);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas ? { replicas } : {},
    status: { replicas: running ?? 0, ...(selector ? { selector } : {}) },
  } as unknown as KubeObject;
}

const valueAt = (object: JsonObject, path: string): unknown =>
  path.split(".").reduce<unknown>((at, key) => (at as JsonObject | undefined)?.[key], object);

function setAt(object: JsonObject, path: string, value: unknown): void {
  const keys = path.split(".");
  const last = keys.pop()!;
  let at = object;
  for (const key of keys) at = (at[key] ??= {}) as JsonObject;
  at[last] = value;
}
