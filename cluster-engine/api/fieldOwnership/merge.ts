import { isObject, setField, type JsonObject } from "../json.ts";
import { fieldElement, itemElement } from "./pathElement.ts";
import type { FieldSet } from "./fieldSet.ts";
import { isAtomic, kindFor, type TypeModel } from "./typeModel.ts";

/** Merges an applied configuration into the live object; undefined when nothing is left. */
export function merge(live: unknown, config: unknown, type: TypeModel): unknown {
  const kind = kindFor(type, config ?? live);
  if (kind === "scalar" || isAtomic(type, kind)) return config === undefined ? live : config;
  if (kind === "list") return mergeLists(live, config, type);
  const before = isObject(live) ? live : {};
  const after = isObject(config) ? config : {};
  if (isEmpty(before) && isEmpty(after)) return config === undefined ? live : config;
  return mergeMaps(before, after, type);
}

const isEmpty = (object: object): boolean => Object.keys(object).length === 0;

function mergeMaps(live: JsonObject, config: JsonObject, type: TypeModel): JsonObject | undefined {
  const result: JsonObject = {};
  for (const key of new Set([...Object.keys(live), ...Object.keys(config)])) {
    const field = type.field(key);
    const value = field && merge(live[key], config[key], field);
    if (value !== undefined) setField(result, key, value);
  }
  return isEmpty(result) ? undefined : result;
}

function mergeLists(live: unknown, config: unknown, type: TypeModel): unknown {
  const before = Array.isArray(live) ? live : [];
  const after = Array.isArray(config) ? config : [];
  if (!before.length && !after.length) return config === undefined ? live : config;
  const order = mergedOrder(
    before.map((item) => itemElement(type, item)),
    after.map((item) => itemElement(type, item)),
  );
  const old = byElement(before, type);
  const now = byElement(after, type);
  const items = order.flatMap((element) => {
    const mine = old.get(element) ?? [];
    if (mine.length > 1 && !now.has(element)) return mine;
    const merged = merge(mine.length > 1 ? null : mine[0], now.get(element)?.[0], type.items());
    return merged === undefined ? [] : [merged];
  });
  return items.length ? items : undefined;
}

function byElement(items: unknown[], type: TypeModel): Map<string, unknown[]> {
  const result = new Map<string, unknown[]>();
  for (const item of items) {
    const element = itemElement(type, item);
    result.set(element, [...(result.get(element) ?? []), item]);
  }
  return result;
}

/** The applier's order holds for its items; what only the live list has stays before what followed it there. */
function mergedOrder(live: string[], applied: string[]): string[] {
  const ours = new Set(applied);
  const theirs = new Set(live);
  const shared = applied.filter((element) => theirs.has(element));
  const result: string[] = [];
  const taken = new Set<string>();
  let l = 0;
  let a = 0;
  let next = 0;
  const take = (element: string) => {
    if (!taken.has(element)) result.push(element);
    taken.add(element);
    if (ours.has(element) && element === shared[next]) next++;
  };
  while (l < live.length || a < applied.length) {
    const mine = live[l];
    if (mine !== undefined && a < applied.length) {
      if (mine === applied[a]) {
        take(mine);
        l++;
        a++;
        continue;
      }
      if (ours.has(mine) && shared[next] !== undefined && shared[next] !== mine) {
        l++;
        continue;
      }
    }
    if (mine !== undefined && !ours.has(mine)) {
      take(mine);
      l++;
      continue;
    }
    if (mine !== undefined && taken.has(mine)) l++;
    if (a < applied.length) take(applied[a++]!);
  }
  return result;
}

/**
 * A copy of `value` without the fields of a set; undefined when nothing is left. A field that is left with nothing is
 * null, so that whoever owns it goes on to. Atomic parts stay whole or go.
 */
export function removeItems(value: unknown, remove: FieldSet, type: TypeModel): unknown {
  const kind = kindFor(type, value);
  if (kind === "scalar") return value;
  if (isAtomic(type, kind)) return undefined;
  if (kind === "list") return Array.isArray(value) ? removeFromList(value, remove, type) : undefined;
  return isObject(value) ? removeFromMap(value, remove, type) : undefined;
}

function removeFromList(items: unknown[], remove: FieldSet, type: TypeModel): unknown[] | undefined {
  const kept = items.flatMap((item) => {
    const below = remove.children.get(itemElement(type, item));
    if (!below) return [item];
    if (below.member) return [];
    const rest = removeItems(item, below, type.items());
    return [rest ?? null];
  });
  return kept.length ? kept : undefined;
}

function removeFromMap(map: JsonObject, remove: FieldSet, type: TypeModel): JsonObject | undefined {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(map)) {
    const below = remove.children.get(fieldElement(key));
    if (below?.member) continue;
    const field = type.field(key);
    setField(result, key, below && field ? (removeItems(value, below, field) ?? null) : value);
  }
  return isEmpty(result) ? undefined : result;
}
