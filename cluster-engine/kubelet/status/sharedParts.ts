import { isDeepStrictEqual } from "node:util";

/**
 * `value` with every part that `other` has alike taken from there: what is kept of a hundred thousand written statuses is
 * then mostly the API's own objects. Equal to `value`.
 */
export function sharedParts<T>(value: T, other: unknown): T {
  if (typeof value !== "object" || value === null || typeof other !== "object" || other === null) return value;
  if (isDeepStrictEqual(value, other)) return other as T;
  if (Array.isArray(value)) return Array.isArray(other) ? (value.map((item: unknown, i) => sharedParts(item, other[i])) as T) : value;
  const known = other as Record<string, unknown>;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, sharedParts(part as unknown, known[key])])) as T;
}
