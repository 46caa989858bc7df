import type { PolicyRule } from "../../../shared/kubernetes/types.ts";
import type { Attributes } from "./attributes.ts";

// Matching of RBAC rules. See k8s.io/kubernetes/pkg/apis/rbac/v1/evaluation_helpers.go.

const has = (values: string[] | undefined, wanted: string): boolean => values !== undefined && (values.includes("*") || values.includes(wanted));

export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false;
  if (!attributes.isResourceRequest) return (rule.nonResourceURLs ?? []).some((pattern) => pathMatches(pattern, attributes.path));
  return (
    has(rule.apiGroups, attributes.group) && resourceMatches(rule.resources ?? [], attributes) && nameMatches(rule.resourceNames, attributes.name)
  );
}

function resourceMatches(resources: string[], { resource, subresource }: Attributes): boolean {
  if (!subresource) return resources.includes("*") || resources.includes(resource);
  return resources.includes("*") || resources.includes(`${resource}/${subresource}`) || resources.includes(`*/${subresource}`);
}

const nameMatches = (names: string[] | undefined, name: string): boolean => !names?.length || names.includes(name);

const pathMatches = (pattern: string, path: string): boolean =>
  pattern === "*" || pattern === path || (pattern.endsWith("*") && path.startsWith(pattern.slice(0, -1)));
