import { isObject } from "../json.ts";
import { FieldSet } from "./fieldSet.ts";
import { fieldElement, itemElement } from "./pathElement.ts";
import { isAtomic, kindFor, type TypeModel } from "./typeModel.ts";

/** The fields that a configuration sets: leaves, items of lists, keys of maps, and empty maps. */
export function toFieldSet(value: unknown, type: TypeModel): FieldSet {
  const set = new FieldSet();
  collect(value, type, [], set);
  return set;
}

function collect(value: unknown, type: TypeModel, path: string[], set: FieldSet): void {
  const kind = kindFor(type, value);
  if (kind === "scalar" || isAtomic(type, kind)) set.insert(path);
  else if (kind === "list" && Array.isArray(value)) collectItems(value, type, path, set);
  else if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) {
      const below = [...path, fieldElement(key)];
      collect(inner, type.field(key)!, below, set);
      const empty = inner === null || (isObject(inner) && Object.keys(inner).length === 0);
      if (empty || !type.declares(key)) set.insert(below);
    }
  }
}

/** Items that come more than once are owned together, as one. */
function collectItems(items: unknown[], type: TypeModel, path: string[], set: FieldSet): void {
  const elements = items.map((item) => itemElement(type, item));
  for (const [i, element] of elements.entries()) {
    const below = [...path, element];
    if (elements.indexOf(element) === elements.lastIndexOf(element)) collect(items[i], type.items(), below, set);
    set.insert(below);
  }
}

/** Adds to a set the declared fields that have others of the set below them, so that removing it removes them too. */
export function withParents(set: FieldSet, type: TypeModel | undefined): FieldSet {
  const result = new FieldSet();
  result.member = set.member;
  for (const [element, child] of set.children) {
    const below = withParents(child, typeBelow(type, element));
    if (child.children.size && element.startsWith("f:") && type?.kind === "map" && type.declares(element.slice(2))) below.member = true;
    result.children.set(element, below);
  }
  return result;
}

function typeBelow(type: TypeModel | undefined, element: string): TypeModel | undefined {
  return element.startsWith("f:") ? type?.field(element.slice(2)) : type?.items();
}
