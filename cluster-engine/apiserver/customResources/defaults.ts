import { deepClone, isObject, type JsonObject } from "../../api/json.ts";
import { valueSchema, type Schema } from "../../api/schemas.ts";

/** Fills in the defaults of a structural schema, in place. A null that is not nullable gives way to its default, or goes. */
export function applyDefaults(value: unknown, schema: Schema): void {
  if (Array.isArray(value)) {
    if (schema.items) for (const item of value) applyDefaults(item, schema.items);
    return;
  }
  if (!isObject(value)) return;
  for (const [name, property] of Object.entries(schema.properties ?? {})) defaultProperty(value, name, property);
  const values = valueSchema(schema);
  if (values) for (const key of Object.keys(value)) if (!schema.properties?.[key]) applyDefaults(value[key], values);
}

function defaultProperty(object: JsonObject, name: string, property: Schema): void {
  if (object[name] === null && !property.nullable) delete object[name];
  if (object[name] === undefined && property.default !== undefined) object[name] = deepClone(property.default);
  if (object[name] !== undefined) applyDefaults(object[name], property);
}

/** True when there is a default anywhere inside. */
export const hasDefaults = (schema: Schema): boolean => JSON.stringify(schema).includes('"default":');
