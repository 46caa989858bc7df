import { isObject } from "./json.ts";

/** A JSON value as Go's %v prints it: `map[a:1 b:[x y]]`. Some messages of the API server hold it. */
export function goFormat(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goFormat).join(" ")}]`;
  if (!isObject(value)) return String(value as string | number | boolean);
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${key}:${goFormat(value[key])}`);
  return `map[${fields.join(" ")}]`;
}
