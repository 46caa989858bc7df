import { goFormat } from "./goFormat.ts";
import { field, goJsonKind, isObject, setField, type JsonObject } from "./json.ts";
import { keyword, ownProperty, resolve, valueSchema, type Schema } from "./schemas.ts";
import { StatusError } from "./statusError.ts";
import { checkOrder, mergeList, removeFromList, type MergeItems } from "./strategicMergeList.ts";

const directive = "$patch";
const retainKeys = "$retainKeys";
const deletePrefix = "$deleteFromPrimitiveList/";
const orderPrefix = "$setElementOrder/";

/**
 * Kubernetes' strategic merge patch: objects merge, lists merge by their merge key where the schema says so, and
 * `$patch`, `$retainKeys`, `$deleteFromPrimitiveList` and `$setElementOrder` direct it. Neither argument is changed; the
 * result may share parts with both.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
 * @throws StatusError
 */
export function applyStrategicMergePatch(original: JsonObject, patch: unknown, schema: Schema): JsonObject {
  if (!isObject(patch)) throw badRequest(`json: cannot unmarshal ${goJsonKind(patch)} into Go value of type map[string]interface {}`);
  return mergeObject(original, patch, resolve(schema));
}

const badRequest = (message: string): StatusError => new StatusError(400, "BadRequest", message);
const badFormat = (of: string): StatusError => badRequest(`invalid patch format of ${of}`);
const badDirective = (value: unknown, patch: JsonObject): StatusError =>
  new StatusError(500, "", `unknown patch type: ${goFormat(value)} in map: ${goFormat(patch)}`);

function mergeObject(original: JsonObject, patch: JsonObject, schema: Schema | undefined): JsonObject {
  const told = field(patch, directive);
  if (told === "replace") return without(patch, (key) => key === directive);
  if (told === "delete") return {};
  if (told !== undefined) throw badDirective(told, patch);
  const result = retained(original, patch);
  const ordered = mergeOrderedLists(result, patch, schema);
  for (const [key, value] of Object.entries(patch)) {
    if (key === retainKeys || key.startsWith(orderPrefix) || ordered.has(key)) continue;
    if (key.startsWith(deletePrefix)) removeListed(result, key.slice(deletePrefix.length), value);
    else if (value === null) delete result[key];
    else mergeField(result, key, value, schema);
  }
  return result;
}

const without = (object: JsonObject, drop: (key: string) => boolean): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !drop(key)));

/** A copy of the original with only the keys that `$retainKeys` names, when it is there. */
function retained(original: JsonObject, patch: JsonObject): JsonObject {
  const keys = field(patch, retainKeys);
  if (keys === undefined) return { ...original };
  if (!Array.isArray(keys)) throw badFormat("retainKeys");
  const keep = new Set<unknown>(keys);
  for (const [key, value] of Object.entries(patch)) {
    const plain = key !== retainKeys && value !== null && !key.startsWith(deletePrefix) && !key.startsWith(orderPrefix);
    if (plain && !keep.has(key)) throw badFormat("retainKeys");
  }
  return without(original, (key) => !keep.has(key));
}

function removeListed(result: JsonObject, key: string, values: unknown): void {
  const list = field(result, key);
  if (!Array.isArray(values)) throw badFormat("primitive list");
  if (Array.isArray(list)) setField(result, key, removeFromList(list, values));
}

function mergeField(result: JsonObject, key: string, value: unknown, schema: Schema | undefined): void {
  const present = field(result, key);
  if (isObject(present) && isObject(value)) setField(result, key, mergeMap(present, value, propertyOf(schema, key)));
  else if (Array.isArray(present) && Array.isArray(value)) setField(result, key, mergeListField(present, value, propertyOf(schema, key)));
  else if (isObject(value) && directive in value) delete result[key];
  else setField(result, key, plain(value));
}

const propertyOf = (schema: Schema | undefined, key: string): Schema | undefined => schema && (ownProperty(schema, key) ?? valueSchema(schema));

function mergeMap(present: JsonObject, patch: JsonObject, property: Schema | undefined): JsonObject {
  if (strategyOf(property) === "replace") return patch;
  return mergeObject(present, patch, property && resolve(property));
}

/** The strategy beside `retainKeys`: `merge`, `replace` or none. */
function strategyOf(property: Schema | undefined): string | undefined {
  const strategies = property ? keyword(property, "x-kubernetes-patch-strategy") : undefined;
  return (strategies as string | undefined)?.split(",").find((strategy) => strategy !== "retainKeys");
}

function mergeListField(present: unknown[], patch: unknown[], property: Schema | undefined, order?: unknown[]): unknown[] {
  if (strategyOf(property) !== "merge") return patch;
  return mergeList(present, patch, { ...itemsOf(property!), order });
}

function itemsOf(property: Schema): { mergeKey: string | undefined; mergeItems: MergeItems } {
  const items = resolve(property).items;
  const itemSchema = items && resolve(items);
  return { mergeKey: keyword(property, "x-kubernetes-patch-merge-key") as string | undefined, mergeItems: (a, b) => mergeObject(a, b, itemSchema) };
}

/** Lists with `$setElementOrder` are merged and then ordered by it. Returns the keys that are done. */
function mergeOrderedLists(result: JsonObject, patch: JsonObject, schema: Schema | undefined): Set<string> {
  const done = new Set<string>();
  for (const [directiveKey, order] of Object.entries(patch)) {
    if (!directiveKey.startsWith(orderPrefix)) continue;
    const key = directiveKey.slice(orderPrefix.length);
    const present = field(result, key);
    const patched = field(patch, key);
    if (!Array.isArray(order)) throw badFormat("setElementOrder list");
    if (patched === null) throw new StatusError(500, "", "expected a []interface {}, but received a %!s(<nil>)");
    if (patched !== undefined && !Array.isArray(patched)) throw badFormat("setElementOrder list");
    const merged = orderedList(present, patched, order, propertyOf(schema, key));
    if (!merged) continue;
    setField(result, key, merged);
    done.add(key);
  }
  return done;
}

function orderedList(present: unknown, patched: unknown[] | undefined, order: unknown[], property: Schema | undefined): unknown[] | undefined {
  if (!property || strategyOf(property) !== "merge") return undefined;
  if (Array.isArray(present)) return mergeListField(present, patched ?? [], property, order);
  if (!patched) return undefined;
  checkOrder(patched, order, itemsOf(property).mergeKey);
  return mergeListField([], plain(patched) as unknown[], property, order);
}

/** What a patch adds where nothing was: without nulls, and without what it only deletes. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !(isObject(item) && directive in item)).map(plain);
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) {
    const leftOut = inner === null || key === retainKeys || key.startsWith(orderPrefix) || key.startsWith(deletePrefix);
    if (!leftOut && !(isObject(inner) && directive in inner)) setField(result, key, plain(inner));
  }
  return result;
}
