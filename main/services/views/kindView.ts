import type { Cell, ObjectRef, Row, StatusClass, ViewColumn } from "../../../shared/contract.ts";
import type { KubeObject, ResourceRef } from "../../../shared/kubernetes/object.ts";
import type { OwnerReference } from "../../../shared/kubernetes/types.ts";
import type { Entry } from "../watch/objectCache.ts";
import type { Join, Relations } from "../watch/relations.ts";
import { knownKind } from "../watch/resources.ts";

export interface RowParts {
  cells: Record<string, Cell>;
  status?: StatusClass;
  facts?: Row["facts"];
}

/** What a list shows of one kind. */
export interface KindView {
  /** Between name (and namespace) and age, which every list has. */
  columns: ViewColumn[];
  /** The caches that `row` looks into. */
  joins: readonly Join[];
  /** Ids of the columns, besides `status`, whose cells come from joins. */
  joined?: readonly string[];
  sort?: { column: string; descending: boolean };
  /** Lists without these. */
  omit?: readonly ("name" | "age")[];
  row(object: KubeObject, relations: Relations, entry: Entry): RowParts;
}

export const text = (id: string, title: string, more: Partial<ViewColumn> = {}): ViewColumn => ({ id, title, type: "text", ...more });
export const column = (id: string, title: string, type: ViewColumn["type"], more: Partial<ViewColumn> = {}): ViewColumn => ({
  id,
  title,
  type,
  ...more,
});
export const statusColumn = column("status", "Status", "status");

export const status = (status: StatusClass, label: string): Cell => ({ kind: "status", status, text: label });
export const list = (items: string[]): Cell => ({ kind: "list", items });
export const ratio = (value: number, of: number): Cell => ({ kind: "ratio", value, of });
export const time = (at: string | number | undefined | null): Cell =>
  at === undefined || at === null || at === "" ? null : { kind: "time", at: typeof at === "number" ? at : Date.parse(at) };

export function ref(target: ResourceRef, name: string, namespace?: string): ObjectRef {
  return { group: target.group, version: target.version, resource: target.resource, ...(namespace ? { namespace } : {}), name };
}

export const refCell = (object: ObjectRef, label = object.name): Cell => ({ kind: "ref", object, text: label });

/** The controller of an object. */
export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find(({ controller }) => controller) ?? object.metadata.ownerReferences?.[0];

/** A link to the controller; plain text when its resource is not known by heart. */
export function ownerCell(object: KubeObject): Cell {
  const owner = controllerOf(object);
  if (!owner) return null;
  const resource = knownKind(owner.apiVersion, owner.kind);
  return resource
    ? refCell(ref(resource, owner.name, owner.kind === "Node" ? undefined : object.metadata.namespace), `${owner.kind}/${owner.name}`)
    : `${owner.kind}/${owner.name}`;
}
