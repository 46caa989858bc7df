import type { JSONSchemaProps } from "../../../shared/kubernetes/types.ts";
import { resolve, scalarOf, type Schema } from "../../api/schemas.ts";
import { fieldName } from "./fields.ts";
import { asSchema, itemsOf } from "./fromJson.ts";
import { isMessageType, isNamespace } from "./functions.ts";
import { parse, type Expression } from "./parser.ts";
import { checkOperator, typeOfLiteral } from "./overloads.ts";
import { CelSyntaxError } from "./tokens.ts";

/** Undefined for everything whose type is not known. */
type Type = JSONSchemaProps | undefined;
type Types = Map<string, Type>;

const comprehensions = ["all", "exists", "exists_one", "existsOne", "filter", "map", "transformList", "transformMap"];

/** Why an expression over these variables does not compile, as cel-go reports it; undefined when nothing is wrong. */
export function compilationProblem(text: string, variables: Record<string, JSONSchemaProps | undefined>): string | undefined {
  try {
    infer(parse(text), new Map(Object.entries(variables)));
    return undefined;
  } catch (error) {
    if (error instanceof CelSyntaxError) return `compilation failed: ${report(text, error)}`;
    throw error;
  }
}

function report(text: string, { message, at }: CelSyntaxError): string {
  const before = text.slice(0, at).split("\n");
  const column = before.at(-1)!.length;
  return `ERROR: <input>:${before.length}:${column + 1}: ${message}\n | ${text.split("\n")[before.length - 1]}\n | ${".".repeat(column)}^`;
}

/** The type of an expression as far as schemas tell. @throws CelSyntaxError */
const infer = (expression: Expression, types: Types): Type => resolved(inferred(expression, types));

/** The schema behind a reference. Types whose JSON form says little of them are taken as unknown. */
function resolved(type: Type): Type {
  const schema = type && (resolve(type as Schema) as Type);
  const scalar = schema && scalarOf(schema as Schema);
  return scalar && scalar !== "Time" && scalar !== "MicroTime" ? undefined : schema;
}

function inferred(expression: Expression, types: Types): Type {
  switch (expression.kind) {
    case "literal":
      return typeOfLiteral(expression.value);
    case "name":
      return typeOfName(expression, types);
    case "select":
      return typeOfField(infer(expression.target, types), expression);
    case "index": {
      const target = infer(expression.target, types);
      infer(expression.index, types);
      return target?.type === "array" ? itemsOf(target) : asSchema(target?.additionalProperties);
    }
    case "call":
      return typeOfCall(expression, types);
    case "unary": {
      const type = infer(expression.operand, types);
      return expression.operator === "!" ? { type: "boolean" } : type;
    }
    case "binary":
      return checkOperator(expression, infer(expression.left, types), infer(expression.right, types));
    case "choice": {
      infer(expression.condition, types);
      const type = infer(expression.yes, types);
      return infer(expression.no, types)?.type === type?.type ? type : undefined;
    }
    case "list":
      for (const { value } of expression.items) infer(value, types);
      return undefined;
    case "map":
      for (const { key, value } of expression.entries) for (const part of [key, value]) infer(part, types);
      return undefined;
    case "message":
      if (!isMessageType(expression.type)) throw new CelSyntaxError(`undeclared reference to '${expression.type}' (in container '')`, expression.at);
      for (const { value } of expression.fields) infer(value, types);
      return undefined;
  }
}

function typeOfName({ name, at }: Extract<Expression, { kind: "name" }>, types: Types): Type {
  if (types.has(name)) return types.get(name);
  if (isNamespace(name)) return undefined;
  throw new CelSyntaxError(`undeclared reference to '${name}' (in container '')`, at);
}

function typeOfField(type: Type, { field, at }: Extract<Expression, { kind: "select" }>): Type {
  if (!type?.properties) return asSchema(type?.additionalProperties);
  const found = type.properties[field] ?? type.properties[fieldName(field)];
  if (!found && type.additionalProperties === undefined && !type["x-kubernetes-preserve-unknown-fields"])
    throw new CelSyntaxError(`undefined field '${field}'`, at);
  return found ?? asSchema(type.additionalProperties);
}

function typeOfCall({ name, target, args }: Extract<Expression, { kind: "call" }>, types: Types): Type {
  if (target?.kind === "name" && target.name === "cel" && name === "bind") {
    return infer(args[2]!, new Map([...types, [nameOf(args[0]), infer(args[1]!, types)]]));
  }
  const on = target && infer(target, types);
  if (target && args.length > 1 && (comprehensions.includes(name) || name.startsWith("opt"))) return typeOfComprehension(name, on, args, types);
  for (const arg of args) infer(arg, types);
  return undefined;
}

const nameOf = (expression: Expression | undefined): string => (expression?.kind === "name" ? expression.name : "");

function typeOfComprehension(name: string, on: Type, args: Expression[], types: Types): Type {
  const two = args.length > 2 && args[1]!.kind === "name" && name !== "map";
  const inner = new Map(types);
  inner.set(nameOf(args[0]), two || on?.type !== "array" ? undefined : itemsOf(on));
  if (two) inner.set(nameOf(args[1]), on?.type === "array" ? itemsOf(on) : asSchema(on?.additionalProperties));
  for (const body of args.slice(two ? 2 : 1)) infer(body, inner);
  return name === "filter" && on?.type === "array" ? on : undefined;
}
