/**
 * Equality as apimachinery's Semantic.DeepEqual has it: absent, null and empty are the same, the order of fields does not
 * matter.
 */
export function semanticEqual(a: unknown, b: unknown): boolean {
  if (a === b || (isEmpty(a) && isEmpty(b))) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const key of keys) if (!semanticEqual((a as Fields)[key], (b as Fields)[key])) return false;
  return true;
}

type Fields = Record<string, unknown>;

const isEmpty = (value: unknown): boolean => value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0);

/** JSON with sorted keys and without empty values: equal for semantically equal values. */
export const canonicalJson = (value: unknown): string => JSON.stringify(canonical(value)) ?? "null";

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => !isEmpty(inner));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, canonical(inner)]));
}

/** Leaves out what Kubernetes' `omitempty` leaves out: 0, "", false and absent values. */
export function omitZero<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== 0 && value !== "" && value !== false)) as T;
}
