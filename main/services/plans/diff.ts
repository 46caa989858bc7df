import type { FieldChange } from "../../../shared/contract.ts";

type Json = unknown;

/** Fields that the server writes and nobody edits. */
const hidden =
  /^(status|metadata\.(managedFields|resourceVersion|uid|generation|creationTimestamp|selfLink)|metadata\.annotations\.kubectl\.kubernetes\.io\/last-applied-configuration)(\.|\[|$)/;

/** By what the items of a list are told apart. */
const identities = ["name", "key", "containerPort", "port", "mountPath", "ip", "type"];

/** The fields that differ, leaf by leaf. List items with a name are compared by it. */
export function fieldChanges(before: Json, after: Json, path = ""): FieldChange[] {
  if (hidden.test(path) || same(before, after)) return [];
  if (isMap(before) && isMap(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
      fieldChanges(before[key], after[key], path ? `${path}.${key}` : key),
    );
  }
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(before, after, path);
  return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

/** The fields that an object brings, leaf by leaf: the diff of a creation. */
export function createdFields(object: Json, path = ""): FieldChange[] {
  if (hidden.test(path) || path === "apiVersion" || path === "kind") return [];
  if (isMap(object) && Object.keys(object).length > 0)
    return Object.entries(object).flatMap(([key, value]) => createdFields(value, path ? `${path}.${key}` : key));
  if (Array.isArray(object) && object.some(isMap))
    return object.flatMap((item, index) => createdFields(item, `${path}[${labelOf(item, index, identityOf([object]))}]`));
  return object === undefined ? [] : [{ path, after: object }];
}

function listChanges(before: Json[], after: Json[], path: string): FieldChange[] {
  const identity = identityOf([before, after]);
  if (!identity && !(before.every(isMap) && after.every(isMap))) return [{ path, before, after }];
  const label = (item: Json, index: number) => labelOf(item, index, identity);
  const [old, next] = [before, after].map((list) => new Map(list.map((item, index) => [label(item, index), item]))) as [
    Map<string, Json>,
    Map<string, Json>,
  ];
  return [...new Set([...old.keys(), ...next.keys()])].flatMap((key) => fieldChanges(old.get(key), next.get(key), `${path}[${key}]`));
}

/** The first field that every item has and no two share. */
function identityOf(lists: Json[][]): string | undefined {
  return identities.find((field) =>
    lists.every((list) => {
      const values = list.map((item) => (isMap(item) ? item[field] : undefined));
      return values.every((value) => value !== undefined) && new Set(values).size === values.length;
    }),
  );
}

const labelOf = (item: Json, index: number, identity: string | undefined): string =>
  identity && isMap(item) ? `${identity}=${String(item[identity])}` : String(index);

const isMap = (value: Json): value is Record<string, Json> => typeof value === "object" && value !== null && !Array.isArray(value);

function same(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => same(item, b[index]));
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => same(a[key], b[key]));
}
