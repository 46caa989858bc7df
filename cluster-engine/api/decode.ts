import { DecodeContext, DecodeError } from "./decoding/context.ts";
import { compileCustom } from "./decoding/custom.ts";
import { compile } from "./decoding/structure.ts";
import type { JsonObject } from "./json.ts";
import { quote } from "./validationErrors.ts";
import { schemaId, type Schema } from "./schemas.ts";
import { StatusError } from "./statusError.ts";

export { DecodeError };

/** The `fieldValidation` query parameter: what becomes of unknown and duplicate fields. */
export type FieldValidation = "Strict" | "Warn" | "Ignore";

export interface Decoded {
  /** A new object in canonical form: see decodeObject. */
  object: JsonObject;
  /** Of mode Warn: one text a problem, to be sent as Warning headers. */
  warnings: string[];
}

/**
 * Reads parsed JSON as an object of `schema`, as the API server's own types do: unknown fields are dropped, nulls and
 * empty optional fields too, fields that are always written get their zero value, quantities, times and the order of
 * fields become canonical, so that equal objects have equal bytes. Custom resources are pruned and sorted.
 * `duplicates` are those that duplicateFields found in the text.
 * @throws DecodeError with the decoder's message, without the "cannot be handled as a" before it
 */
export function decodeObject(json: unknown, schema: Schema, mode: FieldValidation, duplicates: string[] = []): Decoded {
  const context = new DecodeContext();
  const decoder = schemaId(schema) ? compile(schema) : compileCustom(schema);
  const object = decoder(json ?? {}, context) as JsonObject;
  if (context.typeError) throw new DecodeError(context.typeError);
  const problems = mode === "Ignore" ? [] : [...context.problems, ...duplicates];
  if (mode === "Strict" && problems.length) throw new DecodeError(strictMessage(problems));
  return { object, warnings: problems };
}

/** The canonical form of an object that code has changed: to be taken before it is encoded. */
export const canonicalObject = <T>(object: T, schema: Schema): T => decodeObject(object, schema, "Ignore").object as T;

const strictMessage = (problems: string[]): string => `strict decoding error: ${problems.join(", ")}`;

/** The 400 answer to a body that could not be decoded as `kind`. */
export function undecodable(kind: { kind: string; version: string }, error: Error): StatusError {
  return new StatusError(400, "BadRequest", `${kind.kind} in version ${quote(kind.version)} cannot be handled as a ${kind.kind}: ${error.message}`);
}
