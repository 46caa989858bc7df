import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { ManagedFieldsEntry } from "../../../shared/kubernetes/types.ts";
import { rfc3339 } from "../../base/clock.ts";
import { canonicalObject } from "../decode.ts";
import type { JsonObject } from "../json.ts";
import type { Schema } from "../schemas.ts";
import { noFields, type FieldSet } from "./fieldSet.ts";
import { capUpdates, formatManagers, parseManagers, type Managers } from "./managers.ts";
import { IdentityError } from "./pathElement.ts";
import { objectModel } from "./typeModel.ts";
import { ownUpdate } from "./updater.ts";

export interface TrackedUpdate {
  /** The stored object; undefined for a creation. */
  live: KubeObject | undefined;
  /** The object to be stored, decoded and defaulted, before admission changes it. */
  updated: KubeObject;
  /** The `fieldManager` parameter, or the user agent up to its first slash. */
  manager: string;
  /** "" for the main resource. */
  subresource: string;
  schema: Schema;
  /** ms since the epoch. */
  now: number;
  apiVersion: string;
  /** Fields that the strategy resets: see resetFields. */
  reset?: FieldSet;
}

/**
 * The managedFields of an object after a create, update or patch other than apply: its writer owns what has changed,
 * and others what they owned and has not. Undefined when nobody owns anything, and when an object is not well-formed
 enough to tell (list items without their keys), as validation will find.
 */
export function trackUpdate(update: TrackedUpdate): ManagedFieldsEntry[] | undefined {
  const { live, updated, manager, subresource, schema, now, apiVersion, reset = noFields } = update;
  const managers = managersBefore(update);
  if (managers.size === 0 && live) return undefined;
  const type = objectModel(schema);
  const writer = { manager: manager || "unknown", operation: "Update" as const, apiVersion, subresource, time: rfc3339(now) };
  try {
    ownUpdate({ live: live ?? emptyObject(updated, schema), type, reset, managers, writer }, updated);
  } catch (error) {
    if (error instanceof IdentityError) return undefined;
    throw error;
  }
  capUpdates(managers);
  return managers.size ? formatManagers(managers) : undefined;
}

/** A kind with nothing set: what a created object is compared with. */
export function emptyObject({ apiVersion, kind }: { apiVersion: string; kind: string }, schema: Schema): JsonObject {
  return canonicalObject({ apiVersion, kind } as JsonObject, schema);
}

/** A request may replace managedFields, or reset them with an empty list; through a subresource it can't. */
function managersBefore({ live, updated, subresource }: TrackedUpdate): Managers {
  const stored = live?.metadata.managedFields;
  if (subresource) return parsed(stored) ?? new Map();
  const sent = updated.metadata.managedFields;
  if (sent && isReset(sent)) return new Map();
  const given = parsed(sent);
  return given?.size ? given : (parsed(stored) ?? new Map());
}

const isReset = (entries: readonly ManagedFieldsEntry[]): boolean =>
  entries.length === 0 || (entries.length === 1 && Object.keys(entries[0]!).length === 0);

function parsed(entries: readonly ManagedFieldsEntry[] | undefined): Managers | undefined {
  try {
    return parseManagers(entries);
  } catch {
    return undefined;
  }
}
