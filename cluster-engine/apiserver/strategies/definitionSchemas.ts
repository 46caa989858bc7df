import type { JSONSchemaProps, ValidationRule } from "../../../shared/kubernetes/types.ts";
import type { Problems } from "./problems.ts";
import { compilationProblem } from "../cel/check.ts";
import { leastCost, mostItems } from "../cel/cost.ts";
import { asSchema } from "../cel/fromJson.ts";
import { structuralProblems } from "./structuralSchemas.ts";

const types = ["array", "boolean", "integer", "number", "object", "string"];
const listTypes = ["atomic", "set", "map"];
const reasons = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];
const unsupported = ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"] as const;

/** openAPIV3Schema of a definition, at `path`. */
export function validateDefinitionSchema(schema: JSONSchemaProps, path: string, problems: Problems): void {
  if (schema.nullable) problems.forbidden(`${path}.nullable`, "nullable cannot be true at the root");
  const structural = structuralProblems(schema, path);
  problems.list.push(...structural);
  validateSchema(schema, path, problems);
  if (structural.length > 0) return;
  const expensive: string[] = [];
  compileRules(schema, withMetadata(schema), path, 1, { problems, expensive });
  for (const field of expensive)
    problems.forbidden(field, "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema");
  if (expensive.length > 0) problems.forbidden(path, `x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema ${exceeded}`);
}

/** Only what is a hundred times beyond both limits of Kubernetes (10⁷ for a rule, 10⁸ for a definition) is certain to be too much. */
const costLimit = 1e10;
const exceeded =
  "exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";

/** At the root rules also see what every object has. */
const withMetadata = (schema: JSONSchemaProps): JSONSchemaProps => {
  const text = { type: "string" };
  const metadata = { type: "object", properties: { name: text, generateName: text } };
  return { ...schema, properties: { ...schema.properties, apiVersion: text, kind: text, metadata } };
};

interface RuleCheck {
  problems: Problems;
  /** Rules that cost too much. */
  expensive: string[];
}

/** Rules must be right as far as this server can tell before objects come. `around`: on how many values of one object the schema is used. */
function compileRules(schema: JSONSchemaProps, self: JSONSchemaProps, path: string, around: number, check: RuleCheck): void {
  schema["x-kubernetes-validations"]?.forEach((rule, i) => compileRule(rule, self, `${path}.x-kubernetes-validations[${i}]`, around, check));
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    compileRules(property, property, `${path}.properties[${name}]`, around, check);
  for (const field of ["items", "additionalProperties"] as const) {
    const inner = asSchema(schema[field]);
    if (inner) compileRules(inner, inner, `${path}.${field}`, around * mostItems(schema), check);
  }
}

function compileRule(rule: ValidationRule, self: JSONSchemaProps, path: string, around: number, { problems, expensive }: RuleCheck): void {
  const { rule: text, message = "", messageExpression = "", reason = null, fieldPath = "", optionalOldSelf = null } = rule;
  const value = {
    Rule: text,
    Message: message,
    MessageExpression: messageExpression,
    Reason: reason,
    FieldPath: fieldPath,
    OptionalOldSelf: optionalOldSelf,
  };
  const oldSelf = optionalOldSelf ? undefined : self;
  for (const [field, expression] of Object.entries({ rule: text ?? "", messageExpression })) {
    if (!expression.trim()) continue;
    const problem = compilationProblem(expression, { self, oldSelf });
    if (problem) problems.invalid(`${path}.${field}`, value, problem);
    else if (leastCost(expression, self, around) > costLimit) {
      expensive.push(`${path}.${field}`);
      problems.forbidden(`${path}.${field}`, `estimated rule cost ${exceeded}`);
    }
  }
}

function validateSchema(schema: JSONSchemaProps, path: string, problems: Problems): void {
  validateSupported(schema, path, problems);
  if (schema.uniqueItems)
    problems.forbidden(`${path}.uniqueItems`, "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
  const { additionalProperties, properties = {}, items } = schema;
  if (additionalProperties !== undefined && Object.keys(properties).length > 0 && additionalProperties !== true) {
    problems.forbidden(`${path}.additionalProperties`, "additionalProperties and properties are mutual exclusive");
  }
  if (typeof additionalProperties === "object") validateSchema(additionalProperties as JSONSchemaProps, `${path}.additionalProperties`, problems);
  for (const [name, property] of Object.entries(properties)) validateSchema(property, `${path}.properties[${name}]`, problems);
  if (schema.not) validateSchema(schema.not, `${path}.not`, problems);
  for (const list of ["allOf", "oneOf", "anyOf"] as const)
    schema[list]?.forEach((nested, i) => validateSchema(nested, `${path}.${list}[${i}]`, problems));
  if (items && !Array.isArray(items)) validateSchema(items as JSONSchemaProps, `${path}.items`, problems);
  if (schema["x-kubernetes-preserve-unknown-fields"] === false)
    problems.invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, "must be true or undefined");
  validateMapType(schema, path, problems);
  validateListType(schema, path, problems);
  validateRules(schema, path, problems);
}

