import { type SchemaField, type SchemaLimit, schemaLimits } from "../../../shared/definitions.ts";
import type { JSONSchemaProps } from "../../../shared/kubernetes/types.ts";

/** Most fields that a tree has. */
const mostFields = 20_000;

interface Place {
  name: string;
  path: string;
  required: boolean;
}

/** A structural schema as a tree of fields, as `kubectl explain --recursive` names them. */
export function schemaTree(schema: JSONSchemaProps, limit = mostFields): { root: SchemaField; truncated: boolean } {
  const budget = { left: limit, truncated: false };
  return { root: fieldOf(schema, { name: "", path: "", required: false }, budget), truncated: budget.truncated };
}

function fieldOf(schema: JSONSchemaProps, place: Place, budget: { left: number; truncated: boolean }): SchemaField {
  budget.left--;
  const layers = layersOf(schema);
  const inner = layers.at(-1)!;
  const required = new Set(inner.required);
  const children: SchemaField[] = [];
  for (const [name, child] of Object.entries(inner.properties ?? {})) {
    if (budget.left <= 0) {
      budget.truncated = true;
      break;
    }
    children.push(fieldOf(child, { name, path: place.path ? `${place.path}.${name}` : name, required: required.has(name) }, budget));
  }
  return {
    ...place,
    type: typeOf(schema),
    description: schema.description ?? inner.description ?? "",
    ...(schema.default === undefined ? {} : { default: JSON.stringify(schema.default) }),
    enum: layers.flatMap((layer) => layer.enum ?? []).map((value) => (typeof value === "string" ? value : JSON.stringify(value))),
    limits: layers.flatMap(limitsOf),
    rules: layers
      .flatMap((layer) => layer["x-kubernetes-validations"] ?? [])
      .map(({ rule, message, messageExpression }) => ({
        rule,
        message: message ?? messageExpression ?? "",
      })),
    children,
  };
}

/** The schema itself, that of its items or values, and so on. */
function layersOf(schema: JSONSchemaProps): JSONSchemaProps[] {
  const below = itemsOf(schema);
  return below ? [schema, ...layersOf(below)] : [schema];
}

function itemsOf({ type, items, additionalProperties }: JSONSchemaProps): JSONSchemaProps | undefined {
  const below = type === "array" ? items : additionalProperties;
  return typeof below === "object" && below !== null && !Array.isArray(below) ? (below as JSONSchemaProps) : undefined;
}

function typeOf(schema: JSONSchemaProps): string {
  if (schema["x-kubernetes-int-or-string"]) return "integer or string";
  const below = itemsOf(schema);
  if (schema.type === "array") return `[]${below ? typeOf(below) : "any"}`;
  if (below) return `map[string]${typeOf(below)}`;
  if (schema["x-kubernetes-embedded-resource"]) return "any object of the API";
  if (schema["x-kubernetes-preserve-unknown-fields"] && !schema.properties) return schema.type ? `${schema.type} of any fields` : "any";
  return `${schema.type ?? "any"}${schema.format ? ` (${schema.format})` : ""}`;
}

function limitsOf(schema: JSONSchemaProps): SchemaField["limits"] {
  const told: Partial<Record<SchemaLimit, unknown>> = {
    [schema.exclusiveMinimum ? "above" : "minimum"]: schema.minimum,
    [schema.exclusiveMaximum ? "below" : "maximum"]: schema.maximum,
    multipleOf: schema.multipleOf,
    minLength: schema.minLength,
    maxLength: schema.maxLength,
    minItems: schema.minItems,
    maxItems: schema.maxItems,
    minProperties: schema.minProperties,
    maxProperties: schema.maxProperties,
    pattern: schema.pattern,
    nullable: schema.nullable || undefined,
    listMapKeys: schema["x-kubernetes-list-map-keys"]?.join(", "),
    set: schema["x-kubernetes-list-type"] === "set" || undefined,
    atomic: schema["x-kubernetes-map-type"] === "atomic" || schema["x-kubernetes-list-type"] === "atomic" || undefined,
  };
  return schemaLimits.flatMap((id) => (told[id] === undefined ? [] : [{ id, value: String(told[id]) }]));
}
