import { goFormat } from "../goFormat.ts";
import { isObject } from "../json.ts";
import type { TypeModel } from "./typeModel.ts";

/** An item of a list does not say which it is. */
export class IdentityError extends Error {
  override name = "IdentityError";
}

export const fieldElement = (name: string): string => `f:${name}`;

/** The element that identifies an item of an associative list. @throws IdentityError */
export function itemElement(list: TypeModel, item: unknown): string {
  if (!list.keys.length) return valueElement(item);
  if (item === null) throw new IdentityError("associative list with keys may not have a null element");
  if (!isObject(item)) throw new IdentityError("associative list with keys may not have non-map elements");
  const items = list.items();
  const pairs = [...list.keys]
    .sort()
    .map((key) => [key, Object.hasOwn(item, key) ? item[key] : items.defaultOf(key)] as const)
    .filter(([, value]) => value !== undefined);
  if (pairs.length) return `k:${JSON.stringify(Object.fromEntries(pairs))}`;
  const names = list.keys.map((key) => JSON.stringify(key)).join(" ");
  throw new IdentityError(
    `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
  );
}

function valueElement(item: unknown): string {
  if (Array.isArray(item)) throw new IdentityError("not supported: associative list with lists as elements");
  if (item === null) throw new IdentityError("associative list without keys has an element that's an explicit null");
  if (isObject(item)) throw new IdentityError("associative list without keys has an element that's a map type");
  return `v:${JSON.stringify(item)}`;
}

/** The order in which elements are written: fields by name, items by their keys, numbers by value. */
export function compareElements(a: string, b: string): number {
  if (a[0] !== b[0] || a[0] === "f") return a < b ? -1 : 1;
  const [left, right] = [keyValues(a), keyValues(b)];
  for (const [i, value] of left.entries()) {
    const other = right[i];
    if (value !== other) return typeof value === "number" && typeof other === "number" ? value - other : String(value) < String(other) ? -1 : 1;
  }
  return left.length - right.length;
}

/** Names and values of the keys of an item, one after the other; the value or index of one without keys. */
function keyValues(element: string): (string | number | boolean | undefined)[] {
  const parsed = JSON.parse(element.slice(2)) as unknown;
  return (isObject(parsed) ? Object.entries(parsed).flat() : [parsed]) as (string | number | boolean)[];
}

/** An element as messages show it: `.spec`, `[name="web"]`, `[="x"]`, `[0]`. */
export function formatElement(element: string): string {
  const text = element.slice(2);
  switch (element[0]) {
    case "f":
      return `.${text}`;
    case "k":
      return `[${Object.entries(JSON.parse(text) as object)
        .map(([key, value]) => `${key}=${formatValue(value)}`)
        .join(",")}]`;
    case "v":
      return `[=${formatValue(JSON.parse(text))}]`;
    default:
      return `[${text}]`;
  }
}

const formatValue = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value) : goFormat(value));

export const formatPath = (path: readonly string[]): string => path.map(formatElement).join("");
