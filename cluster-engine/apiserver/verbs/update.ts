import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import { deepClone } from "../../api/json.ts";
import { attributesOf, refusal } from "../authorization/attributes.ts";
import { decodeRequestBody } from "../registry/decodeObject.ts";
import { updateObject } from "../registry/objectWriter.ts";
import { resourceSchema } from "../registry/resourceSchema.ts";
import type { ServedResource } from "../registry/servedResource.ts";
import { parseWriteOptions } from "../registry/writeOptions.ts";
import type { Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { badRequest, notFound } from "../request/statusErrors.ts";
import type { VerbContext } from "./verbContext.ts";

/** PUT of an object, or of one of its subresources that has the same kind (`status`, `resize`, …). */
export async function update(call: ApiCall, resource: ServedResource, context: VerbContext): Promise<Answer> {
  const options = parseWriteOptions(call, "UpdateOptions");
  const { name, namespace, subresource } = call.info;
  const body = await decodeRequestBody(call, { kind: resource, schema: resourceSchema(resource), mode: options.fieldValidation });
  checkName(body, name, resource.namespaced ? namespace : "");
  const written = await updateObject({ call, resource, context, options, subresource }, name, (current) => {
    if (!current && (subresource || !resource.strategy.allowCreateOnUpdate)) throw notFound(resource, name);
    if (!current) requireCreate(call, resource, context);
    const draft = deepClone(body);
    if (current && draft.metadata.managedFields === undefined && current.object.metadata.managedFields)
      draft.metadata.managedFields = deepClone(current.object.metadata.managedFields);
    return draft;
  });
  return { type: "object", code: written.created ? 201 : 200, resource, object: written.object };
}

/** An update that creates needs the right to create too. @throws Forbidden */
export function requireCreate(call: ApiCall, resource: ServedResource, { authorize }: VerbContext): void {
  if (call.info.subresource) throw notFound(resource, call.info.name);
  const attributes = { ...attributesOf(call.user, call.info), verb: "create" };
  const decision = authorize(attributes);
  if (!decision.allowed) throw refusal(attributes, decision.reason);
}

/** @throws BadRequest when the object is another than the path names */
export function checkName(object: KubeObject, name: string, namespace: string): void {
  object.metadata ??= {} as KubeObject["metadata"];
  const { metadata } = object;
  if (namespace && metadata.namespace && metadata.namespace !== namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  if (!metadata.name) throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (metadata.name !== name) throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
}
