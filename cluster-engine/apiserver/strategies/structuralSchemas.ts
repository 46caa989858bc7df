import type { FieldError } from "../../api/fieldError.ts";
import type { JSONSchemaProps } from "../../../shared/kubernetes/types.ts";
import { regularExpression } from "../../api/regularExpression.ts";
import { fieldErrorMessage } from "../../api/validationErrors.ts";
import { Problems } from "./problems.ts";

type Level = "root" | "item" | "field";
type Nested = "anyOf" | "allOf" | "oneOf";

const nestedLists: Nested[] = ["anyOf", "allOf", "oneOf"];
const missingType: Record<Level, string> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};
/** What a schema inside anyOf, allOf, oneOf and not may not say: it judges values, it does not describe them. */
const forbiddenNested: [field: keyof JSONSchemaProps, detail: string][] = [
  ["type", "must be empty to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
];

/** What keeps a schema from being structural, in the order of the messages. https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema */
export function structuralProblems(schema: JSONSchemaProps, path: string): FieldError[] {
  const problems = new Problems();
  checkStructure(schema, "root", path, problems);
  checkDeclared(schema, schema, path, path, problems);
  const text = (error: FieldError): string => `${error.field}: ${fieldErrorMessage(error)}`;
  return problems.list.sort((a, b) => (text(a) < text(b) ? -1 : 1));
}

function checkStructure(schema: JSONSchemaProps, level: Level, path: string, problems: Problems): void {
  const { type, items, properties = {}, additionalProperties } = schema;
  if (type === "array" && !items) problems.required(`${path}.items`, "must be specified");
  if (items && !Array.isArray(items)) checkStructure(items as JSONSchemaProps, "item", `${path}.items`, problems);
  for (const [name, property] of Object.entries(properties)) checkStructure(property, "field", `${path}.properties[${name}]`, problems);
  if (additionalProperties !== undefined) {
    if (level === "root") problems.forbidden(`${path}.additionalProperties`, "must not be used at the root");
    if (typeof additionalProperties === "object")
      checkStructure(additionalProperties as JSONSchemaProps, "field", `${path}.additionalProperties`, problems);
  }
  checkExtensions(schema, path, problems);
  checkType(schema, level, path, problems);
  checkMeta(schema, level, path, problems);
  checkNestedLists(schema, isIntOrString(schema), path, problems);
}

function checkExtensions(schema: JSONSchemaProps, path: string, problems: Problems): void {
  if (!schema["x-kubernetes-int-or-string"]) return;
  for (const field of ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"] as const) {
    if (schema[field]) problems.invalid(`${path}.${field}`, true, "must be false if x-kubernetes-int-or-string is true");
  }
}

function checkType(schema: JSONSchemaProps, level: Level, path: string, problems: Problems): void {
  const { type } = schema;
  const embedded = schema["x-kubernetes-embedded-resource"];
  if (embedded && type !== "object") {
    const detail = "must be object if x-kubernetes-embedded-resource is true";
    if (type) problems.invalid(`${path}.type`, type, detail);
    else problems.required(`${path}.type`, detail);
  } else if (!type && !schema["x-kubernetes-int-or-string"] && !schema["x-kubernetes-preserve-unknown-fields"])
    problems.required(`${path}.type`, missingType[level]);
  if (embedded && schema.additionalProperties !== undefined)
    problems.forbidden(`${path}.additionalProperties`, "must not be used if x-kubernetes-embedded-resource is set");
  if (level === "root" && type && type !== "object") problems.invalid(`${path}.type`, type, "must be object at the root");
  if (embedded && !schema["x-kubernetes-preserve-unknown-fields"] && Object.keys(schema.properties ?? {}).length === 0) {
    problems.required(
      `${path}.properties`,
      "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
    );
  }
}

/** apiVersion, kind and metadata of a whole object are given; a schema may say little of them. */
function checkMeta(schema: JSONSchemaProps, level: Level, path: string, problems: Problems): void {
  if (level !== "root" && !schema["x-kubernetes-embedded-resource"]) return;
  for (const name of ["kind", "apiVersion"]) {
    const property = schema.properties?.[name];
    if (property && property.type !== "string") problems.invalid(`${path}.properties[${name}].type`, property.type ?? "", "must be string");
  }
  const metadata = schema.properties?.metadata;
  if (!metadata) return;
  const field = `${path}.properties[metadata]`;
  if (metadata.type !== "object") problems.invalid(`${field}.type`, metadata.type ?? "", "must be object");
  const { type: _type, default: _default, properties = {}, ...rest } = metadata;
  const plain = Object.keys(properties).every((name) => name === "name" || name === "generateName") && Object.keys(rest).length === 0;
  if (level === "root" && !plain)
    problems.forbidden(field, "must not specify anything other than name and generateName, but metadata is implicitly specified");
}

/** `anyOf: [{type: integer}, {type: string}]`, which x-kubernetes-int-or-string may carry. */
const isIntOrString = (schema: JSONSchemaProps): boolean => !!schema["x-kubernetes-int-or-string"];

function checkNestedLists(schema: JSONSchemaProps, skipTypes: boolean, path: string, problems: Problems): void {
  for (const list of nestedLists) {
    if (list === "anyOf" && skipTypes) continue;
    schema[list]?.forEach((nested, i) => checkNested(nested, skipTypes && list === "allOf" && i === 0, `${path}.${list}[${i}]`, problems));
  }
  if (schema.not) checkNested(schema.not, false, `${path}.not`, problems);
  if (schema.pattern && !isRegularExpression(schema.pattern))
    problems.invalid(`${path}.pattern`, schema.pattern, "must be a valid regular expression, but isn't");
}

function isRegularExpression(pattern: string): boolean {
  try {
    regularExpression(pattern);
    return true;
  } catch {
    return false;
  }
}

function checkNested(schema: JSONSchemaProps, skipTypes: boolean, path: string, problems: Problems): void {
  checkNestedLists(schema, skipTypes, path, problems);
  if (schema.items && !Array.isArray(schema.items)) checkNested(schema.items as JSONSchemaProps, false, `${path}.items`, problems);
  for (const [name, property] of Object.entries(schema.properties ?? {})) checkNested(property, false, `${path}.properties[${name}]`, problems);
  for (const [field, detail] of forbiddenNested) if (isGiven(schema[field])) problems.forbidden(`${path}.${field}`, detail);
  if (schema.properties?.metadata) problems.forbidden(`${path}.properties[metadata]`, "must not be specified in a nested context");
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== "" && value !== false && !(Array.isArray(value) && value.length === 0);

/** What anyOf, allOf, oneOf and not at the root speak of must be declared outside of them. */
function checkDeclared(nested: JSONSchemaProps, schema: JSONSchemaProps, path: string, nestedPath: string, problems: Problems): void {
  if (nested.not) checkNestedDeclared(nested.not, schema, path, `${nestedPath}.not`, problems);
  for (const list of nestedLists)
    nested[list]?.forEach((item, i) => checkNestedDeclared(item, schema, path, `${nestedPath}.${list}[${i}]`, problems));
}

function checkNestedDeclared(
  nested: JSONSchemaProps,
  schema: JSONSchemaProps | undefined,
  path: string,
  nestedPath: string,
  problems: Problems,
): void {
  if (!schema) return problems.required(path, `because it is defined in ${nestedPath}`);
  checkDeclared(nested, schema, path, nestedPath, problems);
  const items = isSchema(schema.items) ? schema.items : undefined;
  if (isSchema(nested.items)) checkNestedDeclared(nested.items, items, `${path}.items`, `${nestedPath}.items`, problems);
  for (const [name, property] of Object.entries(nested.properties ?? {})) {
    checkNestedDeclared(property, schema.properties?.[name], `${path}.properties[${name}]`, `${nestedPath}.properties[${name}]`, problems);
  }
}

const isSchema = (value: unknown): value is JSONSchemaProps => typeof value === "object" && value !== null && !Array.isArray(value);
