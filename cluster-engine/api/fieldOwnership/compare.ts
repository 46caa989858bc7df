import { deepEqual, isObject, type JsonObject } from "../json.ts";
import { FieldSet } from "./fieldSet.ts";
import { fieldElement, itemElement } from "./pathElement.ts";
import { isAtomic, kindFor, type TypeModel } from "./typeModel.ts";

/** How one object differs from another, field by field. */
export interface Comparison {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

/** Compares two objects of one type. */
export function compare(before: unknown, after: unknown, type: TypeModel): Comparison {
  const comparison = { added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() };
  visit(before, after, type, [], comparison);
  return comparison;
}

/** A comparison without the fields under `ignored`. */
export function without({ added, modified, removed }: Comparison, ignored: FieldSet): Comparison {
  return {
    added: added.recursiveDifference(ignored),
    modified: modified.recursiveDifference(ignored),
    removed: removed.recursiveDifference(ignored),
  };
}

/** `undefined` stands for a side that is absent; null is a value. */
function visit(before: unknown, after: unknown, type: TypeModel, path: string[], comparison: Comparison): void {
  if (before === after) return;
  const kind = kindFor(type, after ?? before);
  if (kind === "scalar" || isAtomic(type, kind) || (isBare(before, kind) && isBare(after, kind))) return leaf(before, after, path, comparison);
  if (type.kind === "any" && before !== undefined && after !== undefined && kindFor(type, before) !== kind) comparison.modified.insert(path);
  if (kind === "list") visitItems(asList(before), asList(after), type, path, comparison);
  else visitFields(asMap(before), asMap(after), type, path, comparison);
  if (before === undefined) comparison.added.insert(path);
  else if (after === undefined) comparison.removed.insert(path);
}

/** Spares equal parts the walk with paths: most of an update is equal. */
const areEqual = (before: unknown, after: unknown): boolean => typeof before === "object" && before !== null && deepEqual(before, after);

function leaf(before: unknown, after: unknown, path: string[], { added, modified, removed }: Comparison): void {
  if (before === undefined) added.insert(path);
  else if (after === undefined) removed.insert(path);
  else if (!deepEqual(before, after)) modified.insert(path);
}

const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const asMap = (value: unknown): JsonObject => (isObject(value) ? value : {});
const isBare = (value: unknown, kind: "list" | "map"): boolean =>
  kind === "list" ? asList(value).length === 0 : Object.keys(asMap(value)).length === 0;

function visitFields(before: JsonObject, after: JsonObject, type: TypeModel, path: string[], comparison: Comparison): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const field = type.field(key);
    if (!field || areEqual(before[key], after[key])) continue;
    visit(before[key], after[key], field, [...path, fieldElement(key)], comparison);
  }
}

function visitItems(before: unknown[], after: unknown[], type: TypeModel, path: string[], comparison: Comparison): void {
  const old = groups(before, type);
  const now = groups(after, type);
  for (const element of new Set([...old.keys(), ...now.keys()]))
    visitGroup(old.get(element) ?? [], now.get(element) ?? [], type, [...path, element], comparison);
}

/** Items by identity; more than one only where a list has duplicates. */
function groups(items: unknown[], type: TypeModel): Map<string, unknown[]> {
  const result = new Map<string, unknown[]>();
  for (const item of items) {
    const element = itemElement(type, item);
    result.set(element, [...(result.get(element) ?? []), item]);
  }
  return result;
}

function visitGroup(old: unknown[], now: unknown[], type: TypeModel, path: string[], comparison: Comparison): void {
  if (old.length <= 1 && now.length <= 1) return areEqual(old[0], now[0]) ? undefined : visit(old[0], now[0], type.items(), path, comparison);
  if (old.length > 1 && now.length > 1) {
    if (!deepEqual(old, now)) comparison.modified.insert(path);
  } else if (old.length > 1) {
    if (now.length) visit(undefined, now[0], type.items(), path, comparison);
    comparison.removed.insert(path);
  } else {
    if (old.length) visit(old[0], undefined, type.items(), path, comparison);
    comparison.added.insert(path);
  }
}
