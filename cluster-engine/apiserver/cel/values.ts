import type { Quantity } from "../../api/quantity.ts";

/** An unsigned integer. */
export class Uint {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

/** A point in time, in ns since 1970. */
export class Timestamp {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class Duration {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A value that may be absent. */
export class Optional {
  static readonly none = new Optional(undefined);
  readonly value: Value | undefined;

  constructor(value: Value | undefined) {
    this.value = value;
  }
}

export class QuantityValue {
  readonly quantity: Quantity;

  constructor(quantity: Quantity) {
    this.quantity = quantity;
  }
}

/** A format of names, `format.dns1123Label()`. */
export class NamedFormat {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** What is behind `optional`, `math` and the like. */
export class Namespace {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** int is a bigint, double a number; an object with a schema is a map. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Uint
  | Timestamp
  | Duration
  | Optional
  | QuantityValue
  | URL
  | NamedFormat
  | Namespace
  | Value[]
  | Map<Value, Value>;

/** The evaluation ended in an error, in the words of cel-go. */
export class CelError extends Error {}

/** The evaluation took too long. No operator makes up for it, as `||` does for errors. */
export class CelCancelled extends Error {}

/** The expression uses something that is missing here. */
export class CelUnsupported extends Error {}

export const noSuchOverload = (): CelError => new CelError("no such overload");

export function typeOf(value: Value): string {
  if (value === null) return "null_type";
  if (Array.isArray(value)) return "list";
  if (value instanceof Map) return "map";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Uint) return "uint";
  if (value instanceof Timestamp) return "google.protobuf.Timestamp";
  if (value instanceof Duration) return "google.protobuf.Duration";
  if (value instanceof Optional) return "optional_type";
  if (value instanceof QuantityValue) return "kubernetes.Quantity";
  if (value instanceof URL) return "kubernetes.URL";
  if (value instanceof NamedFormat) return "kubernetes.NamedFormat";
  if (value instanceof Namespace) return "type";
  return { boolean: "bool", bigint: "int", number: "double", string: "string" }[typeof value as "boolean"] ?? "dyn";
}

/** The number behind a value of any numeric type. */
export function numeric(value: Value): bigint | number | undefined {
  if (typeof value === "bigint" || typeof value === "number") return value;
  return value instanceof Uint ? value.value : undefined;
}

export function equal(a: Value, b: Value): boolean {
  const x = numeric(a);
  const y = numeric(b);
  // oxlint-disable-next-line eqeqeq -- numbers of all types are compared by value
  if (x !== undefined && y !== undefined) return x == y;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => equal(item, b[i]!));
  if (a instanceof Map && b instanceof Map)
    return a.size === b.size && [...a].every(([key, value]) => lookup(b, key) !== undefined && equal(value, lookup(b, key)!));
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  if ((a instanceof Timestamp && b instanceof Timestamp) || (a instanceof Duration && b instanceof Duration)) return a.nanos === b.nanos;
  if (a instanceof Optional && b instanceof Optional)
    return a.value === undefined || b.value === undefined ? a.value === b.value : equal(a.value, b.value);
  if (a instanceof QuantityValue && b instanceof QuantityValue) return a.quantity.compare(b.quantity) === 0;
  if (a instanceof URL && b instanceof URL) return a.href === b.href;
  if (a instanceof Namespace && b instanceof Namespace) return a.name === b.name;
  return a === b;
}

/** -1, 0 or 1. @throws CelError for values without an order */
export function compare(a: Value, b: Value): number {
  const x = numeric(a) ?? ordered(a);
  const y = numeric(b) ?? ordered(b);
  if (x === undefined || y === undefined || (typeof x === "string") !== (typeof y === "string")) throw noSuchOverload();
  if (typeof x === "string" && typeof y === "string") return Buffer.compare(Buffer.from(x), Buffer.from(y));
  return x < y ? -1 : x > y ? 1 : 0;
}

function ordered(value: Value): bigint | string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return BigInt(value);
  if (value instanceof Timestamp || value instanceof Duration) return value.nanos;
  if (value instanceof QuantityValue) return value.quantity.nano;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
  return undefined;
}

/** Keys of maps are equal across the types of numbers. */
export function lookup(map: Map<Value, Value>, key: Value): Value | undefined {
  const direct = map.get(key);
  if (direct !== undefined || map.has(key)) return direct;
  if (numeric(key) === undefined) return undefined;
  for (const [candidate, value] of map) if (equal(candidate, key)) return value;
  return undefined;
}

const maxInt = 2n ** 63n - 1n;
const minInt = -(2n ** 63n);

export function checkedInt(value: bigint): bigint {
  if (value > maxInt || value < minInt) throw new CelError("integer overflow");
  return value;
}

export function checkedUint(value: bigint): Uint {
  if (value < 0n || value >= 2n ** 64n) throw new CelError("unsigned integer overflow");
  return new Uint(value);
}

export function truth(value: Value): boolean {
  if (typeof value !== "boolean") throw noSuchOverload();
  return value;
}

export function contains(list: Value, item: Value): boolean {
  if (Array.isArray(list)) return list.some((candidate) => equal(candidate, item));
  if (list instanceof Map) return lookup(list, item) !== undefined;
  throw noSuchOverload();
}
