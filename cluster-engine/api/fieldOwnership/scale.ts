import type { ManagedFieldsEntry } from "../../../shared/kubernetes/types.ts";
import { fieldSetOf } from "./fieldSet.ts";
import { formatManagers, managerId, parseManagers, type ManagedSet, type Managers } from "./managers.ts";

const scaleApiVersion = "autoscaling/v1";
const replicasOfScale = ["f:spec", "f:replicas"];

/** Where a scalable kind keeps its replicas: `{ apiVersion: "apps/v1", path: ["f:spec", "f:replicas"] }`. */
export interface ReplicasField {
  apiVersion: string;
  path: string[];
}

/** The path elements of a field such as `.spec.replicas`. */
export const replicasPath = (field: string): string[] =>
  field
    .split(".")
    .filter(Boolean)
    .map((name) => `f:${name}`);

/** managedFields of the Scale of an object: who owns its replicas. */
export function scaleManagedFields(parent: readonly ManagedFieldsEntry[] | undefined, { path }: ReplicasField): ManagedFieldsEntry[] | undefined {
  const owners = [...parseManagers(parent).values()].filter(({ fields }) => fields.has(path));
  const sets = owners.map((owner) => ({ ...owner, apiVersion: scaleApiVersion, fields: fieldSetOf(replicasOfScale) }));
  return sets.length ? formatManagers(byId(sets)) : undefined;
}

const byId = (sets: ManagedSet[]): Managers => new Map(sets.map((set) => [managerId(set), set]));

/** managedFields of an object after a write of its Scale: replicas go to the Scale's owners, the rest stays. */
export function parentManagedFields(
  parent: readonly ManagedFieldsEntry[] | undefined,
  scale: readonly ManagedFieldsEntry[] | undefined,
  { apiVersion, path }: ReplicasField,
): ManagedFieldsEntry[] | undefined {
  const replicas = fieldSetOf(path);
  const owners = [...parseManagers(scale).values()].filter(({ fields }) => fields.has(replicasOfScale)).map((owner) => ({ ...owner, apiVersion }));
  const result: Managers = new Map();
  const pending = byId(owners);
  for (const [id, set] of parseManagers(parent)) {
    const keeps = pending.delete(id) || !set.fields.has(path);
    const fields = keeps ? set.fields : set.fields.difference(replicas);
    if (!fields.isEmpty) result.set(id, { ...set, fields });
  }
  for (const [id, { time, ...owner }] of pending) {
    void time;
    result.set(id, { ...owner, fields: replicas });
  }
  return result.size ? formatManagers(result) : undefined;
}
