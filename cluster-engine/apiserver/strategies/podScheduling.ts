import type {
  Affinity,
  LabelSelector,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinityTerm,
  PodAntiAffinity,
  Toleration,
  TopologySpreadConstraint,
} from "../../../shared/kubernetes/types.ts";
import { dns1123Label, dns1123Subdomain, labelValueErrors, qualifiedName } from "../../api/names.ts";
import { validateLabelSelector } from "./labelSelectors.ts";
import type { Problems } from "./problems.ts";

const taintEffects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
const tolerationOperators = ["Equal", "Exists"];
const scheduleActions = ["DoNotSchedule", "ScheduleAnyway"];
const inclusionPolicies = ["Honor", "Ignore"];
const required = "requiredDuringSchedulingIgnoredDuringExecution";
const preferred = "preferredDuringSchedulingIgnoredDuringExecution";
const badOperator = "not a valid selector operator";
const badWeight = "must be in the range 1-100";

export function validateAffinity(affinity: Affinity | undefined, path: string, problems: Problems): void {
  const node = affinity?.nodeAffinity;
  if (node?.[required]) validateNodeSelector(node[required], `${path}.nodeAffinity.${required}`, problems, true);
  node?.[preferred]?.forEach((term, i) => {
    const at = `${path}.nodeAffinity.${preferred}[${i}]`;
    if (term.weight <= 0 || term.weight > 100) problems.invalid(`${at}.weight`, term.weight, badWeight);
    validateNodeSelectorTerm(term.preference, `${at}.preference`, problems, false);
  });
  validatePodAffinity(affinity?.podAffinity, `${path}.podAffinity`, problems);
  validatePodAffinity(affinity?.podAntiAffinity, `${path}.podAntiAffinity`, problems);
}

/** `values`: whether values must be label values (not so in preferences). */
export function validateNodeSelector(selector: NodeSelector, path: string, problems: Problems, values: boolean): void {
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) return problems.required(`${path}.nodeSelectorTerms`, "must have at least one node selector term");
  terms.forEach((term, i) => validateNodeSelectorTerm(term, `${path}.nodeSelectorTerms[${i}]`, problems, values));
}

function validateNodeSelectorTerm(term: NodeSelectorTerm, path: string, problems: Problems, values: boolean): void {
  term?.matchExpressions?.forEach((requirement, i) => validateNodeRequirement(requirement, `${path}.matchExpressions[${i}]`, problems, values));
  term?.matchFields?.forEach((requirement, i) => validateNodeField(requirement, `${path}.matchFields[${i}]`, problems));
}

function validateNodeRequirement(
  { key, operator, values = [] }: NodeSelectorRequirement,
  path: string,
  problems: Problems,
  checkValues: boolean,
): void {
  switch (operator as string) {
    case "In":
    case "NotIn":
      if (values.length === 0) problems.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
      break;
    case "Exists":
    case "DoesNotExist":
      if (values.length > 0) problems.forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
      break;
    case "Gt":
    case "Lt":
      if (values.length !== 1) problems.required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'");
      break;
    default:
      problems.invalid(`${path}.operator`, operator, badOperator);
  }
  problems.invalidEach(`${path}.key`, key, qualifiedName(key));
  if (checkValues) values.forEach((value, i) => problems.invalidEach(`${path}.values[${i}]`, value, labelValueErrors(value)));
}

function validateNodeField({ key, operator, values = [] }: NodeSelectorRequirement, path: string, problems: Problems): void {
  if (operator !== "In" && operator !== "NotIn") problems.invalid(`${path}.operator`, operator, badOperator);
  else if (values.length !== 1)
    problems.required(`${path}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
  if (key !== "metadata.name") problems.invalid(`${path}.key`, key, "not a valid field selector key");
  else values.forEach((value, i) => problems.invalidEach(`${path}.values[${i}]`, value, dns1123Subdomain(value)));
}

function validatePodAffinity(affinity: PodAntiAffinity | undefined, path: string, problems: Problems): void {
  affinity?.[required]?.forEach((term, i) => validatePodAffinityTerm(term, `${path}.${required}[${i}]`, problems));
  affinity?.[preferred]?.forEach(({ weight, podAffinityTerm }, i) => {
    const at = `${path}.${preferred}[${i}]`;
    if (weight <= 0 || weight > 100) problems.invalid(`${at}.weight`, weight, badWeight);
    validatePodAffinityTerm(podAffinityTerm, `${at}.podAffinityTerm`, problems);
  });
}

function validatePodAffinityTerm(term: PodAffinityTerm, path: string, problems: Problems): void {
  validateLabelSelector(term.labelSelector, `${path}.labelSelector`, problems);
  validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`, problems);
  for (const name of term.namespaces ?? []) problems.invalidEach(`${path}.namespace`, name, dns1123Label(name));
  validateMatchLabelKeys(term, path, problems);
  if (!term.topologyKey) problems.required(`${path}.topologyKey`, "can not be empty");
  problems.invalidEach(`${path}.topologyKey`, term.topologyKey, qualifiedName(term.topologyKey));
}

