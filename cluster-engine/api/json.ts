/** A JSON object whose fields are not known. */
export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

/** Sets a field, also one named `__proto__`. */
export function setField(target: JsonObject, key: string, value: unknown): void {
  if (key === "__proto__") Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  else target[key] = value;
}

/** A field's value; undefined for what only the prototype has. */
export const field = (source: JsonObject, key: string): unknown => (Object.hasOwn(source, key) ? source[key] : undefined);

/** Equal as JSON, whatever the order of fields. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && equalItems(a, b);
  return isObject(a) && isObject(b) && equalFields(a, b);
}

function equalItems(a: unknown[], b: unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!deepEqual(a[i], b[i])) return false;
  return true;
}

/** Fields that are undefined are none. */
function equalFields(a: JsonObject, b: JsonObject): boolean {
  let surplus = 0;
  for (const key of Object.keys(a)) {
    const value = a[key];
    if (value === undefined) continue;
    if (!Object.hasOwn(b, key) || !deepEqual(value, b[key])) return false;
    surplus++;
  }
  for (const key of Object.keys(b)) if (b[key] !== undefined) surplus--;
  return surplus === 0;
}

/** A copy that shares nothing with `value`: for a draft of a frozen object. */
export function deepClone<T>(value: T): T {
  if (Array.isArray(value)) return value.map(deepClone) as T;
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) setField(copy, key, deepClone(value[key]));
  return copy as T;
}

export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}

/** What Go's encoding/json calls a value in its messages. */
export function goJsonKind(value: unknown): "object" | "array" | "string" | "number" | "bool" | "null" {
  if (Array.isArray(value)) return "array";
  if (value === null || value === undefined) return "null";
  if (typeof value === "boolean") return "bool";
  return typeof value as "object" | "string" | "number";
}
