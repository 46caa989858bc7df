import definitionsJson from "./data/schemas.json" with { type: "json" };

/** An OpenAPI v3 schema: of a built-in type, or the structural schema of a custom resource. */
export interface Schema {
  type?: string;
  format?: string;
  $ref?: string;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  not?: Schema;
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  enum?: unknown[];
  default?: unknown;
  nullable?: boolean;
  "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  "x-kubernetes-list-map-keys"?: string[];
  "x-kubernetes-map-type"?: "atomic" | "granular";
  "x-kubernetes-patch-strategy"?: string;
  "x-kubernetes-patch-merge-key"?: string;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-embedded-resource"?: boolean;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-group-version-kind"?: GroupVersionKind[];
  [keyword: string]: unknown;
}

export interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

/** Types whose JSON form is not an object of their fields. */
export type Scalar = "Quantity" | "IntOrString" | "Time" | "MicroTime" | "RawExtension" | "FieldsV1" | "JSON" | "SchemaOr";

const refPrefix = "#/components/schemas/";
const definitions = definitionsJson as unknown as Record<string, Schema>;
const ids = new Map<Schema, string>(Object.entries(definitions).map(([id, schema]) => [schema, id]));
const scalars: Record<string, Scalar> = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": "Quantity",
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "IntOrString",
  "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "Time",
  "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "MicroTime",
  "io.k8s.apimachinery.pkg.runtime.RawExtension": "RawExtension",
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "FieldsV1",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": "JSON",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray": "SchemaOr",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool": "SchemaOr",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": "SchemaOr",
  "io.k8s.apimachinery.pkg.apis.meta.v1.Patch": "JSON",
};

let kinds: Map<string, Schema> | undefined;
const kindKey = ({ group, version, kind }: GroupVersionKind): string => `${group}/${version}/${kind}`;

function schemasByKind(): Map<string, Schema> {
  const index = new Map<string, Schema>();
  for (const schema of Object.values(definitions)) {
    for (const kind of schema["x-kubernetes-group-version-kind"] ?? []) index.set(kindKey(kind), schema);
  }
  return index;
}

/** The schema of a built-in kind. */
export const schemaOf = (kind: GroupVersionKind): Schema | undefined => (kinds ??= schemasByKind()).get(kindKey(kind));

/** A built-in schema by id, such as `io.k8s.api.core.v1.PodSpec`. */
export const schemaById = (id: string): Schema | undefined => definitions[id];

/** All built-in schemas, as the OpenAPI documents list them. */
export const allSchemas = (): Readonly<Record<string, Schema>> => definitions;

/** The id of a built-in schema; undefined for inline and custom ones. */
export const schemaId = (schema: Schema): string | undefined => ids.get(schema);

/** Follows `$ref`, also inside `allOf`. A schema without one is its own. */
export function resolve(schema: Schema): Schema {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (ref === undefined) return schema;
  const target = definitions[ref.slice(refPrefix.length)];
  if (!target) throw new Error(`No schema ${ref}`);
  return target;
}

/** Which special type a resolved schema stands for, if any. */
export function scalarOf(schema: Schema): Scalar | undefined {
  const id = ids.get(schema);
  if (id !== undefined) return scalars[id];
  return schema["x-kubernetes-int-or-string"] ? "IntOrString" : undefined;
}

/** The schema of a field as its parent has it, with patch and list keywords beside a `$ref`. */
export const ownProperty = (schema: Schema, field: string): Schema | undefined =>
  schema.properties && Object.hasOwn(schema.properties, field) ? schema.properties[field] : undefined;

/** The schema of a map's values. */
export const valueSchema = (schema: Schema): Schema | undefined =>
  typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;

/** A keyword of a property, from beside its `$ref` or from the type it names. */
export function keyword<K extends keyof Schema>(property: Schema, name: K): Schema[K] | undefined {
  return property[name] ?? resolve(property)[name];
}
