import { deepEqual } from "../json.ts";
import { compare, without, type Comparison } from "./compare.ts";
import { conflictError, type Conflict } from "./conflict.ts";
import { fieldSetOf, noFields, type FieldSet } from "./fieldSet.ts";
import { managerId, type ManagedSet, type Managers } from "./managers.ts";
import { merge, removeItems } from "./merge.ts";
import { toFieldSet, withParents } from "./toFieldSet.ts";
import type { TypeModel } from "./typeModel.ts";

/** Fields that nobody owns: identity, and what only the server writes. */
const unowned = fieldSetOf(
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...["name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields", "resourceVersion"].map((name) => [
    "f:metadata",
    `f:${name}`,
  ]),
);

/** What both kinds of write need to know. */
export interface Write {
  live: unknown;
  type: TypeModel;
  /** Fields that the write can't change. */
  reset: FieldSet;
  /** Changed in place. */
  managers: Managers;
  /** Identity of the writer; its `fields` are not read. */
  writer: Omit<ManagedSet, "fields">;
}

/** Gives what an update has changed to its writer, and takes it from all others. */
export function ownUpdate({ live, type, reset, managers, writer }: Write, updated: unknown): void {
  const changes = without(compare(live, updated, type), reset);
  release(managers, changes, undefined);
  const owned = changes.modified.union(changes.added).difference(unowned);
  if (owned.isEmpty) return;
  const id = managerId(writer);
  managers.set(id, { ...writer, fields: owned.union(managers.get(id)?.fields ?? noFields) });
}

/** Takes changed and removed fields from every manager but `except`. */
function release(managers: Managers, { added, modified, removed }: Comparison, except: string | undefined): void {
  for (const [id, set] of managers) {
    if (id === except) continue;
    const fields = set.fields.difference(modified).difference(added).difference(removed);
    if (fields.isEmpty) managers.delete(id);
    else managers.set(id, { ...set, fields });
  }
}

/**
 * Merges an applied configuration, removes what its manager applied before and nobody else owns, and moves ownership.
 * Returns the new object; undefined when it is the live one.
 * @throws StatusError Conflict unless `force`; conflicts over `forgiven` fields are none
 */
export function ownApply({ live, type, reset, managers, writer }: Write, config: unknown, force: boolean, forgiven: FieldSet = noFields): unknown {
  const id = managerId(writer);
  const last = managers.get(id);
  const merged = merge(live, config, type);
  const fields = toFieldSet(config, type).recursiveDifference(reset);
  const { time, ...identity } = writer;
  managers.set(id, { ...identity, ...(last?.time ? { time: last.time } : {}), fields });
  const next = prune(merged, managers, last, type);
  const changes = without(compare(live, next, type), reset);
  const conflicts = conflictsWith(managers, changes, id);
  const serious = conflicts
    .map(({ owner, fields: contested }) => ({ owner, fields: contested.difference(forgiven) }))
    .filter(({ fields: contested }) => !contested.isEmpty);
  if (serious.length && !force) throw conflictError(serious);
  release(managers, changes, id);
  own(managers, id, fields.difference(unowned));
  if (deepEqual(live, next)) return undefined;
  const set = managers.get(id);
  if (set && time) managers.set(id, { ...set, time });
  return next;
}

function own(managers: Managers, id: string, fields: FieldSet): void {
  if (fields.isEmpty) managers.delete(id);
  else managers.set(id, { ...managers.get(id)!, fields });
}

function conflictsWith(managers: Managers, { added, modified }: Comparison, writer: string): Conflict[] {
  const changed = modified.union(added);
  return [...managers]
    .filter(([id]) => id !== writer)
    .map(([, owner]) => ({ owner, fields: owner.fields.intersection(changed) }))
    .filter(({ fields }) => !fields.isEmpty);
}

/** Takes out what the manager applied last and no longer does, except what others own. */
function prune(merged: unknown, managers: Managers, last: ManagedSet | undefined, type: TypeModel): unknown {
  if (!last || last.fields.isEmpty) return merged;
  const lastFields = withParents(last.fields, type);
  const everyField = withParents(toFieldSet(merged, type), type);
  const owned = withParents(
    [...managers.values()].reduce((all, { fields }) => all.union(fields), noFields),
    type,
  );
  const bare = fieldsOf(removeItems(merged, lastFields, type), type);
  const pruned = removeItems(merged, everyField.difference(bare.union(owned)), type);
  return removeItems(merged, everyField.difference(fieldsOf(pruned, type)).intersection(lastFields), type);
}

const fieldsOf = (value: unknown, type: TypeModel): FieldSet => withParents(toFieldSet(value ?? {}, type), type);
