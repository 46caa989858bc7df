import type { FieldError } from "../../api/fieldError.ts";
import { deepEqual, isObject, type JsonObject } from "../../api/json.ts";
import { regularExpression } from "../../api/regularExpression.ts";
import { valueSchema, type Schema } from "../../api/schemas.ts";

// Checks a value against a structural schema, in the words of kube-openapi's validator.

const invalid = (field: string, value: unknown, detail: string): FieldError => ({ type: "Invalid", field, value, detail });
const wrongType = (field: string, value: unknown, detail: string): FieldError => ({ type: "TypeInvalid", field, value, detail });
const required = (field: string): FieldError => ({ type: "Required", field });
const child = (path: string, name: string): string => (path ? `${path}.${name}` : name);

/** What is wrong; nothing when the value fits. */
export function validateSchema(value: unknown, schema: Schema, path: string): FieldError[] {
  if (value === null && schema.nullable) return [];
  const errors = typeErrors(value, schema, path);
  if (errors.length) return errors;
  return [...enumErrors(value, schema, path), ...ownErrors(value, schema, path), ...combinationErrors(value, schema, path)];
}

const goType = (value: unknown): string => {
  if (Array.isArray(value)) return "array";
  if (value === null) return "null";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
};

function typeErrors(value: unknown, schema: Schema, path: string): FieldError[] {
  if (schema["x-kubernetes-int-or-string"]) {
    return typeof value === "string" || Number.isInteger(value)
      ? []
      : [wrongType(path, goType(value), `${path} in body must be of type integer,string: "${goType(value)}"`)];
  }
  const found = goType(value);
  if (!schema.type || schema.type === found || (schema.type === "number" && found === "integer")) return [];
  if (schema.type === "integer" && found === "number") return fractionErrors(schema, path);
  return [wrongType(path, found, `${path} in body must be of type ${schema.type}: "${found}"`)];
}

function fractionErrors({ format }: Schema, path: string): FieldError[] {
  const wrong = wrongType(path, "float64", `${path} in body must be of type ${format ?? "integer"}: "float64"`);
  return format ? [wrong, invalid("<nil>", "", `Checked value must be of type integer with format ${format} in ${path}`)] : [wrong];
}

function enumErrors(value: unknown, schema: Schema, path: string): FieldError[] {
  if (!schema.enum || schema.enum.some((allowed) => deepEqual(allowed, value))) return [];
  return [{ type: "NotSupported", field: path, value, supported: schema.enum.map(String) }];
}

function ownErrors(value: unknown, schema: Schema, path: string): FieldError[] {
  if (typeof value === "string") return textErrors(value, schema, path);
  if (typeof value === "number") return numberErrors(value, schema, path);
  if (Array.isArray(value)) return listErrors(value, schema, path);
  return isObject(value) ? objectErrors(value, schema, path) : [];
}

function textErrors(value: string, schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { minLength, maxLength, pattern, format } = schema as { minLength?: number; maxLength?: number; pattern?: string; format?: string };
  const length = Array.from(value).length;
  if (maxLength !== undefined && length > maxLength)
    errors.push({ type: "TooLong", field: path, value, detail: `may not be more than ${maxLength} bytes` });
  if (minLength !== undefined && length < minLength) errors.push(invalid(path, value, `${path} in body should be at least ${minLength} chars long`));
  if (pattern !== undefined && !regularExpression(pattern).test(value))
    errors.push(invalid(path, value, `${path} in body should match '${pattern}'`));
  if (format !== undefined && formats[format]?.test(value) === false)
    errors.push(wrongType(path, value, `${path} in body must be of type ${format}: ${JSON.stringify(value)}`));
  return errors;
}

const formats: Record<string, RegExp> = {
  "date-time": /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/,
  date: /^\d{4}-\d\d-\d\d$/,
  uuid: /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i,
  ipv4: /^(\d{1,3}\.){3}\d{1,3}$/,
  email: /^[^@\s]+@[^@\s]+$/,
  byte: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
};

