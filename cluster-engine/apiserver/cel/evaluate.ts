import { callFunction, callMethod, isMessageType, isNamespace } from "./functions.ts";
import { fieldName, fieldOf } from "./fields.ts";
import { macroOf } from "./macros.ts";
import type { BinaryOperator, Expression } from "./parser.ts";
import { Scope } from "./scope.ts";
import {
  CelError,
  CelUnsupported,
  contains,
  truth,
  checkedInt,
  checkedUint,
  compare,
  Duration,
  equal,
  lookup,
  Namespace,
  noSuchOverload,
  Optional,
  QuantityValue,
  Timestamp,
  Uint,
  type Value,
} from "./values.ts";

/** The variables that an expression may use. */
export const scopeOf = (values: Record<string, Value>): Scope => new Scope(values, evaluate);

/** @throws CelError where CEL gives an error, CelUnsupported for what is missing here */
export function evaluate(expression: Expression, scope: Scope): Value {
  scope.step();
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "name":
      return nameOf(expression.name, scope);
    case "select":
      return select(expression, scope);
    case "index":
      return indexOf(expression, scope);
    case "call":
      return call(expression, scope);
    case "unary":
      return expression.operator === "!" ? !truth(evaluate(expression.operand, scope)) : negate(evaluate(expression.operand, scope));
    case "binary":
      return binary(expression, scope);
    case "choice":
      return evaluate(truth(evaluate(expression.condition, scope)) ? expression.yes : expression.no, scope);
    case "list":
      return expression.items.flatMap(({ value, optional }) => present(evaluate(value, scope), optional));
    case "map": {
      const map = new Map<Value, Value>();
      for (const { key, value, optional } of expression.entries)
        for (const found of present(evaluate(value, scope), optional)) map.set(evaluate(key, scope), found);
      return map;
    }
    case "message":
      return messageOf(expression, scope);
  }
}

/** An object that is made for a patch; its fields are not checked against a schema here. */
function messageOf({ type, fields }: Extract<Expression, { kind: "message" }>, scope: Scope): Value {
  if (!isMessageType(type)) throw new CelUnsupported(`undeclared reference to '${type}' (in container '')`);
  const message = new Map<Value, Value>();
  for (const { name, value, optional } of fields) for (const found of present(evaluate(value, scope), optional)) message.set(fieldName(name), found);
  return message;
}

/** An entry written with `?` is left out when its optional is empty. */
function present(value: Value, optional: boolean): Value[] {
  if (!optional) return [value];
  if (!(value instanceof Optional)) throw noSuchOverload();
  return value.value === undefined ? [] : [value.value];
}

function nameOf(name: string, scope: Scope): Value {
  const value = scope.find(name);
  if (value !== undefined) return value;
  if (isNamespace(name)) return new Namespace(name);
  throw new CelError(`no such attribute(s): ${name}`);
}

function select({ target, field, optional }: Extract<Expression, { kind: "select" }>, scope: Scope): Value {
  const from = evaluate(target, scope);
  if (from instanceof Namespace) return new Namespace(`${from.name}.${field}`);
  const found = fieldOf(from, field);
  if (optional || from instanceof Optional) return wrap(found);
  if (found === undefined) throw new CelError(`no such key: ${field}`);
  return found;
}

const wrap = (value: Value | undefined): Optional => (value === undefined ? Optional.none : value instanceof Optional ? value : new Optional(value));

function indexOf({ target, index, optional }: Extract<Expression, { kind: "index" }>, scope: Scope): Value {
  const from = evaluate(target, scope);
  const key = evaluate(index, scope);
  const inner = from instanceof Optional ? from.value : from;
  const found = inner === undefined ? undefined : itemOf(inner, key);
  if (optional || from instanceof Optional) return wrap(found);
  if (found !== undefined) return found;
  throw new CelError(Array.isArray(from) ? `index out of bounds: ${describe(key)}` : `no such key: ${describe(key)}`);
}

function itemOf(from: Value, key: Value): Value | undefined {
  if (from instanceof Map) return lookup(from, key);
  if (!Array.isArray(from)) throw noSuchOverload();
  const position = key instanceof Uint ? key.value : key;
  if (typeof position !== "bigint" && !(typeof position === "number" && Number.isInteger(position))) throw noSuchOverload();
  return from[Number(position)];
}

