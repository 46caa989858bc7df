import { isObject } from "../json.ts";
import { keyword, ownProperty, resolve, scalarOf, schemaById, schemaId, valueSchema, type Schema } from "../schemas.ts";

/**
 * A type as server-side apply sees it: what is merged and owned part by part, and what as a whole.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
export interface TypeModel {
  /** `any` takes its shape from the value: unknown fields that are kept. */
  kind: "scalar" | "list" | "map" | "any";
  scalar: "string" | "numeric" | "boolean" | "untyped";
  /** Owned as a whole. */
  atomic: boolean;
  /** Of a list: the fields that identify an item; none for a set of scalars. */
  keys: string[];
  /** Of list items. */
  items(): TypeModel;
  /** Of a field or a map's value; undefined when the schema has no such field. */
  field(name: string): TypeModel | undefined;
  /** Whether the field is named by the schema, not just a key of a map. */
  declares(name: string): boolean;
  /** The default of a field, for items that leave out a key. */
  defaultOf(name: string): unknown;
}

const base: Omit<TypeModel, "kind"> = {
  scalar: "untyped",
  atomic: false,
  keys: [],
  items: () => any,
  field: () => undefined,
  declares: () => false,
  defaultOf: () => undefined,
};

export const any: TypeModel = { ...base, kind: "any", field: () => any };

const models = new WeakMap<Schema, TypeModel>();

/** The model of a property's schema. */
export function typeModel(schema: Schema): TypeModel {
  let model = models.get(schema);
  if (!model) models.set(schema, (model = build(schema)));
  return model;
}

const objectModels = new WeakMap<Schema, TypeModel>();
const objectMetaId = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/** The model of a whole object; a custom resource's schema need not name apiVersion, kind and metadata. */
export function objectModel(schema: Schema): TypeModel {
  if (schemaId(schema)) return typeModel(schema);
  let model = objectModels.get(schema);
  if (!model) {
    const text: Schema = { type: "string" };
    const properties = { ...schema.properties, apiVersion: text, kind: text, metadata: schemaById(objectMetaId)! };
    objectModels.set(schema, (model = typeModel({ ...schema, type: "object", properties })));
  }
  return model;
}

const scalarKinds: Record<string, TypeModel["scalar"]> = { string: "string", integer: "numeric", number: "numeric", boolean: "boolean" };

function build(schema: Schema): TypeModel {
  const target = resolve(schema);
  const special = scalarOf(target);
  if (special === "RawExtension" || special === "FieldsV1" || special === "JSON" || special === "SchemaOr") return { ...any, atomic: true };
  if (special) return { ...base, kind: "scalar" };
  if (target.type === "array") return listModel(schema, target);
  if (target["x-kubernetes-preserve-unknown-fields"] && !target.properties) return any;
  if (target.properties || valueSchema(target) || target.type === "object") return mapModel(schema, target);
  return target.type ? { ...base, kind: "scalar", scalar: scalarKinds[target.type] ?? "untyped" } : any;
}

function listModel(schema: Schema, target: Schema): TypeModel {
  const type = keyword(schema, "x-kubernetes-list-type") as string | undefined;
  const keys = type === "map" ? ((keyword(schema, "x-kubernetes-list-map-keys") as string[] | undefined) ?? []) : [];
  return { ...base, kind: "list", atomic: type !== "map" && type !== "set", keys, items: () => (target.items ? typeModel(target.items) : any) };
}

function mapModel(schema: Schema, target: Schema): TypeModel {
  const values = valueSchema(target);
  const open = target["x-kubernetes-preserve-unknown-fields"] || target.additionalProperties === true || (!target.properties && !values);
  const other = (): TypeModel | undefined => (values ? typeModel(values) : open ? any : undefined);
  const property = (name: string) => ownProperty(target, name);
  return {
    ...base,
    kind: "map",
    atomic: keyword(schema, "x-kubernetes-map-type") === "atomic",
    field: (name) => (property(name) ? typeModel(property(name)!) : other()),
    declares: (name) => property(name) !== undefined,
    defaultOf: (name) => property(name)?.default,
  };
}

/** What a value is treated as: its type decides, or the value where the type is `any`. A null has no shape. */
export function kindFor(type: TypeModel, value: unknown): "scalar" | "list" | "map" {
  if (type.kind !== "any") return type.kind;
  if (Array.isArray(value)) return "list";
  return isObject(value) || value === null || value === undefined ? "map" : "scalar";
}

/** Lists of unknown type are owned as a whole, and what the API server keeps as raw JSON. */
export const isAtomic = (type: TypeModel, kind: "list" | "map"): boolean => type.atomic || (type.kind === "any" && kind === "list");
