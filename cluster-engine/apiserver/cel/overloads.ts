import type { JSONSchemaProps } from "../../../shared/kubernetes/types.ts";
import type { Expression } from "./parser.ts";
import { CelSyntaxError } from "./tokens.ts";
import type { Value } from "./values.ts";

type Type = JSONSchemaProps | undefined;
type Binary = Extract<Expression, { kind: "binary" }>;

export function typeOfLiteral(value: Value): Type {
  if (typeof value === "string") return { type: "string" };
  if (typeof value === "bigint") return { type: "integer" };
  if (typeof value === "number") return { type: "number" };
  return typeof value === "boolean" ? { type: "boolean" } : undefined;
}

/** Formats whose values are no plain strings in CEL. */
const richFormats = ["byte", "date", "date-time", "duration"];

/** CEL's name of a type that is known for sure. */
function nameOf(type: Type): "int" | "double" | "bool" | "string" | undefined {
  if (!type || type["x-kubernetes-int-or-string"] || type.nullable) return undefined;
  if (type.type === "integer") return "int";
  if (type.type === "number") return "double";
  if (type.type === "boolean") return "bool";
  return type.type === "string" && !richFormats.includes(type.format ?? "") ? "string" : undefined;
}

const isNumber = (name: string | undefined): boolean => name === "int" || name === "double";

/**
 * The type of an operation on operands of these types.
 * @throws CelSyntaxError when both are known and CEL has no such operation, as cel-go's checker reports it
 */
export function checkOperator({ operator, at }: Binary, left: Type, right: Type): Type {
  const [a, b] = [nameOf(left), nameOf(right)];
  if (a && b && !isDefined(operator, a, b)) throw new CelSyntaxError(`found no matching overload for '_${operator}_' applied to '(${a}, ${b})'`, at);
  if (["+", "-", "*", "/", "%"].includes(operator)) return a && a === b ? left : undefined;
  return { type: "boolean" };
}

function isDefined(operator: Binary["operator"], a: string, b: string): boolean {
  // Numbers of different sorts are compared with each other.
  const alike = a === b || (isNumber(a) && isNumber(b));
  switch (operator) {
    case "&&":
    case "||":
      return a === "bool" && b === "bool";
    case "in":
      return true;
    case "+":
      return alike && a !== "bool";
    case "-":
    case "*":
    case "/":
      return alike && isNumber(a);
    case "%":
      return a === "int" && b === "int";
    default:
      return alike;
  }
}
