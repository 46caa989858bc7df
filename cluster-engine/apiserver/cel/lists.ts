import { CelError, checkedInt, compare, contains, Duration, equal, noSuchOverload, type Value } from "./values.ts";

type Method = (on: Value, ...args: Value[]) => Value | undefined;

const onList =
  (method: (list: Value[], ...args: Value[]) => Value): Method =>
  (on, ...args) =>
    Array.isArray(on) ? method(on, ...args) : undefined;

function extreme(list: Value[], sign: 1 | -1): Value {
  if (list.length === 0) throw new CelError(`${sign > 0 ? "max" : "min"} called on empty list`);
  return list.reduce((best, item) => (compare(item, best) * sign > 0 ? item : best));
}

function sum(list: Value[]): Value {
  if (list.every((item) => typeof item === "bigint")) return checkedInt(list.reduce<bigint>((total, item) => total + item, 0n));
  if (list.every((item) => typeof item === "number")) return list.reduce<number>((total, item) => total + item, 0);
  if (list.every((item) => item instanceof Duration)) return new Duration(list.reduce<bigint>((total, item) => total + (item as Duration).nanos, 0n));
  throw noSuchOverload();
}

const distinct = (list: Value[]): Value[] => list.filter((item, i) => list.findIndex((other) => equal(other, item)) === i);

function flatten(list: Value[], depth: number): Value[] {
  return list.flatMap((item) => (Array.isArray(item) && depth > 0 ? flatten(item, depth - 1) : [item]));
}

function slice(list: Value[], from: Value, to: Value): Value[] {
  const [start, end] = [Number(from as bigint), Number(to as bigint)];
  if (start < 0 || end < start || end > list.length) throw new CelError(`cannot slice(${start}, ${end}), list is length ${list.length}`);
  return list.slice(start, end);
}

export const listMethods: Record<string, Method> = {
  isSorted: onList((list) => list.every((item, i) => i === 0 || compare(list[i - 1]!, item) <= 0)),
  sum: onList(sum),
  min: onList((list) => extreme(list, -1)),
  max: onList((list) => extreme(list, 1)),
  indexOf: onList((list, item) => BigInt(list.findIndex((candidate) => equal(candidate, item!)))),
  lastIndexOf: onList((list, item) => BigInt(list.findLastIndex((candidate) => equal(candidate, item!)))),
  join: onList((list, separator) => list.map((item) => item as string).join((separator as string | undefined) ?? "")),
  distinct: onList(distinct),
  sort: onList((list) => [...list].sort(compare)),
  reverse: onList((list) => [...list].reverse()),
  flatten: onList((list, depth) => flatten(list, depth === undefined ? 1 : Number(depth as bigint))),
  slice: onList((list, from, to) => slice(list, from!, to!)),
};

const among = (a: Value | undefined, b: Value | undefined): boolean => (b as Value[]).every((item) => contains(a!, item));
const numbers = (args: Value[]): Value[] => (args.length === 1 && Array.isArray(args[0]) ? args[0] : args);

export const listFunctions: Record<string, (...args: Value[]) => Value> = {
  "sets.contains": (a, b) => among(a, b),
  "sets.equivalent": (a, b) => among(a, b) && among(b, a),
  "sets.intersects": (a, b) => (b as Value[]).some((item) => contains(a!, item)),
  "math.greatest": (...args) => extreme(numbers(args), 1),
  "math.least": (...args) => extreme(numbers(args), -1),
  "math.abs": (value) => (typeof value === "bigint" ? (value < 0n ? checkedInt(-value) : value) : Math.abs(value as number)),
  "math.ceil": (value) => Math.ceil(value as number),
  "math.floor": (value) => Math.floor(value as number),
  "math.trunc": (value) => Math.trunc(value as number),
  "lists.range": (count) => Array.from({ length: Number(count as bigint) }, (_, i) => BigInt(i)),
};
