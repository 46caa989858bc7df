import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicySpec,
  Validation,
} from "../../../shared/kubernetes/types.ts";
import { ValidatingAdmissionPolicies, ValidatingAdmissionPolicyBindings } from "../../api/resources.ts";
import { scopeOf } from "../cel/evaluate.ts";
import { fromJson } from "../cel/fromJson.ts";
import type { Scope } from "../cel/scope.ts";
import type { Value } from "../cel/values.ts";
import type { StrategyContext } from "../strategy.ts";
import { attempt, namedValues, requestVariables, unmetCondition } from "./policyExpressions.ts";
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

function judgeWith(spec: ValidatingAdmissionPolicySpec, variables: Record<string, Value>, lenient: boolean): Denial[] {
  const failed = (text: string, error: Error): Denial[] =>
    lenient ? [] : [{ message: `expression '${text}' resulted in error: ${error.message}`, reason: "Invalid" }];
  const unmet = unmetCondition(spec, variables);
  if (unmet) return unmet.error ? failed(unmet.expression, unmet.error) : [];
  const scope = scopeOf({ ...variables, variables: namedValues(spec, variables) });
  return (spec.validations ?? []).flatMap((validation) => {
    const result = attempt(validation.expression, scope);
    if (result instanceof Error) return failed(validation.expression, result);
    return result === true || result === undefined ? [] : [{ message: messageOf(validation, scope), reason: validation.reason ?? "Invalid" }];
  });
}

function messageOf({ message, messageExpression, expression }: Validation, scope: Scope): string {
  const computed = messageExpression ? attempt(messageExpression, scope) : undefined;
  if (typeof computed === "string" && computed.trim() && computed.length <= longestMessage && !computed.includes("\n")) return computed.trim();
  return message?.trim() || `failed expression: ${expression.trim()}`;
}
