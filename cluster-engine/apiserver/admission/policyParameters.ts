import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { ParamKind, ParamRef } from "../../../shared/kubernetes/types.ts";
import { CustomResourceDefinitions } from "../../api/resources.ts";
import { findKind } from "../../api/resourceTable.ts";
import type { ResourceType } from "../../api/resourceType.ts";
import { labelSelectorMatcher } from "../../api/selectors.ts";
import type { StrategyContext } from "../strategy.ts";

/** The parameters of a binding can't be had. */
export class ParameterError extends Error {}

/** The objects that a policy runs with, each for itself; null when it takes none. @throws ParameterError */
export async function parametersOf(
  kind: ParamKind | undefined,
  reference: ParamRef | undefined,
  namespace: string,
  context: StrategyContext,
): Promise<(KubeObject | null)[]> {
  if (!kind || !reference) return [null];
  const type = await typeOf(kind, context);
  if (!type) throw new ParameterError(`paramKind kind \`${kind.apiVersion}, Kind=${kind.kind}\` not known`);
  if (!type.namespaced && reference.namespace) throw new ParameterError("paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
  const from = reference.namespace || namespace;
  if (type.namespaced && !from) throw new ParameterError("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
  const found = await find(type, reference, type.namespaced ? from : "", context);
  if (found.length === 0 && reference.parameterNotFoundAction === "Deny") {
    throw new ParameterError("no params found for policy binding with `Deny` parameterNotFoundAction");
  }
  return found;
}

async function find(type: ResourceType, { name, selector }: ParamRef, namespace: string, context: StrategyContext): Promise<KubeObject[]> {
  if (name) {
    const object = await context.lookup(type, namespace ? { namespace, name } : { name });
    return object ? [object] : [];
  }
  const matches = labelSelectorMatcher(selector);
  return (await context.list(type, namespace || undefined)).filter((object) => matches(object.metadata.labels));
}

async function typeOf({ apiVersion = "", kind = "" }: ParamKind, context: StrategyContext): Promise<ResourceType | undefined> {
  const [group, version] = apiVersion.includes("/") ? (apiVersion.split("/") as [string, string]) : ["", apiVersion];
  const builtin = findKind({ group, version, kind });
  if (builtin) return builtin;
  const definition = (await context.list(CustomResourceDefinitions)).find(({ spec }) => spec.group === group && spec.names.kind === kind);
  return definition && { group, version, resource: definition.spec.names.plural, kind, namespaced: definition.spec.scope === "Namespaced" };
}
