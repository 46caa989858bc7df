import { durationText, timestampText } from "./times.ts";
import { CelError, Duration, Optional, QuantityValue, Timestamp, Uint, type Value } from "./values.ts";

/** A value as it stands in an object. @throws CelError for what JSON can't say */
export function toJson(value: Value): unknown {
  if (value === null || typeof value === "boolean" || typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint) return Number(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof QuantityValue) return value.quantity.toString();
  if (value instanceof Optional) return value.value === undefined ? null : toJson(value.value);
  if (value instanceof URL) return value.href;
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [String(toJson(key)), toJson(inner)]));
  throw new CelError("unsupported type in a patch");
}
