import { durationText, parseDuration, parseTimestamp, timestampText } from "./times.ts";
import { CelError, checkedInt, checkedUint, Duration, Namespace, noSuchOverload, Timestamp, typeOf, Uint, type Value } from "./values.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Conversions between types, and `size`. */
export const conversions: Record<string, (...args: Value[]) => Value> = {
  size: (value) => sizeOf(value!),
  int(value) {
    if (typeof value === "bigint") return value;
    if (value instanceof Uint) return checkedInt(value.value);
    if (typeof value === "number") return checkedInt(BigInt(Math.trunc(value)));
    if (value instanceof Timestamp) return value.nanos / 1_000_000_000n;
    if (value instanceof Duration) return value.nanos;
    if (typeof value === "string" && /^[+-]?[0-9]+$/.test(value)) return checkedInt(BigInt(value));
    if (typeof value === "string") throw new CelError(`type conversion error from 'string' to 'int'`);
    throw noSuchOverload();
  },
  uint(value) {
    if (value instanceof Uint) return value;
    if (typeof value === "bigint") return checkedUint(value);
    if (typeof value === "number") return checkedUint(BigInt(Math.trunc(value)));
    if (typeof value === "string" && /^[0-9]+$/.test(value)) return checkedUint(BigInt(value));
    throw noSuchOverload();
  },
  double(value) {
    if (typeof value === "number") return value;
    if (typeof value === "bigint") return Number(value);
    if (value instanceof Uint) return Number(value.value);
    if (typeof value === "string" && value.trim() !== "" && !Number.isNaN(Number(value))) return Number(value);
    throw noSuchOverload();
  },
  bool(value) {
    if (typeof value === "boolean") return value;
    if (typeof value === "string" && /^(1|t|T|true|TRUE|True)$/.test(value)) return true;
    if (typeof value === "string" && /^(0|f|F|false|FALSE|False)$/.test(value)) return false;
    throw noSuchOverload();
  },
  string: (value) => textOf(value!),
  bytes(value) {
    if (value instanceof Uint8Array) return value;
    if (typeof value === "string") return encoder.encode(value);
    throw noSuchOverload();
  },
  duration(value) {
    if (value instanceof Duration) return value;
    if (typeof value === "string") return parseDuration(value);
    throw noSuchOverload();
  },
  timestamp(value) {
    if (value instanceof Timestamp) return value;
    if (typeof value === "bigint") return new Timestamp(value * 1_000_000_000n);
    if (typeof value === "string") return parseTimestamp(value);
    throw noSuchOverload();
  },
  dyn: (value) => value!,
  type: (value) => new Namespace(typeOf(value!)),
};

export function sizeOf(value: Value): bigint {
  if (typeof value === "string") return BigInt(Array.from(value).length);
  if (Array.isArray(value) || value instanceof Uint8Array) return BigInt(value.length);
  if (value instanceof Map) return BigInt(value.size);
  throw noSuchOverload();
}

export function textOf(value: Value): string {
  if (typeof value === "string") return value;
  if (typeof value === "bigint" || typeof value === "number" || typeof value === "boolean") return String(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return decoder.decode(value);
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  throw noSuchOverload();
}
