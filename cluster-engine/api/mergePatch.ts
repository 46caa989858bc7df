import { field, goJsonKind, isObject, setField, type JsonObject } from "./json.ts";
import { StatusError } from "./statusError.ts";

/**
 * RFC 7396: null removes, objects merge, everything else replaces. Neither argument is changed;
 * the result may share parts with both.
 * @throws StatusError BadRequest when the patch is not an object
 */
export function applyMergePatch(original: JsonObject, patch: unknown): JsonObject {
  if (!isObject(patch)) {
    throw new StatusError(
      400,
      "BadRequest",
      `error decoding patch: json: cannot unmarshal ${goJsonKind(patch)} into Go value of type map[string]interface {}`,
    );
  }
  return merge(original, patch);
}

function merge(original: unknown, patch: JsonObject): JsonObject {
  const result: JsonObject = isObject(original) ? { ...original } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else setField(result, key, isObject(value) ? merge(field(result, key), value) : value);
  }
  return result;
}
