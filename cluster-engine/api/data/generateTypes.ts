// Writes shared/kubernetes/types.ts: one interface per component schema of schemas.json.
import { readFileSync, writeFileSync } from "node:fs";

interface Schema {
  type?: string;
  enum?: string[];
  $ref?: string;
  allOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  required?: string[];
  "x-kubernetes-group-version-kind"?: { group: string; version: string; kind: string }[];
}

const here = new URL(".", import.meta.url);
const schemas = JSON.parse(readFileSync(new URL("schemas.json", here), "utf8")) as Record<string, Schema>;
const refPrefix = "#/components/schemas/";
const wellKnown: Record<string, string> = {
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "number | string",
  "io.k8s.apimachinery.pkg.api.resource.Quantity": "string | number",
  "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "string",
  "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "string",
  "io.k8s.apimachinery.pkg.runtime.RawExtension": "unknown",
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "Record<string, unknown>",
  "io.k8s.apimachinery.pkg.apis.meta.v1.Patch": "unknown",
};

const names = assignNames(Object.keys(schemas));

/** Short names where they are unique; core and the most stable version win, the others carry group and version. */
function assignNames(ids: string[]): Map<string, string> {
  const byShort = groupBy(ids, (id) => id.split(".").at(-1)!);
  const result = new Map<string, string>();
  for (const [short, group] of byShort) {
    const [first, ...rest] = group.sort((a, b) => rank(a) - rank(b));
    result.set(first!, short);
    for (const id of rest) result.set(id, qualified(id));
  }
  return result;
}

function rank(id: string): number {
  const version = id.split(".").at(-2)!;
  const stability = version.includes("alpha") ? 300 : version.includes("beta") ? 200 : 100;
  return stability - Number(/^v(\d+)/.exec(version)?.[1] ?? 0) - (id.startsWith("io.k8s.api.core.") ? 50 : 0);
}

function qualified(id: string): string {
  const [group, version, short] = id.split(".").slice(-3) as [string, string, string];
  const capital = (text: string) => text[0]!.toUpperCase() + text.slice(1);
  return capital(group) + capital(version) + short;
}

function typeOf(schema: Schema, topLevel: boolean): string {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (ref) {
    const id = ref.slice(refPrefix.length);
    const name = wellKnown[id] ?? names.get(id)!;
    return name === "ObjectMeta" && !topLevel ? "Partial<ObjectMeta>" : name;
  }
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "array") {
    const item = typeOf(schema.items!, false);
    return /[|]/.test(item) ? `(${item})[]` : `${item}[]`;
  }
  if (schema.additionalProperties) return `Record<string, ${typeOf(schema.additionalProperties, false)}>`;
  if (schema.type === "integer" || schema.type === "number") return "number";
  if (schema.type === "string" || schema.type === "boolean") return schema.type;
  return "unknown";
}

/** Fields that the server always sets on a stored object, though the schema has them as optional. */
const alwaysSet = new Set(["name", "namespace", "uid", "resourceVersion", "creationTimestamp"]);

function isRequired(id: string, schema: Schema, field: string, value: Schema, topLevel: boolean): boolean {
  if (id.endsWith("meta.v1.ObjectMeta")) return alwaysSet.has(field);
  if (topLevel && ["apiVersion", "kind", "metadata"].includes(field)) return true;
  if (topLevel && field === "spec") {
    const ref = value.$ref ?? value.allOf?.[0]?.$ref;
    return schema.required?.includes(field) || Boolean(ref && schemas[ref.slice(refPrefix.length)]?.required?.length);
  }
  return Boolean(schema.required?.includes(field));
}

function declare(id: string): string | undefined {
  if (wellKnown[id]) return undefined;
  const schema = schemas[id]!;
  const name = names.get(id)!;
  if (!schema.properties) return `export type ${name} = ${typeOf(schema, false)};\n`;
  const topLevel = Boolean(schema["x-kubernetes-group-version-kind"] && schema.properties["metadata"]);
  const fields = Object.entries(schema.properties).map(([field, value]) => {
    const mark = isRequired(id, schema, field, value, topLevel) ? "" : "?";
    const key = /^[a-zA-Z_]\w*$/.test(field) ? field : JSON.stringify(field);
    return `  ${key}${mark}: ${typeOf(value, topLevel)};\n`;
  });
  return `/** ${id.replace("io.k8s.", "")} */\nexport interface ${name} {\n${fields.join("")}}\n`;
}

const header = `// Made by cluster-engine/api/data/generateTypes.ts from the schemas of Kubernetes v1.36. Do not edit.
// ObjectMeta is that of a stored object: name, uid, resourceVersion and creationTimestamp are set, namespace only on
// namespaced kinds. Objects still to be sent are typed as New<T> (see object.ts).
`;
const body = Object.keys(schemas).sort().map(declare).filter(Boolean).join("\n");
writeFileSync(new URL("../../../shared/kubernetes/types.ts", here), `${header}\n${body}`);

function groupBy(ids: string[], key: (id: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const id of ids) groups.set(key(id), [...(groups.get(key(id)) ?? []), id]);
  return groups;
}