function numberErrors(value: number, schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema as {
    minimum?: number;
    maximum?: number;
    exclusiveMinimum?: boolean;
    exclusiveMaximum?: boolean;
    multipleOf?: number;
  };
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum))
    errors.push(invalid(path, value, `${path} in body should be less than ${exclusiveMaximum ? "" : "or equal to "}${maximum}`));
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum))
    errors.push(invalid(path, value, `${path} in body should be greater than ${exclusiveMinimum ? "" : "or equal to "}${minimum}`));
  if (multipleOf !== undefined && Math.abs(value / multipleOf - Math.round(value / multipleOf)) > 1e-9)
    errors.push(invalid(path, value, `${path} in body should be a multiple of ${multipleOf}`));
  return errors;
}

const tooMany = (path: string, count: number, max: number): FieldError => ({
  type: "TooMany",
  field: path,
  value: count,
  detail: `must have at most ${max} ${max === 1 ? "item" : "items"}`,
});

function listErrors(value: unknown[], schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { minItems, maxItems } = schema as { minItems?: number; maxItems?: number };
  if (maxItems !== undefined && value.length > maxItems) errors.push(tooMany(path, value.length, maxItems));
  if (minItems !== undefined && value.length < minItems)
    errors.push(invalid(path, value.length, `${path} in body should have at least ${minItems} items`));
  if (schema.items) for (const [index, item] of value.entries()) errors.push(...validateSchema(item, schema.items, `${path}[${index}]`));
  return [...errors, ...duplicateErrors(value, schema, path)];
}

/** Items of sets, and keys of list maps, are there once. */
function duplicateErrors(value: unknown[], schema: Schema, path: string): FieldError[] {
  const type = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"];
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  for (const [index, item] of value.entries()) {
    if (type !== "set" && (type !== "map" || !keys || !isObject(item))) continue;
    const identity = type === "set" ? item : Object.fromEntries(keys!.map((key) => [key, (item as JsonObject)[key]]));
    const text = JSON.stringify(identity);
    if (seen.has(text)) errors.push({ type: "Duplicate", field: `${path}[${index}]`, value: identity });
    seen.add(text);
  }
  return errors;
}

function objectErrors(value: JsonObject, schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { minProperties, maxProperties } = schema as { minProperties?: number; maxProperties?: number };
  const count = Object.keys(value).length;
  if (maxProperties !== undefined && count > maxProperties) errors.push(tooMany(path, count, maxProperties));
  if (minProperties !== undefined && count < minProperties)
    errors.push(invalid(path, count, `${path} in body should have at least ${minProperties} properties`));
  for (const name of schema.required ?? []) if (value[name] === undefined) errors.push(required(child(path, name)));
  const others = valueSchema(schema);
  for (const [name, field] of Object.entries(value)) {
    const property = schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : others;
    if (property && field !== undefined) errors.push(...validateSchema(field, property, child(path, name)));
  }
  return errors;
}

function combinationErrors(value: unknown, schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const nowhere = (detail: string) => errors.push(invalid("<nil>", "", detail));
  const problems = (inner: Schema) => validateSchema(value, inner, path);
  for (const inner of schema.allOf ?? []) errors.push(...problems(inner));
  if (schema.anyOf && !schema.anyOf.some((inner) => problems(inner).length === 0)) {
    nowhere(`"${path}" must validate at least one schema (anyOf)`);
    errors.push(...problems(schema.anyOf[0]!));
  }
  if (schema.oneOf) errors.push(...oneOfErrors(schema.oneOf.map(problems), path));
  if (schema.not && problems(schema.not).length === 0) nowhere(`"${path}" must not validate the schema (not)`);
  return errors;
}

function oneOfErrors(results: FieldError[][], path: string): FieldError[] {
  const valid = results.filter((errors) => errors.length === 0).length;
  if (valid === 1) return [];
  const found = valid === 0 ? "Found none valid" : `Found ${valid} valid alternatives`;
  return [invalid("<nil>", "", `"${path}" must validate one and only one schema (oneOf). ${found}`), ...(valid === 0 ? results[0]! : [])];
}
