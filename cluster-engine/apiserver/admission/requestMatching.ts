import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { LabelSelector, MatchResources, NamedRuleWithOperations } from "../../../shared/kubernetes/types.ts";
import { Namespaces } from "../../api/resources.ts";
import { labelSelectorMatcher } from "../../api/selectors.ts";
import { isEmptySelector } from "../strategies/labelSelectors.ts";
import type { StrategyContext } from "../strategy.ts";
import type { AdmissionAttributes } from "./types.ts";

/** Whether a policy or a binding is about this request. */
export async function matchesRequest(match: MatchResources | undefined, attributes: AdmissionAttributes, context: StrategyContext): Promise<boolean> {
  if (!match) return true;
  const { resourceRules = [], excludeResourceRules = [], matchPolicy } = match;
  const fits = (rule: NamedRuleWithOperations): boolean => matchesRule(rule, matchPolicy !== "Exact", attributes);
  if (excludeResourceRules.some(fits) || (resourceRules.length > 0 && !resourceRules.some(fits))) return false;
  return matchesObject(match.objectSelector, attributes) && (await matchesNamespace(match.namespaceSelector, attributes, context));
}

function matchesRule(rule: NamedRuleWithOperations, anyVersion: boolean, attributes: AdmissionAttributes): boolean {
  const { operation, resource, subresource, namespace, name } = attributes;
  const has = (list: string[] | undefined, value: string): boolean => !!list && (list.includes("*") || list.includes(value));
  const inNamespace = namespace !== "" && !isNamespace(attributes);
  if (rule.scope === "Cluster" && inNamespace) return false;
  if (rule.scope === "Namespaced" && !inNamespace) return false;
  if (!has(rule.operations, operation) || !has(rule.apiGroups, resource.group)) return false;
  if (!anyVersion && !has(rule.apiVersions, resource.version)) return false;
  if (rule.resourceNames?.length && !rule.resourceNames.includes(name)) return false;
  return (rule.resources ?? []).some((pattern) => matchesResource(pattern, resource.resource, subresource));
}

function matchesResource(pattern: string, resource: string, subresource: string): boolean {
  const [name, part = ""] = pattern.split("/");
  return (name === "*" || name === resource) && (part === "*" || part === subresource);
}

const isNamespace = ({ resource }: AdmissionAttributes): boolean => resource.group === "" && resource.resource === "namespaces";

function matchesObject(selector: LabelSelector | undefined, { object, oldObject }: AdmissionAttributes): boolean {
  if (!selector || isEmptySelector(selector)) return true;
  const matches = labelSelectorMatcher(selector);
  return [object, oldObject].some((candidate) => candidate && matches(candidate.metadata?.labels));
}

async function matchesNamespace(selector: LabelSelector | undefined, attributes: AdmissionAttributes, context: StrategyContext): Promise<boolean> {
  if (!selector || isEmptySelector(selector)) return true;
  const { namespace, object, oldObject } = attributes;
  let of: KubeObject | undefined = isNamespace(attributes) ? (object ?? oldObject) : undefined;
  if (!of && namespace === "") return true;
  of ??= await context.lookup(Namespaces, { name: namespace });
  return labelSelectorMatcher(selector)(of?.metadata.labels);
}
