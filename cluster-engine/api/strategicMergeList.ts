import { goFormat } from "./goFormat.ts";
import { isObject, type JsonObject } from "./json.ts";
import { StatusError } from "./statusError.ts";

export type MergeItems = (original: JsonObject, patch: JsonObject) => JsonObject;

export interface ListMerge {
  /** Names the field that identifies an item; undefined for a list of scalars. */
  mergeKey: string | undefined;
  mergeItems: MergeItems;
  /** `$setElementOrder`: keys or scalars in the wanted order. */
  order?: unknown[];
}

type Identify = (item: unknown) => unknown;

const failure = (message: string): StatusError => new StatusError(500, "", message);

/** Merges the items of a patch into a list, then puts them in order: see applyStrategicMergePatch. */
export function mergeList(original: unknown[], patch: unknown[], merge: ListMerge): unknown[] {
  const { mergeKey, order } = merge;
  const scalars = ![...original, ...patch].some(isObject);
  if (!scalars && !mergeKey) throw failure("cannot merge lists without merge key for struct");
  const identify: Identify = scalars ? (item) => item : identifier(mergeKey!);
  if (order) checkOrder(patch, order, mergeKey);
  if (scalars) return inOrder([...new Set([...original, ...patch])], original, order ?? patch, identify);
  const { kept, items } = applyDirectives(original, patch, identify, mergeKey!);
  const merged = [...kept];
  for (const item of items) {
    const key = identify(item);
    const at = merged.findIndex((other) => identify(other) === key);
    if (at < 0) merged.push(withoutNulls(item));
    else merged[at] = merge.mergeItems(merged[at] as JsonObject, item);
  }
  // Kubernetes deletes and appends in place: with an order given, new items count as the server's own where deleted ones stood.
  const server = order ? [...kept, ...merged.slice(kept.length, original.length)] : kept;
  return inOrder(merged, server, order ?? items, identify);
}

/** The items of a patch must stand in the order that it asks for. */
export function checkOrder(patch: unknown[], order: unknown[], mergeKey: string | undefined): void {
  if (!order.length) return;
  const identify: Identify = mergeKey ? identifier(mergeKey) : (item) => item;
  let place = 0;
  for (const item of patch) {
    if (isObject(item) && item.$patch !== undefined) continue;
    const key = identify(item);
    while (place < order.length && identify(order[place]) !== key) place++;
    if (place++ >= order.length)
      throw failure(`The order in patch list:\n${goFormat(patch)}\n doesn't match $setElementOrder list:\n${goFormat(order)}\n`);
  }
}

/** A list of scalars without `values`. */
export const removeFromList = (list: unknown[], values: unknown[]): unknown[] => list.filter((item) => !values.includes(item));

const identifier =
  (mergeKey: string): Identify =>
  (item) => {
    if (!isObject(item)) throw failure(`expected a map[string]interface {}, but received a ${goType(item)}`);
    if (item[mergeKey] === undefined) throw failure(`map: ${goFormat(item)} does not contain declared merge key: ${mergeKey}`);
    return item[mergeKey];
  };

/** Takes `$patch` items out of a patch and does what they say to the original. */
function applyDirectives(original: unknown[], patch: unknown[], identify: Identify, mergeKey: string): { kept: unknown[]; items: JsonObject[] } {
  const items: JsonObject[] = [];
  let kept = original;
  let replace = false;
  for (const item of patch) {
    const told = isObject(item) ? item.$patch : undefined;
    if (told === undefined) items.push(item as JsonObject);
    else if (told === "delete") {
      const key = identify(item);
      kept = kept.filter((other) => !isObject(other) || other[mergeKey] !== key);
    } else if (told === "replace") replace = true;
    else if (told === "merge") throw failure("merging lists cannot yet be specified in the patch");
    else throw failure(`unknown patch type: ${goFormat(told)} in map: ${goFormat(item)}`);
  }
  return replace ? { kept: items.map(withoutNulls), items: [] } : { kept, items };
}

const withoutNulls = (item: JsonObject): JsonObject => {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(item)) {
    if (value === null || key.startsWith("$")) continue;
    result[key] = isObject(value)
      ? withoutNulls(value)
      : Array.isArray(value)
        ? value.map((inner) => (isObject(inner) ? withoutNulls(inner) : (inner as unknown)))
        : value;
  }
  return result;
};

/**
 * Items that `order` names come in its order; the others keep the order of the server and stand before the first named
 * item that the server had behind them.
 */
function inOrder(merged: unknown[], server: unknown[], order: unknown[], identify: Identify): unknown[] {
  const places = (list: unknown[]) => new Map(list.map((item, i) => [identify(item), i] as const).toReversed());
  const ordered = places(order);
  const serverPlaces = places(server);
  const named = merged.filter((item) => ordered.has(identify(item))).sort((a, b) => ordered.get(identify(a))! - ordered.get(identify(b))!);
  const others = merged.filter((item) => !ordered.has(identify(item)));
  const result: unknown[] = [];
  while (named.length && others.length) {
    const otherPlace = serverPlaces.get(identify(others[0]));
    const namedPlace = serverPlaces.get(identify(named[0]));
    const otherFirst = otherPlace !== undefined && namedPlace !== undefined && otherPlace < namedPlace;
    result.push(otherFirst ? others.shift() : named.shift());
  }
  return [...result, ...named, ...others];
}

/** The name of a JSON value's type in Go, as its messages show it. */
function goType(value: unknown): string {
  if (value === null) return "%!s(<nil>)";
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : typeof value;
}