interface LabelKeys {
  labelSelector?: LabelSelector;
  matchLabelKeys?: string[];
  mismatchLabelKeys?: string[];
}

/** matchLabelKeys and mismatchLabelKeys, after they were merged into the selector. */
function validateMatchLabelKeys({ labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] }: LabelKeys, path: string, problems: Problems): void {
  for (const [field, keys] of [
    ["matchLabelKeys", matchLabelKeys],
    ["mismatchLabelKeys", mismatchLabelKeys],
  ] as const) {
    if (keys.length > 0 && !labelSelector) problems.forbidden(`${path}.${field}`, "must not be specified when labelSelector is not set");
    keys.forEach((key, i) => problems.invalidEach(`${path}.${field}[${i}]`, key, qualifiedName(key)));
  }
  const selected = new Set(Object.keys(labelSelector?.matchLabels ?? {}));
  for (const { key } of labelSelector?.matchExpressions ?? []) {
    const i = matchLabelKeys.indexOf(key);
    if (i >= 0 && selected.has(key)) problems.invalid(`${path}[${i}]`, key, "exists in both matchLabelKeys and labelSelector");
    selected.add(key);
  }
  matchLabelKeys.forEach((key, i) => {
    if (mismatchLabelKeys.includes(key)) problems.invalid(`${path}.matchLabelKeys[${i}]`, key, "exists in both matchLabelKeys and mismatchLabelKeys");
  });
}

export function validateTopologySpread(constraints: TopologySpreadConstraint[] | undefined, path: string, problems: Problems): void {
  constraints?.forEach((constraint, i) => {
    const at = `${path}[${i}]`;
    const { maxSkew, topologyKey, whenUnsatisfiable, minDomains } = constraint;
    if (maxSkew <= 0) problems.invalid(`${at}.maxSkew`, maxSkew, "must be greater than zero");
    if (!topologyKey) problems.required(`${at}.topologyKey`, "can not be empty");
    if (!scheduleActions.includes(whenUnsatisfiable)) problems.notSupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable, scheduleActions);
    if (constraints.slice(i + 1).some((later) => later.topologyKey === topologyKey && later.whenUnsatisfiable === whenUnsatisfiable)) {
      problems.duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`);
    }
    if (minDomains !== undefined) {
      if (minDomains <= 0) problems.invalid(`${at}.minDomains`, minDomains, "must be greater than zero");
      if (whenUnsatisfiable !== "DoNotSchedule")
        problems.invalid(`${at}.minDomains`, minDomains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`);
    }
    for (const field of ["nodeAffinityPolicy", "nodeTaintsPolicy"] as const) {
      const policy = constraint[field];
      if (policy !== undefined && !inclusionPolicies.includes(policy)) problems.notSupported(`${at}.${field}`, policy, inclusionPolicies);
    }
    validateMatchLabelKeys(constraint, at, problems);
    validateLabelSelector(constraint.labelSelector, `${at}.labelSelector`, problems);
  });
}

export function validateTaintEffect(effect: string | undefined, field: string, problems: Problems): void {
  if (!effect) problems.required(field);
  else if (!taintEffects.includes(effect)) problems.notSupported(field, effect, taintEffects);
}

export function validateTolerations(tolerations: Toleration[] | undefined, path: string, problems: Problems): void {
  tolerations?.forEach((toleration, i) => {
    const at = `${path}[${i}]`;
    const { key, operator = "", effect = "", value = "", tolerationSeconds } = toleration;
    if (key) problems.invalidEach(`${at}.key`, key, qualifiedName(key));
    else if (operator !== "Exists")
      problems.invalid(`${at}.operator`, operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"');
    if (tolerationSeconds !== undefined && effect !== "NoExecute")
      problems.invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
    if (operator === "Exists") {
      if (value) problems.invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'");
    } else if (operator === "Equal" || operator === "") {
      const messages = labelValueErrors(value);
      if (messages.length > 0) problems.invalid(`${at}.operator`, value, messages.join(";"));
    } else
      problems.notSupported(
        `${at}.operator`,
        operator,
        operator === "Lt" || operator === "Gt" ? [...tolerationOperators, "Lt", "Gt"] : tolerationOperators,
      );
    if (effect) validateTaintEffect(effect, `${at}.effect`, problems);
  });
}
