import type { JSONSchemaProps } from "../../../shared/kubernetes/types.ts";
import { asSchema, itemsOf } from "./fromJson.ts";
import { parse, type Expression } from "./parser.ts";

/** What an API server reads of a request, in bytes. */
const largestRequest = 3 * 1024 * 1024;
const smallest: Record<string, number> = { string: 2, integer: 1, number: 1, boolean: 4, array: 2 };
const keyBytes = 6;

/** How often a rule's innermost part may run for one object, at least by its nested comprehensions; `around` is how many values it runs on. */
export function leastCost(text: string, self: JSONSchemaProps, around: number): number {
  return around * deepest(parse(text), new Map([["self", self]]));
}

/** How many items a list or map can have: as it says, or as many as fit into a request. */
export function mostItems(schema: JSONSchemaProps): number {
  if (schema.type === "array") return schema.maxItems ?? Math.floor((largestRequest - 2) / (leastBytes(itemsOf(schema)) + 1));
  return schema.maxProperties ?? Math.floor((largestRequest - 2) / (leastBytes(asSchema(schema.additionalProperties)) + keyBytes));
}

function leastBytes(schema: JSONSchemaProps | undefined): number {
  if (schema?.type !== "object") return smallest[schema?.type ?? ""] ?? 1;
  return (schema.required ?? []).reduce((sum, name) => sum + name.length + keyBytes + leastBytes(schema.properties?.[name]), 2);
}

type Types = Map<string, JSONSchemaProps | undefined>;

/** The largest product of the sizes of nested comprehensions whose ranges are fields of known size. */
function deepest(expression: Expression, types: Types): number {
  switch (expression.kind) {
    case "call": {
      const range = expression.target && typeOf(expression.target, types);
      const [variable, ...bodies] = expression.args;
      const isLoop = range && variable?.kind === "name" && bodies.length > 0 && (range.type === "array" || range.additionalProperties !== undefined);
      if (!isLoop) return Math.max(1, ...[expression.target, ...expression.args].map((part) => (part ? deepest(part, types) : 1)));
      const inner = new Map(types).set(variable.name, range.type === "array" ? itemsOf(range) : { type: "string" });
      return mostItems(range) * Math.max(...bodies.map((body) => deepest(body, inner)));
    }
    case "unary":
      return deepest(expression.operand, types);
    case "binary":
      return Math.max(deepest(expression.left, types), deepest(expression.right, types));
    case "choice":
      return Math.max(deepest(expression.condition, types), deepest(expression.yes, types), deepest(expression.no, types));
    default:
      return 1;
  }
}

function typeOf(expression: Expression, types: Types): JSONSchemaProps | undefined {
  if (expression.kind === "name") return types.get(expression.name);
  return expression.kind === "select" ? typeOf(expression.target, types)?.properties?.[expression.field] : undefined;
}
