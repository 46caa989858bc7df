import type {
  MutatingAdmissionPolicySpec,
  ParamKind,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBindingSpec,
  Validation,
} from "../../../shared/kubernetes/types.ts";
import { dns1035Label, dns1123Subdomain, pathSegmentName, qualifiedName } from "../../api/names.ts";
import {
  requestVariables,
  validateExpression,
  validateFailurePolicy,
  validateMatchConditions,
  validateMatchResources,
  validateWord,
} from "./admissionRules.ts";
import { validateLabelSelector } from "./labelSelectors.ts";
import type { Problems } from "./problems.ts";

const reasons = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const mutatingOperations = ["*", "CONNECT", "CREATE", "UPDATE"];
const mostAnnotations = 20;
const longestValueExpression = 5 * 1024;
const oneNeeded = "validations or auditAnnotations must contain at least one item";

type PolicySpec = Pick<MutatingAdmissionPolicySpec, "failurePolicy" | "paramKind" | "matchConstraints" | "matchConditions" | "variables">;

/** What validating and mutating policies share. */
function validatePolicy(spec: PolicySpec, problems: Problems): void {
  validateFailurePolicy(spec.failurePolicy, "spec", problems);
  if (spec.paramKind) validateParamKind(spec.paramKind, "spec.paramKind", problems);
  const match = spec.matchConstraints;
  if (match) validateMatchResources(match, "spec.matchConstraints", problems);
  else problems.required("spec.matchConstraints");
  if (match && !match.resourceRules?.length) problems.required("spec.matchConstraints.resourceRules");
}

const conditionVariables = (spec: PolicySpec): string[] => [...requestVariables, ...(spec.paramKind ? ["params"] : [])];
const policyVariables = (spec: PolicySpec): string[] => [...conditionVariables(spec), ...(spec.variables?.length ? ["variables"] : [])];

function validateVariables(spec: PolicySpec, problems: Problems): void {
  spec.variables?.forEach(({ name, expression }, i) => {
    const path = `spec.variables[${i}]`;
    if (!name?.trim()) problems.required(`${path}.name`, "name is not specified");
    else if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name)) problems.invalid(`${path}.name`, name, "must be a valid CEL identifier");
    if (!expression?.trim()) problems.required(`${path}.expression`, "expression is not specified");
    else validateExpression(expression, policyVariables(spec), `${path}.expression`, problems);
  });
}

export function validateValidatingPolicy({ metadata, spec = {} }: ValidatingAdmissionPolicy, problems: Problems): void {
  validatePolicy(spec, problems);
  validateMatchConditions(spec.matchConditions, conditionVariables(spec), "spec.matchConditions", problems);
  validateVariables(spec, problems);
  const annotations = spec.auditAnnotations ?? [];
  if (!spec.validations?.length && annotations.length === 0) {
    problems.required("spec.validations", oneNeeded);
    problems.required("spec.auditAnnotations", oneNeeded);
  }
  spec.validations?.forEach((validation, i) => validateValidation(validation, policyVariables(spec), `spec.validations[${i}]`, problems));
  if (annotations.length > mostAnnotations) {
    problems.invalid("spec.auditAnnotations", annotations, `must not have more than ${mostAnnotations} auditAnnotations`);
  }
  annotations.forEach(({ key, valueExpression }, i) => {
    const path = `spec.auditAnnotations[${i}]`;
    problems.invalidEach(`${path}.key`, `${metadata.name}/${key}`, qualifiedName(`${metadata.name}/${key}`));
    const text = valueExpression?.trim() ?? "";
    if (!text) problems.required(`${path}.valueExpression`, "valueExpression is not specified");
    else if (text.length > longestValueExpression)
      problems.required(`${path}.valueExpression`, `must not exceed ${longestValueExpression} bytes in length`);
    if (annotations.findIndex((other) => other.key === key) < i) problems.duplicate(`${path}.key`, key);
  });
}

function validateValidation(
  { expression, message, messageExpression, reason }: Validation,
  variables: string[],
  path: string,
  problems: Problems,
): void {
  if (!expression?.trim()) problems.required(`${path}.expression`, "expression is not specified");
  else validateExpression(expression, variables, `${path}.expression`, problems);
  if (messageExpression?.trim()) validateExpression(messageExpression, variables, `${path}.messageExpression`, problems);
  else if (messageExpression) problems.invalid(`${path}.messageExpression`, messageExpression, "must be non-empty if specified");
  if (message && !message.trim()) problems.invalid(`${path}.message`, message, "must be non-empty if specified");
  else if (message && /[\n\r]/.test(message.trim())) problems.invalid(`${path}.message`, message, "must not contain line breaks");
  validateWord(reason, reasons, `${path}.reason`, problems);
}

