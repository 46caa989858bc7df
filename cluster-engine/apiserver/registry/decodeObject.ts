import { apiVersionOf, parseApiVersion, type KubeObject } from "../../../shared/kubernetes/object.ts";
import { DecodeError, decodeObject, undecodable, type FieldValidation } from "../../api/decode.ts";
import { findKind } from "../../api/resourceTable.ts";
import { schemaOf, type GroupVersionKind, type Schema } from "../../api/schemas.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { warn } from "../request/apiCall.ts";
import { bodyDocument, type BodyDocument, typeMetaProblem } from "../request/bodyDocument.ts";
import { badRequest } from "../request/statusErrors.ts";

/** Expects one kind and makes a draft of it: unknown fields dropped or refused, types checked, quantities canonical. */
export interface DecodeRequest {
  kind: GroupVersionKind;
  schema: Schema;
  mode: FieldValidation;
}

/** The body of a request as an object of `kind`. @throws BadRequest with Kubernetes' texts */
export async function decodeRequestBody(call: ApiCall, request: DecodeRequest): Promise<KubeObject> {
  return decodeDocument(call, await bodyDocument(await call.body(), request.kind.kind), request);
}

/** Like decodeRequestBody for a document that is there already. `undecodableAs` words the refusal of one that can't be read. */
export function decodeDocument(
  call: ApiCall,
  document: BodyDocument,
  { kind, schema, mode }: DecodeRequest,
  undecodableAs?: (error: Error) => Error,
): KubeObject {
  const value = document.value as Partial<KubeObject>;
  const wrongType = typeMetaProblem(value);
  const refusal = undecodableAs ?? ((error: Error) => undecodable(kind, error));
  if (wrongType) throw refusal(new DecodeError(wrongType));
  const apiVersion = apiVersionOf(kind);
  const given = { apiVersion: value.apiVersion || apiVersion, kind: value.kind || kind.kind };
  if (given.apiVersion !== apiVersion || given.kind !== kind.kind) refuseKind(given, kind);
  const { object, warnings } = decode(value, { kind, schema, mode }, document.duplicates, refusal);
  for (const warning of warnings) warn(call, warning);
  const { kind: _, apiVersion: __, ...fields } = object as unknown as KubeObject;
  return { kind: kind.kind, apiVersion, ...fields };
}

function decode(value: unknown, { schema, mode }: DecodeRequest, duplicates: string[], refusal: (error: Error) => Error) {
  try {
    return decodeObject(value, schema, mode, duplicates);
  } catch (error) {
    throw error instanceof DecodeError ? refusal(error) : error;
  }
}

function refuseKind(given: { apiVersion: string; kind: string }, expected: GroupVersionKind): never {
  const { group, version } = parseApiVersion(given.apiVersion);
  const handled = `${given.kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}`;
  const known = findKind({ group, version, kind: given.kind }) ?? schemaOf({ group, version, kind: given.kind });
  if (!known)
    throw badRequest(
      `${handled}: no kind ${JSON.stringify(given.kind)} is registered for version ${JSON.stringify(given.apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
    );
  if (given.kind === expected.kind) {
    throw badRequest(`the API version in the data (${given.apiVersion}) does not match the expected API version (${apiVersionOf(expected)})`);
  }
  throw badRequest(
    `${handled}: converting (${version}.${given.kind}) to (${expected.group.split(".")[0] || "core"}.${expected.kind}): unknown conversion`,
  );
}

/** The schema by which objects of a built-in kind are decoded. */
export function builtInSchema(kind: GroupVersionKind): Schema {
  const schema = schemaOf(kind);
  if (!schema) throw new Error(`No schema for ${kind.kind} in ${apiVersionOf(kind)}`);
  return schema;
}
