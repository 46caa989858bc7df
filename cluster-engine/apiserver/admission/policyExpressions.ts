import type { MatchCondition, Variable } from "../../../shared/kubernetes/types.ts";
import { Namespaces } from "../../api/resources.ts";
import { evaluate, scopeOf } from "../cel/evaluate.ts";
import { fromJson } from "../cel/fromJson.ts";
import { parse } from "../cel/parser.ts";
import type { Scope } from "../cel/scope.ts";
import { CelSyntaxError } from "../cel/tokens.ts";
import { CelCancelled, CelError, CelUnsupported, Namespace as Names, type Value } from "../cel/values.ts";
import type { StrategyContext } from "../strategy.ts";
import type { AdmissionAttributes } from "./types.ts";

// What expressions of validating and mutating policies see.

/** The parts of a policy that all its expressions share. */
interface PolicySpec {
  matchConditions?: MatchCondition[];
  variables?: Variable[];
}

/** `object`, `oldObject`, `request`, `namespaceObject` and `authorizer`. */
export async function requestVariables(attributes: AdmissionAttributes, context: StrategyContext): Promise<Record<string, Value>> {
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

/** The first condition that does not hold, or fails; undefined when the policy is about the request. */
export function unmetCondition(
  { matchConditions = [] }: PolicySpec,
  variables: Record<string, Value>,
): { expression: string; error?: Error } | undefined {
  for (const { expression } of matchConditions) {
    const result = attempt(expression, scopeOf(variables));
    if (result instanceof Error) return { expression, error: result };
    if (result === false) return { expression };
  }
  return undefined;
}

/** The variables of the policy; each may use those before it. One that fails is missing where it is used. */
export function namedValues(spec: PolicySpec, variables: Record<string, Value>): Value {
  const values = new Map<Value, Value>();
  for (const { name, expression } of spec.variables ?? []) {
    const result = attempt(expression, scopeOf({ ...variables, variables: values }));
    if (result !== undefined && !(result instanceof Error)) values.set(name, result);
  }
  return values;
}

/** The value, the error of the evaluation, or undefined when something is missing here. */
export function attempt(text: string, scope: Scope): Value | Error | undefined {
  try {
    return evaluate(parse(text), scope);
  } catch (error) {
    if (error instanceof CelUnsupported) return undefined;
    if (error instanceof CelError || error instanceof CelCancelled || error instanceof CelSyntaxError) return error;
    throw error;
  }
}