const describe = (key: Value): string => (key instanceof Uint ? String(key.value) : String(key as bigint));

function call(expression: Extract<Expression, { kind: "call" }>, scope: Scope): Value {
  const { name, target, args } = expression;
  const macro = macroOf(expression, scope);
  if (macro) return macro(scope);
  const values = args.map((arg) => evaluate(arg, scope));
  if (!target) return callFunction(name, values);
  const on = evaluate(target, scope);
  return on instanceof Namespace ? callFunction(`${on.name}.${name}`, values) : callMethod(name, on, values);
}

function negate(value: Value): Value {
  if (typeof value === "bigint") return checkedInt(-value);
  if (typeof value === "number") return -value;
  if (value instanceof Duration) return new Duration(-value.nanos);
  throw noSuchOverload();
}

function binary({ operator, left, right }: Extract<Expression, { kind: "binary" }>, scope: Scope): Value {
  if (operator === "||" || operator === "&&") return junction(operator === "||", left, right, scope);
  const a = evaluate(left, scope);
  const b = evaluate(right, scope);
  switch (operator) {
    case "==":
      return equal(a, b);
    case "!=":
      return !equal(a, b);
    case "in":
      return contains(b, a);
    case "<":
      return compare(a, b) < 0;
    case "<=":
      return compare(a, b) <= 0;
    case ">":
      return compare(a, b) > 0;
    case ">=":
      return compare(a, b) >= 0;
    default:
      return arithmetic(operator, a, b);
  }
}

/** Either side may decide, even when the other one is an error. */
function junction(deciding: boolean, left: Expression, right: Expression, scope: Scope): boolean {
  let failure: unknown;
  for (const side of [left, right]) {
    try {
      if (truth(evaluate(side, scope)) === deciding) return deciding;
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      failure ??= error;
    }
  }
  if (failure) throw failure;
  return !deciding;
}

function arithmetic(operator: Exclude<BinaryOperator, "||" | "&&" | "in">, a: Value, b: Value): Value {
  if (typeof a === "bigint" && typeof b === "bigint") return checkedInt(integer(operator, a, b));
  if (a instanceof Uint && b instanceof Uint) return checkedUint(integer(operator, a.value, b.value));
  if (typeof a === "number" && typeof b === "number") return double(operator, a, b);
  if (operator === "+") return sum(a, b);
  if (operator === "-") return difference(a, b);
  throw noSuchOverload();
}

function integer(operator: string, a: bigint, b: bigint): bigint {
  if (operator === "+") return a + b;
  if (operator === "-") return a - b;
  if (operator === "*") return a * b;
  if (b === 0n) throw new CelError(operator === "/" ? "division by zero" : "modulus by zero");
  return operator === "/" ? a / b : a % b;
}

function double(operator: string, a: number, b: number): number {
  if (operator === "+") return a + b;
  if (operator === "-") return a - b;
  if (operator === "*") return a * b;
  if (operator === "/") return a / b;
  throw noSuchOverload();
}

function sum(a: Value, b: Value): Value {
  if (typeof a === "string" && typeof b === "string") return a + b;
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (a instanceof Uint8Array && b instanceof Uint8Array) return new Uint8Array([...a, ...b]);
  if (a instanceof Duration && b instanceof Duration) return new Duration(a.nanos + b.nanos);
  if (a instanceof Timestamp && b instanceof Duration) return new Timestamp(a.nanos + b.nanos);
  if (a instanceof Duration && b instanceof Timestamp) return new Timestamp(a.nanos + b.nanos);
  throw noSuchOverload();
}

function difference(a: Value, b: Value): Value {
  if (a instanceof Timestamp && b instanceof Timestamp) return new Duration(a.nanos - b.nanos);
  if (a instanceof Timestamp && b instanceof Duration) return new Timestamp(a.nanos - b.nanos);
  if (a instanceof Duration && b instanceof Duration) return new Duration(a.nanos - b.nanos);
  if (a instanceof QuantityValue && b instanceof QuantityValue) return new QuantityValue(a.quantity.subtract(b.quantity));
  throw noSuchOverload();
}
