import { apiVersionOf } from "../../../shared/kubernetes/object.ts";
import { decodeRequestBody } from "../registry/decodeObject.ts";
import { createObject } from "../registry/objectWriter.ts";
import { resourceSchema } from "../registry/resourceSchema.ts";
import type { ServedResource } from "../registry/servedResource.ts";
import { parseWriteOptions } from "../registry/writeOptions.ts";
import type { Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import type { VerbContext } from "./verbContext.ts";

/** POST to a collection. */
export async function create(call: ApiCall, resource: ServedResource, context: VerbContext): Promise<Answer> {
  const options = parseWriteOptions(call, "CreateOptions");
  const draft = await decodeRequestBody(call, { kind: resource, schema: resourceSchema(resource), mode: options.fieldValidation });
  draft.metadata ??= {} as typeof draft.metadata;
  const object = await createObject({ call, resource, context, options, subresource: "" }, { ...draft, apiVersion: apiVersionOf(resource) });
  return { type: "object", code: 201, resource, object };
}
