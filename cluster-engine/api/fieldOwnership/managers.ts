import type { ManagedFieldsEntry } from "../../../shared/kubernetes/types.ts";
import { readFieldSet, type FieldSet } from "./fieldSet.ts";

export type Operation = "Apply" | "Update";

/** One manager's part of an object: an entry of managedFields. */
export interface ManagedSet {
  manager: string;
  operation: Operation;
  apiVersion: string;
  subresource: string;
  /** RFC 3339; absent in entries that never had one. */
  time?: string;
  fields: FieldSet;
}

/** By identity: see managerId. */
export type Managers = Map<string, ManagedSet>;

/** Appliers are one manager whatever version they use; updates of different versions are apart. */
export const managerId = ({ manager, operation, apiVersion, subresource }: Omit<ManagedSet, "fields" | "time">): string =>
  JSON.stringify([manager, operation, operation === "Apply" ? "" : apiVersion, subresource]);

/** Reads managedFields. @throws Error with Kubernetes' message when an entry is not well-formed */
export function parseManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  const managers: Managers = new Map();
  for (const [i, entry] of (entries ?? []).entries()) {
    const set = parseEntry(entry, i);
    managers.set(managerId(set), set);
  }
  return managers;
}

function parseEntry(entry: ManagedFieldsEntry, index: number): ManagedSet {
  const { manager = "", operation, apiVersion, subresource = "", time, fieldsType } = entry;
  if (operation !== "Apply" && operation !== "Update") throw new Error("operation must be `Apply` or `Update`");
  if (!apiVersion) throw new Error("apiVersion must not be empty");
  if (!fieldsType) throw new Error(`missing fieldsType in managed fields entry ${index}`);
  if (fieldsType !== "FieldsV1") throw new Error(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${index}`);
  return { manager, operation, apiVersion, subresource, ...(time ? { time } : {}), fields: readFieldSet(entry.fieldsV1 ?? {}) };
}

/** Writes managedFields: appliers first, then by time and name. */
export function formatManagers(managers: Managers): ManagedFieldsEntry[] {
  return [...managers.values()].sort(inOrder).map(({ manager, operation, apiVersion, subresource, time, fields }) => ({
    manager,
    operation,
    apiVersion,
    ...(time ? { time } : {}),
    fieldsType: "FieldsV1",
    fieldsV1: fields.toFieldsV1(),
    ...(subresource ? { subresource } : {}),
  }));
}

const order: ((set: ManagedSet) => string)[] = [
  (set) => set.operation,
  (set) => set.time ?? "",
  (set) => set.manager,
  (set) => set.apiVersion,
  (set) => set.subresource,
];

function inOrder(a: ManagedSet, b: ManagedSet): number {
  for (const part of order) if (part(a) !== part(b)) return part(a) < part(b) ? -1 : 1;
  return 0;
}

const maxUpdateManagers = 10;

/** Merges the oldest updates of a version into one entry when there are more than ten. */
export function capUpdates(managers: Managers): void {
  const updates = [...managers.values()].filter(({ operation }) => operation === "Update").sort(inOrder);
  let excess = updates.length - maxUpdateManagers;
  const firstOfVersion = new Map<string, ManagedSet>();
  for (const set of updates) {
    if (excess <= 0) return;
    const first = firstOfVersion.get(set.apiVersion);
    if (!first) firstOfVersion.set(set.apiVersion, set);
    else {
      absorb(managers, first, set);
      excess--;
    }
  }
}

function absorb(managers: Managers, first: ManagedSet, set: ManagedSet): void {
  const bucket = { manager: "ancient-changes", operation: "Update" as const, apiVersion: set.apiVersion, subresource: "" };
  const id = managerId(bucket);
  if (!managers.has(id)) {
    managers.delete(managerId(first));
    managers.set(id, { ...first, ...bucket });
  }
  managers.delete(managerId(set));
  managers.set(id, { ...bucket, ...(set.time ? { time: set.time } : {}), fields: set.fields.union(managers.get(id)!.fields) });
}
