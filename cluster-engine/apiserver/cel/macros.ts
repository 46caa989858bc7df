import { fieldOf } from "./fields.ts";
import type { Expression } from "./parser.ts";
import type { Scope } from "./scope.ts";
import { CelError, noSuchOverload, Optional, truth, type Value } from "./values.ts";

type Call = Extract<Expression, { kind: "call" }>;
type Macro = (scope: Scope) => Value;

/** The call as a macro, which decides itself what of its arguments is evaluated; undefined for plain functions. */
export function macroOf(call: Call, scope: Scope): Macro | undefined {
  const { name, target, args } = call;
  if (!target) return name === "has" && args.length === 1 ? () => has(args[0]!, scope) : undefined;
  if (name === "bind" && target.kind === "name" && target.name === "cel" && args.length === 3) {
    return () => scope.with({ [variable(args[0]!)]: scope.evaluate(args[1]!) }).evaluate(args[2]!);
  }
  if ((name === "optMap" || name === "optFlatMap") && args.length === 2) return () => optionalMap(name === "optFlatMap", target, args, scope);
  const range = comprehensions[name];
  if (!range || args.length < 2 || args[0]!.kind !== "name") return undefined;
  return () => range(entries(scope.evaluate(target)), args, scope);
}

function has(selection: Expression, scope: Scope): boolean {
  if (selection.kind !== "select") throw new CelError("invalid argument to has() macro");
  return fieldOf(scope.evaluate(selection.target), selection.field) !== undefined;
}

function variable(expression: Expression): string {
  if (expression.kind !== "name") throw new CelError("argument must be a simple name");
  return expression.name;
}

function optionalMap(flat: boolean, target: Expression, args: Expression[], scope: Scope): Value {
  const on = scope.evaluate(target);
  if (!(on instanceof Optional)) throw noSuchOverload();
  if (on.value === undefined) return on;
  const result = scope.with({ [variable(args[0]!)]: on.value }).evaluate(args[1]!);
  return flat ? result : new Optional(result);
}

interface Entry {
  /** The key of a map, the index of a list. */
  key: Value;
  /** What a macro with one variable sees: the keys of a map, the items of a list. */
  single: Value;
  value: Value;
}

function entries(range: Value): Entry[] {
  if (Array.isArray(range)) return range.map((value, i) => ({ key: BigInt(i), single: value, value }));
  if (range instanceof Map) return [...range].map(([key, value]) => ({ key, single: key, value }));
  throw noSuchOverload();
}

/** Binds one variable or two; gives what is left of the arguments. */
function bind(args: Expression[], rest: number): { bodies: Expression[]; scopeOf: (entry: Entry, scope: Scope) => Scope } {
  const two = args.length - rest === 2;
  const [first, second] = [variable(args[0]!), two ? variable(args[1]!) : ""];
  return {
    bodies: args.slice(args.length - rest),
    scopeOf: ({ key, single, value }, scope) => scope.with(two ? { [first]: key, [second]: value } : { [first]: single }),
  };
}

/** One that decides is enough, whatever errors the others give. */
function any(deciding: boolean, range: Entry[], args: Expression[], scope: Scope): boolean {
  const { bodies, scopeOf } = bind(args, 1);
  let failure: CelError | undefined;
  for (const entry of range) {
    try {
      if (truth(scopeOf(entry, scope).evaluate(bodies[0]!)) === deciding) return deciding;
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      failure ??= error;
    }
  }
  if (failure) throw failure;
  return !deciding;
}

function one(range: Entry[], args: Expression[], scope: Scope): boolean {
  const { bodies, scopeOf } = bind(args, 1);
  return range.filter((entry) => truth(scopeOf(entry, scope).evaluate(bodies[0]!))).length === 1;
}

/** `map(x, body)` and `map(x, condition, body)`. */
function map(range: Entry[], args: Expression[], scope: Scope): Value {
  const { bodies, scopeOf } = bind(args, args.length - 1);
  return collect(range, bodies, (entry) => scopeOf(entry, scope));
}

/** `transformList(key, value, body)` and `transformList(key, value, condition, body)`. */
function transformList(range: Entry[], args: Expression[], scope: Scope): Value {
  const { bodies, scopeOf } = bind(args, args.length - 2);
  return collect(range, bodies, (entry) => scopeOf(entry, scope));
}

function transformMap(range: Entry[], args: Expression[], scope: Scope): Value {
  const { bodies, scopeOf } = bind(args, args.length - 2);
  const result = new Map<Value, Value>();
  for (const entry of range) for (const value of collect([entry], bodies, (each) => scopeOf(each, scope))) result.set(entry.key, value);
  return result;
}

function collect(range: Entry[], bodies: Expression[], scopeOf: (entry: Entry) => Scope): Value[] {
  const [first, second] = bodies;
  return range.flatMap((entry) => {
    const scope = scopeOf(entry);
    if (second && !truth(scope.evaluate(first!))) return [];
    return [scope.evaluate(second ?? first!)];
  });
}

function filter(range: Entry[], args: Expression[], scope: Scope): Value {
  const { bodies, scopeOf } = bind(args, 1);
  return range.filter((entry) => truth(scopeOf(entry, scope).evaluate(bodies[0]!))).map(({ single }) => single);
}

const comprehensions: Record<string, (range: Entry[], args: Expression[], scope: Scope) => Value> = {
  all: (range, args, scope) => any(false, range, args, scope),
  exists: (range, args, scope) => any(true, range, args, scope),
  exists_one: one,
  existsOne: one,
  filter,
  map,
  transformList,
  transformMap,
};
