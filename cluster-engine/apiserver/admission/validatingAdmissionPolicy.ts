import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicySpec,
  Validation,
} from "../../../shared/kubernetes/types.ts";
import { Namespaces, ValidatingAdmissionPolicies, ValidatingAdmissionPolicyBindings } from "../../api/resources.ts";
import { evaluate, scopeOf } from "../cel/evaluate.ts";
import { fromJson } from "../cel/fromJson.ts";
import { parse } from "../cel/parser.ts";
import type { Scope } from "../cel/scope.ts";
import { CelSyntaxError } from "../cel/tokens.ts";
import { CelCancelled, CelError, CelUnsupported, Namespace as Names, type Value } from "../cel/values.ts";
import type { StrategyContext } from "../strategy.ts";
import { ParameterError, parametersOf } from "./policyParameters.ts";
import { refusal } from "./refusal.ts";
import { matchesRequest } from "./requestMatching.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./types.ts";

const codes: Record<string, number> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413, Invalid: 422 };
const longestMessage = 5 * 1024;

/** A validation that did not hold, or could not be judged. */
interface Denial {
  message: string;
  reason: string;
}

/** Policies written in CEL. https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/ */
export const validatingAdmissionPolicy: AdmissionPlugin = {
  name: "ValidatingAdmissionPolicy",
  async validate(attributes, context) {
    // Nobody can lock himself out of the policies.
    if (attributes.resource.group === "admissionregistration.k8s.io") return;
    const bindings = await context.list(ValidatingAdmissionPolicyBindings);
    if (bindings.length === 0) return;
    for (const policy of await context.list(ValidatingAdmissionPolicies)) {
      const own = bindings.filter((binding) => binding.spec?.policyName === policy.metadata.name);
      if (own.length > 0 && (await matchesRequest(policy.spec?.matchConstraints, attributes, context)))
        await enforce(policy, own, attributes, context);
    }
  },
};

async function enforce(
  policy: ValidatingAdmissionPolicy,
  bindings: ValidatingAdmissionPolicyBinding[],
  attributes: AdmissionAttributes,
  context: StrategyContext,
): Promise<void> {
  for (const binding of bindings) {
    if (!(await matchesRequest(binding.spec?.matchResources, attributes, context))) continue;
    for (const denial of await judge(policy.spec!, binding, attributes, context)) {
      const actions = binding.spec?.validationActions ?? [];
      const [name, by] = [policy.metadata.name, binding.metadata.name];
      if (actions.includes("Warn")) context.warn(`Validation failed for ValidatingAdmissionPolicy '${name}' with binding '${by}': ${denial.message}`);
      if (actions.includes("Deny"))
        throw denied(attributes, `ValidatingAdmissionPolicy '${name}' with binding '${by}' denied request: ${denial.message}`, denial.reason);
    }
  }
}

function denied(attributes: AdmissionAttributes, message: string, reason: string): Error {
  const error = refusal(attributes, message);
  Object.assign(error.status, { code: codes[reason] ?? 422, reason });
  error.status.details!.causes = [{ message }];
  return error;
}

async function judge(
  spec: ValidatingAdmissionPolicySpec,
  binding: ValidatingAdmissionPolicyBinding,
  attributes: AdmissionAttributes,
  context: StrategyContext,
): Promise<Denial[]> {
  const lenient = spec.failurePolicy === "Ignore";
  try {
    const variables = await requestVariables(attributes, context);
    const parameters = await parametersOf(spec.paramKind, binding.spec?.paramRef, attributes.namespace, context);
    return parameters.flatMap((parameter) => judgeWith(spec, { ...variables, params: fromJson(parameter, undefined) }, lenient));
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    return lenient ? [] : [{ message: `failed to configure binding: ${error.message}`, reason: "Invalid" }];
  }
}

async function requestVariables(attributes: AdmissionAttributes, context: StrategyContext): Promise<Record<string, Value>> {
  const { resource, kind, subresource, namespace, name, object, oldObject, operation, user, dryRun } = attributes;
  const inNamespace = namespace !== "" && resource.resource !== "namespaces";
  const gvk = { group: resource.group, version: resource.version, kind };
  const request = {
    kind: gvk,
    requestKind: gvk,
    resource,
    requestResource: resource,
    subResource: subresource,
    requestSubResource: subresource,
    name,
    namespace,
    operation,
    userInfo: user,
    dryRun,
  };
  return {
    object: fromJson(object, undefined),
    oldObject: fromJson(oldObject, undefined),
    request: fromJson(request, undefined),
    namespaceObject: fromJson(inNamespace ? await context.lookup(Namespaces, { name: namespace }) : undefined, undefined),
    // What it offers is missing here: expressions that use it are passed over.
    authorizer: new Names("authorizer"),
  };
}

function judgeWith(spec: ValidatingAdmissionPolicySpec, variables: Record<string, Value>, lenient: boolean): Denial[] {
  const failed = (text: string, error: Error): Denial[] =>
    lenient ? [] : [{ message: `expression '${text}' resulted in error: ${error.message}`, reason: "Invalid" }];
  for (const { expression } of spec.matchConditions ?? []) {
    const result = attempt(expression, scopeOf(variables));
    if (result instanceof Error) return failed(expression, result);
    if (result === false) return [];
  }
  const scope = scopeOf({ ...variables, variables: namedValues(spec, variables) });
  return (spec.validations ?? []).flatMap((validation) => {
    const result = attempt(validation.expression, scope);
    if (result instanceof Error) return failed(validation.expression, result);
    return result === true || result === undefined ? [] : [{ message: messageOf(validation, scope), reason: validation.reason ?? "Invalid" }];
  });
}

/** The variables of the policy; each may use those before it. One that fails is missing where it is used. */
function namedValues(spec: ValidatingAdmissionPolicySpec, variables: Record<string, Value>): Value {
  const values = new Map<Value, Value>();
  for (const { name, expression } of spec.variables ?? []) {
    const result = attempt(expression, scopeOf({ ...variables, variables: values }));
    if (result !== undefined && !(result instanceof Error)) values.set(name, result);
  }
  return values;
}

/** The value, the error of the evaluation, or undefined when something is missing here. */
function attempt(text: string, scope: Scope): Value | Error | undefined {
  try {
    return evaluate(parse(text), scope);
  } catch (error) {
    if (error instanceof CelUnsupported) return undefined;
    if (error instanceof CelError || error instanceof CelCancelled || error instanceof CelSyntaxError) return error;
    throw error;
  }
}

function messageOf({ message, messageExpression, expression }: Validation, scope: Scope): string {
  const computed = messageExpression ? attempt(messageExpression, scope) : undefined;
  if (typeof computed === "string" && computed.trim() && computed.length <= longestMessage && !computed.includes("\n")) return computed.trim();
  return message?.trim() || `failed expression: ${expression.trim()}`;
}