function validateSupported(schema: JSONSchemaProps, path: string, problems: Problems): void {
  if (schema.type && !types.includes(schema.type)) problems.notSupported(`${path}.type`, schema.type, types);
  for (const field of unsupported) if (schema[field] !== undefined) problems.forbidden(`${path}.${field}`, `${field} is not supported`);
  if (schema.type === "null") problems.forbidden(`${path}.type`, "type cannot be set to null, use nullable as an alternative");
  if (Array.isArray(schema.items)) problems.forbidden(`${path}.items`, "items must be a schema object and not an array");
}

function requireType(schema: JSONSchemaProps, type: string, extension: string, path: string, problems: Problems): boolean {
  if (schema.type === type) return true;
  const detail = `must be ${type} if ${extension} is specified`;
  if (schema.type) problems.invalid(`${path}.type`, schema.type, detail);
  else problems.required(`${path}.type`, detail);
  return false;
}

function validateMapType(schema: JSONSchemaProps, path: string, problems: Problems): void {
  const type = schema["x-kubernetes-map-type"];
  if (type === undefined) return;
  requireType(schema, "object", "x-kubernetes-map-type", path, problems);
  if (type !== "atomic" && type !== "granular") problems.notSupported(`${path}.x-kubernetes-map-type`, type, ["atomic", "granular"]);
}

function validateListType(schema: JSONSchemaProps, path: string, problems: Problems): void {
  const type = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const field = `${path}.x-kubernetes-list-type`;
  if (type !== undefined && requireType(schema, "array", "x-kubernetes-list-type", path, problems) && type === "set")
    validateSetItems(schema, path, problems);
  if (type !== undefined && !listTypes.includes(type)) problems.notSupported(field, type, listTypes);
  if (keys.length > 0 && type === undefined) problems.required(field, "must be map if x-kubernetes-list-map-keys is non-empty");
  else if (keys.length > 0 && type !== "map") problems.invalid(field, type, "must be map if x-kubernetes-list-map-keys is non-empty");
  if (type === "map") validateMapKeys(schema, keys, path, problems);
}

function validateSetItems(schema: JSONSchemaProps, path: string, problems: Problems): void {
  const items = schema.items as JSONSchemaProps | undefined;
  const detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
  if (items?.type === "array" && (items["x-kubernetes-list-type"] ?? "atomic") !== "atomic")
    problems.invalid(`${path}.items.x-kubernetes-list-type`, items["x-kubernetes-list-type"], detail);
  if (items?.type === "object" && items["x-kubernetes-map-type"] !== "atomic")
    problems.invalid(`${path}.items.x-kubernetes-map-type`, items["x-kubernetes-list-type"] ?? null, detail);
}

function validateMapKeys(schema: JSONSchemaProps, keys: string[], path: string, problems: Problems): void {
  const items = schema.items as JSONSchemaProps | undefined;
  const field = `${path}.x-kubernetes-list-map-keys`;
  if (keys.length === 0) problems.required(field, "must not be empty if x-kubernetes-list-type is map");
  if (!items) return problems.required(`${path}.items`, "must have a schema if x-kubernetes-list-type is map");
  if (items.type !== "object")
    return problems.invalid(`${path}.items.type`, items.type ?? "", "must be object if parent array's x-kubernetes-list-type is map");
  keys.forEach((key, i) => {
    const property = items.properties?.[key];
    if (!property) problems.invalid(field, keys, "entries must all be names of item properties");
    else if (property.type === "array" || property.type === "object")
      problems.invalid(`${path}.items.properties[${key}].type`, items.type, "must be a scalar type if parent array's x-kubernetes-list-type is map");
    else if (!items.required?.includes(key) && property.default === undefined) {
      problems.required(
        `${path}.items.properties[${key}].default`,
        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
      );
    }
    if (keys.indexOf(key) < i) problems.invalid(field, keys, "must not contain duplicate entries");
  });
}

function validateRules(schema: JSONSchemaProps, path: string, problems: Problems): void {
  schema["x-kubernetes-validations"]?.forEach((rule, i) => {
    const at = `${path}.x-kubernetes-validations[${i}]`;
    const { message = "", messageExpression, reason, fieldPath } = rule;
    if (!rule.rule?.trim()) problems.required(`${at}.rule`, "rule is not specified");
    else if (message && !message.trim()) problems.invalid(`${at}.message`, message, "must be non-empty if specified");
    else if (message.trim().includes("\n")) problems.invalid(`${at}.message`, message, "must not contain line breaks");
    else if (rule.rule.trim().includes("\n") && !message.trim())
      problems.required(`${at}.message`, "message must be specified if rule contains line breaks");
    if (messageExpression && !messageExpression.trim())
      problems.required(`${at}.messageExpression`, "messageExpression must be non-empty if specified");
    if (reason !== undefined && !reasons.includes(reason)) problems.notSupported(`${at}.reason`, reason, reasons);
    if (fieldPath && !fieldPath.trim()) problems.invalid(`${at}.fieldPath`, fieldPath, "must be non-empty if specified");
  });
}
