import type { JSONSchemaProps, ValidationRule } from "../../../shared/kubernetes/types.ts";
import type { FieldError } from "../../api/fieldError.ts";
import { Problems, sameValue } from "../strategies/problems.ts";
import { evaluate, scopeOf } from "./evaluate.ts";
import { asSchema, fromJson, itemsOf, propertyOf } from "./fromJson.ts";
import { parse, type Expression } from "./parser.ts";
import type { Scope } from "./scope.ts";
import { CelSyntaxError } from "./tokens.ts";
import { CelCancelled, CelError, CelUnsupported, Optional, type Value } from "./values.ts";

interface Compiled {
  /** Undefined for what does not compile or is not supported. */
  expression: Expression | undefined;
  message: Expression | undefined;
  /** A transition rule: about what changes. */
  usesOld: boolean;
}

const compiledRules = new WeakMap<ValidationRule, Compiled>();
const schemasWithRules = new WeakMap<JSONSchemaProps, boolean>();

/** Errors after which rules might stumble over the object. */
const blocking = ["NotSupported", "Required", "TooLong", "TooMany", "TypeInvalid"];

/** What the rules of the schema find wrong with the object, beside what was `found` already; `old` on update. https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules */
export function validateRules(schema: JSONSchemaProps, object: object, old: object | undefined, found: readonly FieldError[]): FieldError[] {
  const problems = new Problems();
  if (!hasRules(schema)) return [];
  if (found.some(({ type }) => blocking.includes(type))) {
    problems.invalid(
      "<nil>",
      null,
      "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
    );
    return problems.list;
  }
  visit(schema, object, old, "", problems);
  return problems.list;
}

function hasRules(schema: JSONSchemaProps): boolean {
  let known = schemasWithRules.get(schema);
  if (known === undefined) {
    const inner = [...Object.values(schema.properties ?? {}), itemsOf(schema), asSchema(schema.additionalProperties)];
    known = rulesOf(schema).length > 0 || inner.some((child) => child && hasRules(child));
    schemasWithRules.set(schema, known);
  }
  return known;
}

const rulesOf = (schema: JSONSchemaProps): ValidationRule[] => schema["x-kubernetes-validations"] ?? [];

function visit(schema: JSONSchemaProps, value: unknown, old: unknown, path: string, problems: Problems): void {
  if (value === null || value === undefined || !hasRules(schema)) return;
  const rules = rulesOf(schema);
  if (rules.length > 0) checkAll(rules, schema, value, old ?? undefined, path, problems);
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    const before = matcher(schema, Array.isArray(old) ? old : []);
    if (items) value.forEach((item, i) => visit(items, item, before(item), `${path}[${i}]`, problems));
    return;
  }
  if (typeof value !== "object") return;
  const before = schema["x-kubernetes-map-type"] === "atomic" ? undefined : (old as Record<string, unknown> | undefined);
  for (const [key, child] of Object.entries(value)) {
    const inner = propertyOf(schema, key);
    if (!inner) continue;
    const field = schema.properties?.[key] ? (path ? `${path}.${key}` : key) : `${path}[${key}]`;
    visit(inner, child, before?.[key], field, problems);
  }
}

/** Items of lists of type `map` are found again by their keys; those of other lists are all new. */
function matcher(schema: JSONSchemaProps, old: unknown[]): (item: unknown) => unknown {
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (schema["x-kubernetes-list-type"] !== "map") return () => undefined;
  const field = (item: unknown, key: string): unknown => (item as Record<string, unknown> | null)?.[key];
  return (item) => old.find((candidate) => keys.every((key) => sameValue(field(candidate, key), field(item, key))));
}

function checkAll(rules: ValidationRule[], schema: JSONSchemaProps, value: unknown, old: unknown, path: string, problems: Problems): void {
  const self = fromJson(value, schema);
  const before = old === undefined ? undefined : fromJson(old, schema);
  const unchanged = old !== undefined && sameValue(value, old);
  for (const rule of rules) {
    const { expression, message, usesOld } = compiled(rule);
    if (!expression || (usesOld && before === undefined && !rule.optionalOldSelf)) continue;
    // What was stored before a rule came is let through as long as it stays as it is.
    if (unchanged && !usesOld) continue;
    const variables: Record<string, Value> = { self };
    if (rule.optionalOldSelf) variables.oldSelf = before === undefined ? Optional.none : new Optional(before);
    else if (before !== undefined) variables.oldSelf = before;
    check({ rule, expression, message, scope: scopeOf(variables), schema, value, path }, problems);
  }
}

function compiled(rule: ValidationRule): Compiled {
  let known = compiledRules.get(rule);
  if (!known) {
    const expression = tryParse(rule.rule);
    known = { expression, message: tryParse(rule.messageExpression), usesOld: /\boldSelf\b/.test(rule.rule) };
    compiledRules.set(rule, known);
  }
  return known;
}

function tryParse(text: string | undefined): Expression | undefined {
  try {
    return text?.trim() ? parse(text) : undefined;
  } catch (error) {
    if (error instanceof CelSyntaxError) return undefined;
    throw error;
  }
}

interface Check {
  rule: ValidationRule;
  expression: Expression;
  message: Expression | undefined;
  scope: Scope;
  schema: JSONSchemaProps;
  value: unknown;
  path: string;
}

function check({ rule, expression, message, scope, schema, value, path }: Check, problems: Problems): void {
  const root = path || "<nil>";
  const text = (rule.message || rule.rule).trim();
  try {
    if (evaluate(expression, scope) === true) return;
  } catch (error) {
    if (error instanceof CelUnsupported) return;
    if (!(error instanceof CelError || error instanceof CelCancelled)) throw error;
    const detail = failureText(error.message, text);
    return problems.invalid(root, schema.type ?? "", detail);
  }
  const detail = messageOf(message, scope) ?? rule.message?.trim() ?? `failed rule: ${text}`;
  const inner = rule.fieldPath?.replaceAll(/\['([^']*)'\]/g, "[$1]");
  const field = inner ? (path ? path + inner : inner.replace(/^\./, "")) : root;
  if (rule.reason === "FieldValueForbidden") problems.forbidden(field, detail);
  else if (rule.reason === "FieldValueRequired") problems.required(field, detail);
  else if (rule.reason === "FieldValueDuplicate") problems.duplicate(field, value);
  else if (schema.type === "object" || schema.type === "array") problems.invalidWithoutValue(field, detail);
  else problems.invalid(field, value, detail);
}

function failureText(failure: string, rule: string): string {
  if (failure.startsWith("no such overload"))
    return `'${failure}': call arguments did not match a supported operator, function or macro signature for rule: ${rule}`;
  if (failure.startsWith("operation cancelled"))
    return `'${failure}': no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`;
  return `${failure} evaluating rule: ${rule}`;
}

/** A message expression that fails, or gives nothing usable, leaves the plain message. */
function messageOf(expression: Expression | undefined, scope: Scope): string | undefined {
  if (!expression) return undefined;
  try {
    const text = evaluate(expression, scope);
    return typeof text === "string" && text.trim() !== "" && !/[\n\r]/.test(text) ? text.trim() : undefined;
  } catch (error) {
    if (error instanceof CelError || error instanceof CelCancelled || error instanceof CelUnsupported) return undefined;
    throw error;
  }
}
