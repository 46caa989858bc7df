import { deepFreeze, isObject, type JsonObject } from "../json.ts";
import { compareElements } from "./pathElement.ts";

/**
 * A set of field paths, as a tree of path elements in their serialised form: `f:spec`, `k:{"name":"web"}`, `v:"x"`,
 * `i:0`. It mirrors fieldsV1: a node may be in the set itself, and may have others of the set below it. Immutable once
 * it is built.
 */
export class FieldSet {
  /** Whether this node's own path is in the set. */
  member = false;
  readonly children = new Map<string, FieldSet>();
  #json: JsonObject | undefined;

  /** Adds a path; for builders only. */
  insert(path: readonly string[]): void {
    path.reduce(grown, this as FieldSet).member = true;
  }

  get isEmpty(): boolean {
    return !this.member && this.children.size === 0;
  }

  has(path: readonly string[]): boolean {
    return path.reduce<FieldSet | undefined>((node, element) => node?.children.get(element), this)?.member ?? false;
  }

  union(other: FieldSet): FieldSet {
    if (other.isEmpty) return this;
    if (this.isEmpty) return other;
    const result = new FieldSet();
    result.member = this.member || other.member;
    for (const [element, child] of this.children) result.children.set(element, child.union(other.children.get(element) ?? noFields));
    for (const [element, child] of other.children) if (!this.children.has(element)) result.children.set(element, child);
    return result;
  }

  intersection(other: FieldSet): FieldSet {
    return this.#each(
      other,
      (mine, its) => mine && its,
      (child, its) => (its ? child.intersection(its) : noFields),
    );
  }

  /** Without the paths of `other`, but with what is below them. */
  difference(other: FieldSet): FieldSet {
    return this.#each(
      other,
      (mine, its) => mine && !its,
      (child, its) => (its ? child.difference(its) : child),
    );
  }

  /** Without the paths of `other` and all that is below them. */
  recursiveDifference(other: FieldSet): FieldSet {
    if (other.member) return noFields;
    return this.#each(
      other,
      (mine) => mine,
      (child, its) => (its ? child.recursiveDifference(its) : child),
    );
  }

  #each(
    other: FieldSet,
    member: (mine: boolean, its: boolean) => boolean,
    below: (child: FieldSet, its: FieldSet | undefined) => FieldSet,
  ): FieldSet {
    const result = new FieldSet();
    result.member = member(this.member, other.member);
    let same = result.member === this.member;
    for (const [element, child] of this.children) {
      const kept = below(child, other.children.get(element));
      same &&= kept === child;
      if (!kept.isEmpty) result.children.set(element, kept);
    }
    return same ? this : result;
  }

  /** Every path of the set: what is in it of one level first, then what is below. */
  *paths(prefix: readonly string[] = []): Generator<readonly string[]> {
    const elements = [...this.children.keys()].sort(compareElements);
    for (const element of elements) if (this.children.get(element)!.member) yield [...prefix, element];
    for (const element of elements) yield* this.children.get(element)!.paths([...prefix, element]);
  }

  /** As a `fieldsV1`: frozen, and one object for all equal sets of late. */
  toFieldsV1(): JsonObject {
    return (this.#json ??= shared(this.#fieldsV1(0)));
  }

  /** A part such as `f:status.f:conditions` is mostly that of many other objects, where the whole is not. */
  #fieldsV1(depth: number): JsonObject {
    const fields: JsonObject = {};
    const elements = [...this.children.keys()];
    if (elements.length > 1) elements.sort(compareElements);
    for (const element of elements) {
      const child = this.children.get(element)!;
      if (child.children.size === 0) fields[element] = nothing;
      else {
        const below = child.#fieldsV1(depth + 1);
        const part = child.member ? { ".": nothing, ...below } : below;
        fields[element] = depth === sharedDepth ? shared(part) : part;
      }
    }
    return fields;
  }

  /** What it was read from. */
  static read(fields: JsonObject, set: FieldSet): FieldSet {
    set.#json = fields;
    return set;
  }
}

const nothing: JsonObject = Object.freeze({});
const sharedDepth = 1;

/** The child of a node, made when it is not there. */
function grown(node: FieldSet, element: string): FieldSet {
  let child = node.children.get(element);
  if (!child) node.children.set(element, (child = new FieldSet()));
  return child;
}

export const noFields = new FieldSet();

export function fieldSetOf(...paths: string[][]): FieldSet {
  const set = new FieldSet();
  for (const path of paths) set.insert(path);
  return set;
}

/** Thousands of objects made alike have equal sets: they share one. By text, the newest. */
const known = new Map<string, JsonObject>();
/** What more than one object has: worth to be kept parsed. */
const popular = new WeakSet<JsonObject>();
const knownSize = 2_000;

function shared(fields: JsonObject): JsonObject {
  const text = JSON.stringify(fields);
  const same = known.get(text);
  if (same) {
    popular.add(same);
    known.delete(text);
    known.set(text, same);
    return same;
  }
  known.set(text, deepFreeze(fields));
  if (known.size > knownSize) for (const oldest of known.keys()) return (known.delete(oldest), fields);
  return fields;
}

const parsedSets = new WeakMap<object, FieldSet>();

/** Reads a `fieldsV1`; one that many objects share once. @throws Error when it is none */
export function readFieldSet(fields: unknown): FieldSet {
  if (!isObject(fields) || !Object.isFrozen(fields)) return parseFieldSet(fields);
  if (!popular.has(fields)) return FieldSet.read(fields, parseFieldSet(fields));
  let set = parsedSets.get(fields);
  if (!set) parsedSets.set(fields, (set = FieldSet.read(fields, parseFieldSet(fields))));
  return set;
}

/** Reads a `fieldsV1`. @throws Error when it is none */
export function parseFieldSet(fields: unknown): FieldSet {
  const set = new FieldSet();
  if (!isObject(fields)) throw new Error("fieldsV1 is not an object");
  for (const [element, below] of Object.entries(fields)) {
    if (element === ".") continue;
    if (!/^[fkvi]:/.test(element)) throw new Error(`${element} is not a path element`);
    const child = parseFieldSet(below);
    child.member = child.children.size === 0 || Object.hasOwn(below as object, ".");
    set.children.set(element, child);
  }
  return set;
}
