import type { JSONSchemaProps } from "../../../shared/kubernetes/types.ts";
import { parseDuration, parseTimestamp } from "./times.ts";
import { CelError, type Value } from "./values.ts";

/** A value of an object as its schema says; without a schema whole numbers are ints. */
export function fromJson(json: unknown, schema: JSONSchemaProps | undefined): Value {
  if (json === null || json === undefined) return null;
  if (typeof json === "boolean") return json;
  if (typeof json === "number") return schema?.type === "number" || !Number.isInteger(json) ? json : BigInt(json);
  if (typeof json === "string") return fromText(json, schema?.format);
  if (Array.isArray(json)) return json.map((item) => fromJson(item, itemsOf(schema)));
  const map = new Map<Value, Value>();
  for (const [key, value] of Object.entries(json)) map.set(key, fromJson(value, propertyOf(schema, key)));
  return map;
}

function fromText(text: string, format: string | undefined): Value {
  try {
    if (format === "date-time") return parseTimestamp(text);
    if (format === "date") return parseTimestamp(`${text}T00:00:00Z`);
    if (format === "duration") return parseDuration(text);
  } catch (error) {
    // Left to the validation of formats.
    if (!(error instanceof CelError)) throw error;
  }
  return format === "byte" ? new Uint8Array(Buffer.from(text, "base64")) : text;
}

export const itemsOf = (schema: JSONSchemaProps | undefined): JSONSchemaProps | undefined => asSchema(schema?.items);

export const propertyOf = (schema: JSONSchemaProps | undefined, name: string): JSONSchemaProps | undefined =>
  schema?.properties?.[name] ?? asSchema(schema?.additionalProperties);

export const asSchema = (value: unknown): JSONSchemaProps | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JSONSchemaProps) : undefined;
