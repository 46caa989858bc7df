import type { CustomResourceDefinition, ExpressionWarning, JSONSchemaProps, ValidatingAdmissionPolicy } from "../../../shared/kubernetes/types.ts";
import { CustomResourceDefinitions, ValidatingAdmissionPolicies } from "../../api/resources.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import { loopOptions, type Controller } from "../types.ts";
import { describe, kindsOf, typedKind } from "./kinds.ts";

const name = "validatingadmissionpolicy-status-controller";

/** Why a CEL expression does not compile over variables of these types; undefined when nothing is wrong. A variable without a schema may be anything. */
export type ExpressionCheck = (expression: string, variables: Record<string, JSONSchemaProps | undefined>) => string | undefined;

/** Checks the expressions of policies against the kinds that they are about, and notes in the status what looks wrong. */
export const validatingAdmissionPolicyStatusController: Controller = {
  name,
  account: name,
  start(context) {
    const policies = context.informers.of(ValidatingAdmissionPolicies);
    const definitions = context.informers.of(CustomResourceDefinitions);
    const { checkExpression = () => undefined } = context.inputs;
    return runReconciler({
      ...loopOptions(context),
      name: "validating-admission-policy-status",
      sources: [source(policies)],
      reads: [definitions],
      async reconcile(key, { client }) {
        const policy = policies.get(key);
        const { generation: observedGeneration = 1 } = policy?.metadata ?? {};
        if (!policy || observedGeneration <= (policy.status?.observedGeneration ?? 0)) return;
        const expressionWarnings = warningsOf(policy, definitions.list(), checkExpression);
        const patch = {
          apiVersion: "admissionregistration.k8s.io/v1",
          kind: "ValidatingAdmissionPolicy",
          metadata: { name: key },
          status: { observedGeneration, typeChecking: expressionWarnings.length > 0 ? { expressionWarnings } : {} },
        };
        await client
          .resource(ValidatingAdmissionPolicies)
          .patch(policy.metadata, patch, { type: "apply", subresource: "status", fieldManager: name, force: true });
      },
    });
  },
};

/** What is wrong with the validations of a policy, by where it stands. */
export function warningsOf(policy: ValidatingAdmissionPolicy, definitions: CustomResourceDefinition[], check: ExpressionCheck): ExpressionWarning[] {
  const kinds = kindsOf(policy, definitions);
  const { paramKind, validations = [] } = policy.spec ?? {};
  const params = paramKind && typedKind(paramKind.apiVersion ?? "", paramKind.kind ?? "", definitions);
  const warningOf = (expression: string): string =>
    kinds
      .flatMap((kind) => {
        const { schema } = kind;
        const variables = { object: schema, oldObject: schema, ...(paramKind ? { params: params?.schema } : {}), ...others };
        const problem = check(expression, variables);
        return problem ? [`${describe(kind)}: ${problem}\n`] : [];
      })
      .join("\n");
  return validations.flatMap(({ expression, messageExpression }, i) =>
    Object.entries({ expression, messageExpression }).flatMap(([field, text]) => {
      const warning = text ? warningOf(text) : "";
      return warning ? [{ fieldRef: `spec.validations[${i}].${field}`, warning }] : [];
    }),
  );
}

/** Variables whose types are left open. */
const others = { request: undefined, namespaceObject: undefined, authorizer: undefined, variables: undefined };
