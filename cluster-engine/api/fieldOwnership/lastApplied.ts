import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import { isObject, setField, type JsonObject } from "../json.ts";
import { compare } from "./compare.ts";
import { noFields, type FieldSet } from "./fieldSet.ts";
import { toFieldSet } from "./toFieldSet.ts";
import type { TypeModel } from "./typeModel.ts";
import { typeProblems } from "./validate.ts";

const annotation = "kubectl.kubernetes.io/last-applied-configuration";

/** The manager that takes over fields which client-side apply has set. */
export const migratingManager = "kubectl";

/** Fields that client-side apply has set and nobody has changed since: kubectl may take them without force. */
export function lastAppliedFields(live: KubeObject, type: TypeModel, apiVersion: string): FieldSet {
  const config = parse(live.metadata.annotations?.[annotation]);
  if (!config || config.apiVersion !== apiVersion || typeProblems(config, type).length) return noFields;
  const { added, modified, removed } = compare(config, live, type);
  return toFieldSet(config, type).difference(modified).difference(added).difference(removed);
}

function parse(text: string | undefined): JsonObject | undefined {
  try {
    const value = text ? (JSON.parse(text) as unknown) : undefined;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps the annotation of client-side apply current, where it is in use. */
export function updateLastApplied(object: KubeObject, config: JsonObject): KubeObject {
  const annotations = object.metadata.annotations;
  if (!annotations?.[annotation]) return object;
  const applied = { ...config };
  if (isObject(applied.metadata) && isObject(applied.metadata.annotations)) {
    const { [annotation]: dropped, ...rest } = applied.metadata.annotations;
    void dropped;
    setField(applied, "metadata", { ...applied.metadata, annotations: rest });
  }
  const text = `${JSON.stringify(sorted(applied))}\n`;
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [annotation]: text } } };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const key of Object.keys(value).sort()) setField(result, key, sorted(value[key]));
  return result;
}
