import type { MatchCondition, MatchResources, NamedRuleWithOperations, RuleWithOperations } from "../../../shared/kubernetes/types.ts";
import { pathSegmentName, qualifiedName } from "../../api/names.ts";
import { compilationProblem } from "../cel/check.ts";
import { validateLabelSelector } from "./labelSelectors.ts";
import type { Problems } from "./problems.ts";

const operations = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const scopes = ["*", "Cluster", "Namespaced"];
const mostConditions = 64;

/** A field that takes one of a few words, if it is there. */
export function validateWord(value: string | undefined, words: string[], field: string, problems: Problems): void {
  if (value !== undefined && !words.includes(value)) problems.notSupported(field, value, words);
}

export const validateFailurePolicy = (policy: string | undefined, path: string, problems: Problems): void =>
  validateWord(policy, ["Fail", "Ignore"], `${path}.failurePolicy`, problems);

export const validateMatchPolicy = (policy: string | undefined, path: string, problems: Problems): void =>
  validateWord(policy, ["Equivalent", "Exact"], `${path}.matchPolicy`, problems);

/** Which requests a webhook or a policy is about. */
export function validateRule(rule: RuleWithOperations, path: string, problems: Problems): void {
  validateWithWildcard(rule.operations, `${path}.operations`, "operations", problems);
  rule.operations?.forEach((operation, i) => validateWord(operation, operations, `${path}.operations[${i}]`, problems));
  validateWithWildcard(rule.apiGroups, `${path}.apiGroups`, "API groups", problems);
  validateWithWildcard(rule.apiVersions, `${path}.apiVersions`, "API versions", problems);
  rule.apiVersions?.forEach((version, i) => {
    if (!version) problems.required(`${path}.apiVersions[${i}]`);
  });
  validateResources(rule.resources ?? [], `${path}.resources`, problems);
  validateWord(rule.scope, scopes, `${path}.scope`, problems);
}

function validateWithWildcard(list: string[] | undefined, field: string, what: string, problems: Problems): void {
  if (!list?.length) problems.required(field);
  else if (list.length > 1 && list.includes("*")) problems.invalid(field, list, `if '*' is present, must not specify other ${what}`);
}

// Resources are written as `pods`, `pods/status`, `pods/*`, `*/scale`, `*` or `*/*`; none may be covered by an earlier one.
function validateResources(resources: string[], field: string, problems: Problems): void {
  if (resources.length === 0) problems.required(field);
  const whole = new Set<string>();
  const everywhere = new Set<string>();
  let plain = false;
  resources.forEach((resource, i) => {
    if (!resource) return problems.required(`${field}[${i}]`);
    const slash = resource.indexOf("/");
    if (slash < 0) {
      plain = resource !== "*";
      return;
    }
    const [name, subresource] = [resource.slice(0, slash), resource.slice(slash + 1)];
    if (whole.has(name)) problems.invalid(`${field}[${i}]`, resource, `if '${name}/*' is present, must not specify ${resource}`);
    if (everywhere.has(subresource)) problems.invalid(`${field}[${i}]`, resource, `if '*/${subresource}' is present, must not specify ${resource}`);
    if (subresource === "*") whole.add(name);
    if (name === "*") everywhere.add(subresource);
  });
  if (resources.length > 1 && resources.includes("*/*")) problems.invalid(field, resources, "if '*/*' is present, must not specify other resources");
  if (resources.includes("*") && plain)
    problems.invalid(field, resources, "if '*' is present, must not specify other resources without subresources");
}

/** What expressions about a request may refer to. */
export const requestVariables = ["object", "oldObject", "request", "authorizer", "namespaceObject"];

export function validateExpression(text: string, variables: string[], field: string, problems: Problems): void {
  const problem = compilationProblem(text, Object.fromEntries(variables.map((name) => [name, undefined])));
  if (problem) problems.invalid(field, text, problem);
}

export function validateMatchConditions(conditions: MatchCondition[] = [], variables: string[], path: string, problems: Problems): void {
  if (conditions.length > mostConditions) problems.tooMany(path, conditions.length, mostConditions);
  const names = new Set<string>();
  conditions.forEach(({ name, expression }, i) => {
    if (!expression?.trim()) problems.required(`${path}[${i}].expression`);
    else validateExpression(expression.trim(), variables, `${path}[${i}].expression`, problems);
    if (!name) return problems.required(`${path}[${i}].name`);
    problems.invalidEach(`${path}[${i}].name`, name, qualifiedName(name));
    if (names.has(name)) problems.duplicate(`${path}[${i}].name`, name);
    names.add(name);
  });
}

/** Which objects a policy or a binding is about; defaults are set. */
export function validateMatchResources(match: MatchResources, path: string, problems: Problems): void {
  validateMatchPolicy(match.matchPolicy, path, problems);
  validateLabelSelector(match.namespaceSelector, `${path}.namespaceSelector`, problems);
  validateLabelSelector(match.objectSelector, `${path}.objectSelector`, problems);
  match.resourceRules?.forEach((rule, i) => validateNamedRule(rule, `${path}.resourceRules[${i}]`, problems));
  match.excludeResourceRules?.forEach((rule, i) => validateNamedRule(rule, `${path}.excludeResourceRules[${i}]`, problems));
}

function validateNamedRule(rule: NamedRuleWithOperations, path: string, problems: Problems): void {
  rule.resourceNames?.forEach((name, i) => {
    problems.invalidEach(`${path}.resourceNames[${i}]`, name, pathSegmentName(name));
    if (rule.resourceNames!.indexOf(name) < i) problems.duplicate(`${path}.resourceNames[${i}]`, name);
  });
  validateRule(rule, path, problems);
}
