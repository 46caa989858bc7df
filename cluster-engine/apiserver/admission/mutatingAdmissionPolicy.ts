import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, Mutation } from "../../../shared/kubernetes/types.ts";
import { merge } from "../../api/fieldOwnership/merge.ts";
import { isAtomic, kindFor, objectModel, type TypeModel } from "../../api/fieldOwnership/typeModel.ts";
import { typeProblems } from "../../api/fieldOwnership/validate.ts";
import { deepEqual, isObject, type JsonObject } from "../../api/json.ts";
import { applyJsonPatch } from "../../api/jsonPatch.ts";
import { MutatingAdmissionPolicies, MutatingAdmissionPolicyBindings } from "../../api/resources.ts";
import { StatusError } from "../../api/statusError.ts";
import { scopeOf } from "../cel/evaluate.ts";
import { fromJson } from "../cel/fromJson.ts";
import { toJson } from "../cel/toJson.ts";
import type { Value } from "../cel/values.ts";
import type { StrategyContext } from "../strategy.ts";
import { attempt, namedValues, requestVariables, unmetCondition } from "./policyExpressions.ts";
import { ParameterError, parametersOf } from "./policyParameters.ts";
import { refusal } from "./refusal.ts";
import { matchesRequest } from "./requestMatching.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./types.ts";

/** One policy through one of its bindings. */
interface Invocation {
  policy: MutatingAdmissionPolicy;
  binding: MutatingAdmissionPolicyBinding;
}

/** A mutation that can't be made. */
class MutationError extends Error {}

/** Patches written in CEL. https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/ */
export const mutatingAdmissionPolicy: AdmissionPlugin = {
  name: "MutatingAdmissionPolicy",
  async admit(attributes, context) {
    // Nobody can lock himself out of the policies.
    if (!attributes.object || attributes.resource.group === "admissionregistration.k8s.io") return;
    const found = await invocationsFor(attributes, context);
    const ifNeeded = found.filter(({ policy }) => policy.spec?.reinvocationPolicy === "IfNeeded");
    const invocations = attributes.reinvocation ? ifNeeded : found;
    let changed = false;
    for (const invocation of invocations) changed = (await invoke(invocation, attributes, context)) || changed;
    if (!changed || attributes.reinvocation) return;
    for (const invocation of ifNeeded) await invoke(invocation, attributes, context);
  },
};

async function invocationsFor(attributes: AdmissionAttributes, context: StrategyContext): Promise<Invocation[]> {
  const bindings = await context.list(MutatingAdmissionPolicyBindings);
  if (bindings.length === 0) return [];
  const invocations: Invocation[] = [];
  for (const policy of await context.list(MutatingAdmissionPolicies)) {
    const own = bindings.filter(({ spec }) => spec?.policyName === policy.metadata.name);
    if (own.length === 0 || !(await matchesRequest(policy.spec?.matchConstraints, attributes, context))) continue;
    for (const binding of own) if (await matchesRequest(binding.spec?.matchResources, attributes, context)) invocations.push({ policy, binding });
  }
  return invocations;
}

/** True when the object was changed. @throws Forbidden when a mutation fails and the policy does not let that pass */
async function invoke({ policy, binding }: Invocation, attributes: AdmissionAttributes, context: StrategyContext): Promise<boolean> {
  const before = structuredClone(attributes.object!);
  try {
    const { paramKind } = policy.spec!;
    for (const parameter of await parametersOf(paramKind, binding.spec?.paramRef, attributes.namespace, context))
      await mutate(policy, fromJson(parameter, undefined), attributes, context);
  } catch (error) {
    if (!(error instanceof MutationError || error instanceof ParameterError)) throw error;
    replace(attributes.object!, before);
    if (policy.spec?.failurePolicy === "Ignore") return false;
    const message = error instanceof ParameterError ? `failed to configure binding: ${error.message}` : error.message;
    throw denied(attributes, `policy '${policy.metadata.name}' with binding '${binding.metadata.name}' denied request: ${message}`);
  }
  return !deepEqual(before, attributes.object);
}

function denied(attributes: AdmissionAttributes, message: string): StatusError {
  const error = refusal(attributes, message);
  Object.assign(error.status, { message, reason: "Invalid" });
  error.status.details!.causes = [{ message }];
  return error;
}

async function mutate({ spec }: MutatingAdmissionPolicy, params: Value, attributes: AdmissionAttributes, context: StrategyContext): Promise<void> {
  const unmet = unmetCondition(spec!, { ...(await requestVariables(attributes, context)), params });
  if (unmet?.error) throw new MutationError(`expression '${unmet.expression}' resulted in error: ${unmet.error.message}`);
  if (unmet) return;
  for (const mutation of spec!.mutations ?? []) {
    const variables = { ...(await requestVariables(attributes, context)), params };
    const changed = patched(mutation, { ...variables, variables: namedValues(spec!, variables) }, attributes);
    attributes.setDefaults(changed);
    replace(attributes.object!, changed);
  }
}

function patched({ jsonPatch, applyConfiguration }: Mutation, variables: Record<string, Value>, attributes: AdmissionAttributes): KubeObject {
  const object = attributes.object!;
  const { expression = "" } = jsonPatch ?? applyConfiguration ?? {};
  const value = attempt(expression, scopeOf(variables));
  if (value instanceof Error) throw new MutationError(value.message);
  if (value === undefined) throw new MutationError(`expression '${expression}' uses what this server does not know`);
  if (jsonPatch) return withJsonPatch(object, toJson(value));
  return withConfiguration(object, toJson(value), objectModel(attributes.schema()));
}

function withJsonPatch(object: KubeObject, patch: unknown): KubeObject {
  try {
    return applyJsonPatch(object as unknown as JsonObject, patch) as unknown as KubeObject;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const isTest = Array.isArray(patch) && patch.some((operation) => isObject(operation) && operation["op"] === "test");
    // A patch whose test fails is left out.
    if (isTest) return structuredClone(object);
    throw new MutationError(`JSON Patch: ${error.message}`);
  }
}

function withConfiguration(object: KubeObject, configuration: unknown, type: TypeModel): KubeObject {
  const { apiVersion, kind } = object;
  const patch = { ...(configuration as JsonObject), apiVersion, kind };
  const problems = typeProblems(patch, type);
  if (problems.length > 0) throw new MutationError(`error applying patch: failed to convert patch object to typed object: ${problems.join("; ")}`);
  const atomics = atomicPaths(patch, type, "");
  if (atomics.length > 0)
    throw new MutationError(`error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(", ")}`);
  return merge(object, patch, type) as KubeObject;
}

/** Parts that a patch would replace as a whole: what it does not name would be lost. */
function atomicPaths(value: unknown, type: TypeModel | undefined, path: string): string[] {
  if (!type || typeof value !== "object" || value === null) return [];
  const kind = kindFor(type, value);
  if (kind === "scalar") return [];
  if (isAtomic(type, kind)) return [path];
  if (Array.isArray(value)) return value.flatMap((item, index) => atomicPaths(item, type.items(), `${path}[${index}]`));
  return Object.entries(value).flatMap(([key, inner]) => atomicPaths(inner, type.field(key), `${path}.${key}`));
}

/** Makes a draft equal to another object. */
function replace(draft: KubeObject, by: KubeObject): void {
  for (const key of Object.keys(draft)) delete (draft as unknown as JsonObject)[key];
  Object.assign(draft, by);
}