export function validateMutatingPolicy(spec: MutatingAdmissionPolicySpec, problems: Problems): void {
  validatePolicy(spec, problems);
  for (const operation of (spec.matchConstraints?.resourceRules ?? []).flatMap((rule) => rule.operations ?? [])) {
    validateWord(operation, mutatingOperations, "spec.matchConstraints.resourceRules.operations", problems);
  }
  validateMatchConditions(spec.matchConditions, conditionVariables(spec), "spec.matchConditions", problems);
  validateVariables(spec, problems);
  if (!spec.mutations?.length) problems.required("spec.mutations", "mutations must contain at least one item");
  spec.mutations?.forEach(({ patchType, jsonPatch, applyConfiguration }, i) => {
    const path = `spec.mutations[${i}]`;
    if (!patchType) return problems.required(`${path}.patchType`);
    if (patchType !== "JSONPatch" && patchType !== "ApplyConfiguration")
      return problems.notSupported(`${path}.patchType`, patchType, ["ApplyConfiguration", "JSONPatch"]);
    const [own, other] = patchType === "JSONPatch" ? (["jsonPatch", "applyConfiguration"] as const) : (["applyConfiguration", "jsonPatch"] as const);
    const patches = { jsonPatch, applyConfiguration };
    if (!patches[own]) problems.required(`${path}.${own}`, `must be specified when patchType is ${patchType}`);
    else if (!patches[own].expression?.trim()) problems.required(`${path}.${own}.expression`);
    if (patches[other]) problems.invalid(`${path}.${other}`, `{${other}}`, `must not be specified when patchType is ${patchType}`);
  });
  if (!spec.reinvocationPolicy) problems.required("spec.reinvocationPolicy");
  else validateWord(spec.reinvocationPolicy, ["IfNeeded", "Never"], "spec.reinvocationPolicy", problems);
}

function validateParamKind({ apiVersion = "", kind = "" }: ParamKind, path: string, problems: Problems): void {
  const parts = apiVersion.split("/");
  const [group, version] = parts.length === 1 ? ["", parts[0]!] : [parts[0]!, parts[1]!];
  if (!apiVersion) problems.required(`${path}.apiVersion`);
  else if (parts.length > 2) problems.invalid(`${path}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`);
  else {
    if (group) validateJoined(`${path}.apiVersion`, group, dns1123Subdomain(group), "", problems);
    if (!version) problems.invalid(`${path}.apiVersion`, apiVersion, "version must be specified");
    else validateJoined(`${path}.apiVersion`, version, dns1035Label(version), "", problems);
  }
  if (!kind) problems.required(`${path}.kind`);
  else validateJoined(`${path}.kind`, kind, dns1035Label(kind.toLowerCase()), "may have mixed case, but should otherwise match: ", problems);
}

function validateJoined(field: string, value: string, messages: string[], prefix: string, problems: Problems): void {
  if (messages.length > 0) problems.invalid(field, value, prefix + messages.join(","));
}

/** A binding of a policy; `validationActions` belongs to validating ones only. */
export function validateBinding(spec: Partial<ValidatingAdmissionPolicyBindingSpec>, validating: boolean, problems: Problems): void {
  if (!spec.policyName) problems.required("spec.policyName");
  else problems.invalidEach("spec.policyName", spec.policyName, dns1123Subdomain(spec.policyName));
  if (spec.paramRef) validateParamRef(spec.paramRef, "spec.paramRef", problems);
  if (spec.matchResources) validateMatchResources(spec.matchResources, "spec.matchResources", problems);
  if (validating) validateActions(spec.validationActions ?? [], "spec.validationActions", problems);
}

function validateParamRef({ name, selector, parameterNotFoundAction: action }: ParamRef, path: string, problems: Problems): void {
  const exclusive = "name and selector are mutually exclusive";
  if (name) problems.invalidEach(`${path}.name`, name, pathSegmentName(name));
  if (name && selector) problems.forbidden(`${path}.name`, exclusive);
  validateLabelSelector(selector, `${path}.selector`, problems);
  if (name && selector) problems.forbidden(`${path}.selector`, exclusive);
  if (!name && !selector) problems.required(path, "one of name or selector must be specified");
  if (!action) problems.required(`${path}.parameterNotFoundAction`);
  else validateWord(action, ["Deny", "Allow"], `${path}.parameterNotFoundAction`, problems);
}

function validateActions(actions: string[], path: string, problems: Problems): void {
  actions.forEach((action, i) => {
    validateWord(action, ["Audit", "Deny", "Warn"], `${path}[${i}]`, problems);
    if (actions.indexOf(action) < i) problems.duplicate(`${path}[${i}]`, action);
  });
  if (actions.includes("Deny") && actions.includes("Warn")) {
    const detail =
      "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)";
    problems.invalid(path, actions, detail);
  }
  if (actions.length === 0) problems.required(path, "at least one validation action is required");
}
