import { isObject, setField, type JsonObject } from "../json.ts";
import { schemaById, valueSchema, type Schema } from "../schemas.ts";
import type { DecodeContext } from "./context.ts";
import type { Decoder } from "./scalars.ts";
import { compile, sortedKeys } from "./structure.ts";

const typeMeta: Schema = { type: "string" };
const anything: Schema = { "x-kubernetes-preserve-unknown-fields": true };
const objectMeta = (): Schema => schemaById("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")!;

/**
 * A decoder of a custom resource: prunes what the structural schema does not name, reads metadata as every kind's, and
 * sorts. Wrong types pass: they are errors of validation, not of decoding.
 */
export function compileCustom(schema: Schema): Decoder {
  return (value, context) => {
    if (!isObject(value)) return context.wrongType(typeof value, "map[string]interface {}");
    return resource(value, schema, context);
  };
}

/** An object with apiVersion, kind and metadata beside what its schema names. */
function resource(value: JsonObject, schema: Schema, context: DecodeContext): JsonObject {
  const properties = { ...schema.properties, apiVersion: typeMeta, kind: typeMeta, metadata: anything };
  const result = prune(value, { ...schema, properties }, context) as JsonObject;
  if (isObject(value.metadata)) {
    context.enter("metadata", "");
    const metadata = compile(objectMeta())(value.metadata, context) as JsonObject;
    context.leave();
    result.metadata = Object.fromEntries(sortedKeys(metadata).map((key) => [key, metadata[key]]));
  }
  return result;
}

function prune(value: unknown, schema: Schema | undefined, context: DecodeContext): unknown {
  if (Array.isArray(value)) return value.map((item, i) => at(context, i, () => inner(item, schema?.items, context)));
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  const keepUnknown = !schema || schema["x-kubernetes-preserve-unknown-fields"] || schema.additionalProperties === true;
  for (const key of sortedKeys(value)) {
    const known = schema?.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : schema && valueSchema(schema);
    if (!known && !keepUnknown) context.unknownField(key);
    else
      setField(
        result,
        key,
        at(context, key, () => inner(value[key], known, context)),
      );
  }
  return result;
}

function inner(value: unknown, schema: Schema | undefined, context: DecodeContext): unknown {
  return schema?.["x-kubernetes-embedded-resource"] && isObject(value) ? resource(value, schema, context) : prune(value, schema, context);
}

function at<T>(context: DecodeContext, step: string | number, decode: () => T): T {
  context.enter(step);
  const result = decode();
  context.leave();
  return result;
}
