import { apiVersionOf, type KubeObject } from "../../../shared/kubernetes/object.ts";
import { isTooDeep, maxDepth } from "../../api/depth.ts";
import { applyServerSide } from "../../api/fieldOwnership/applyServerSide.ts";
import { deepClone, isObject, type JsonObject } from "../../api/json.ts";
import { applyJsonPatch } from "../../api/jsonPatch.ts";
import { applyMergePatch } from "../../api/mergePatch.ts";
import { applyStrategicMergePatch } from "../../api/strategicMergePatch.ts";
import { invalid } from "../../api/validationErrors.ts";
import type { Schema } from "../../api/schemas.ts";
import { decodeDocument } from "../registry/decodeObject.ts";
import { type ObjectWrite, resetOf, updateObject } from "../registry/objectWriter.ts";
import { resourceSchema } from "../registry/resourceSchema.ts";
import type { ServedResource } from "../registry/servedResource.ts";
import { parseWriteOptions, type WriteOptions } from "../registry/writeOptions.ts";
import type { Answer } from "../request/answer.ts";
import { warn, type ApiCall } from "../request/apiCall.ts";
import { mediaTypeOf } from "../request/bodyDocument.ts";
import { badRequest, notFound, unsupportedMediaType } from "../request/statusErrors.ts";
import type { StoredObject } from "../storage/storedObject.ts";
import { checkName, requireCreate } from "./update.ts";
import type { VerbContext } from "./verbContext.ts";

const accepted = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
];

const applyType = "application/apply-patch+yaml";

/** PATCH in one of the four forms. */
export async function patch(call: ApiCall, resource: ServedResource, context: VerbContext): Promise<Answer> {
  const { contentType } = await call.body();
  const type = mediaTypeOf(contentType);
  const usable = resource.custom ? accepted.filter((one) => !one.includes("strategic")) : accepted;
  if (!usable.includes(type)) throw unsupportedMediaType(usable);
  const options = parseWriteOptions(call, "PatchOptions", type);
  const { name, subresource } = call.info;
  const document = await patchDocument(call, type);
  const write: ObjectWrite & { options: WriteOptions } = { call, resource, context, options, subresource, tracked: type !== applyType };
  const written = await updateObject(write, name, (current) => {
    if (type === applyType) {
      if (!current) requireCreate(call, resource, context);
      return applied(write, current, document);
    }
    if (!current) throw notFound(resource, name);
    return patched(call, resource, current, applyPatch(type, current.object, document, resourceSchema(resource)), options.fieldValidation);
  });
  return { type: "object", code: written.created ? 201 : 200, resource, object: written.object };
}

/** Server-side apply: the configuration merged into what is there, or the object that it creates. */
function applied(
  { call, resource, context, options, subresource }: ObjectWrite & { options: WriteOptions },
  current: StoredObject | undefined,
  document: unknown,
): KubeObject {
  const { name, namespace } = call.info;
  if (!isObject(document)) throw badRequest("error decoding YAML: error unmarshaling JSON: the configuration is no object");
  checkName(document as unknown as KubeObject, name, resource.namespaced ? namespace : "");
  const { object } = applyServerSide({
    live: current?.object,
    config: document,
    manager: options.fieldManager,
    force: options.force ?? false,
    subresource,
    schema: resourceSchema(resource),
    now: context.clock.now(),
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    reset: resetOf(resource, subresource),
  });
  return deepClone(object);
}

/** The patched object as a draft; its kind, name and namespace are those of the path. */
function patched(call: ApiCall, resource: ServedResource, current: StoredObject, value: JsonObject, mode: "Strict" | "Warn" | "Ignore"): KubeObject {
  const draft = decodeDocument(call, { value, duplicates: [] }, { kind: resource, schema: resourceSchema(resource), mode }, (error) =>
    unfit(value, error),
  );
  checkName(draft, current.name, current.namespace);
  return draft;
}

/** The 422 answer to a patch whose result is no object of its kind. */
function unfit(value: JsonObject, error: Error) {
  const sorted = Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return invalid({ group: "", kind: "" }, "", [{ type: "Invalid", field: "patch", value: JSON.stringify(sorted), detail: error.message }]);
}

/** JSON, merge or strategic merge patch. @throws BadRequest, Invalid */
export function applyPatch(type: string, current: KubeObject, document: unknown, schema: Schema): JsonObject {
  const original = current as unknown as JsonObject;
  if (type === "application/json-patch+json") return applyJsonPatch(original, document);
  if (type === "application/merge-patch+json") return applyMergePatch(original, document);
  return applyStrategicMergePatch(original, document, schema);
}

/** @throws BadRequest for YAML that can't be read, and for keys that are there twice where the client is strict about it */
async function fromYaml(call: ApiCall, text: string): Promise<unknown> {
  const { parseYaml } = await import("../request/yaml.ts");
  const { value, duplicates } = parseYaml(text);
  const strictness = call.query.get("fieldValidation") || "Warn";
  if (!duplicates.length || strictness === "Ignore") return value;
  if (strictness === "Strict")
    throw badRequest(`error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  ${duplicates.join("\n  ")}`);
  for (const duplicate of duplicates) warn(call, duplicate);
  return value;
}

/** The patch itself; JSON, or YAML for apply. @throws BadRequest */
export async function patchDocument(call: ApiCall, type: string): Promise<unknown> {
  const body = await call.body();
  if ("object" in body) return body.object;
  if (isTooDeep(body.bytes)) throw badRequest(`error decoding patch: exceeded max depth of ${maxDepth}`);
  const text = Buffer.from(body.bytes).toString("utf8");
  if (type === "application/apply-patch+yaml" && !/^\s*\{/.test(text)) return fromYaml(call, text);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw badRequest(`error decoding patch: ${(error as Error).message}`);
  }
}
