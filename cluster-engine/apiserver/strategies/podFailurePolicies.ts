import type { JobSpec, PodFailurePolicyRule } from "../../../shared/kubernetes/types.ts";
import { qualifiedName } from "../../api/names.ts";
import type { Problems } from "./problems.ts";

const actions = ["Count", "FailIndex", "FailJob", "Ignore"];
const operators = ["In", "NotIn"];
const statuses = ["False", "True", "Unknown"];
const mostRules = 20;
const mostPatterns = 20;
const mostExitCodes = 255;
const listed = (values: string[]): string => `valid values: [${values.map((value) => JSON.stringify(value)).join(" ")}]`;

/** spec.podFailurePolicy of a Job (KEP-3329). */
export function validateFailurePolicy(spec: JobSpec, path: string, problems: Problems): void {
  const rules = spec.podFailurePolicy!.rules ?? [];
  if (rules.length > mostRules) problems.tooMany(`${path}.rules`, rules.length, mostRules);
  rules.forEach((rule, i) => validateRule(rule, spec, `${path}.rules[${i}]`, problems));
}

function validateRule(rule: PodFailurePolicyRule, spec: JobSpec, path: string, problems: Problems): void {
  if (!rule.action) problems.required(`${path}.action`, listed(actions));
  else if (rule.action === "FailIndex") {
    if (spec.backoffLimitPerIndex === undefined) problems.invalid(`${path}.action`, rule.action, "requires the backoffLimitPerIndex to be set");
  } else if (!actions.includes(rule.action)) problems.notSupported(`${path}.action`, rule.action, actions);
  if (rule.onExitCodes) validateExitCodes(rule.onExitCodes, spec, `${path}.onExitCodes`, problems);
  validateConditions(rule, `${path}.onPodConditions`, problems);
  const conditions = (rule.onPodConditions?.length ?? 0) > 0;
  if (rule.onExitCodes && conditions) problems.invalidWithoutValue(path, "specifying both OnExitCodes and OnPodConditions is not supported");
  if (!rule.onExitCodes && !conditions) problems.invalidWithoutValue(path, "specifying one of OnExitCodes and OnPodConditions is required");
}

function validateConditions({ onPodConditions = [] }: PodFailurePolicyRule, path: string, problems: Problems): void {
  if (onPodConditions.length > mostPatterns) problems.tooMany(path, onPodConditions.length, mostPatterns);
  onPodConditions.forEach(({ type, status }, i) => {
    problems.invalidEach(`${path}[${i}].type`, type, qualifiedName(type));
    if (!status) problems.required(`${path}[${i}].status`, listed(statuses));
    else if (!statuses.includes(status)) problems.notSupported(`${path}[${i}].status`, status, statuses);
  });
}

function validateExitCodes(codes: NonNullable<PodFailurePolicyRule["onExitCodes"]>, spec: JobSpec, path: string, problems: Problems): void {
  const { operator, containerName } = codes;
  const values = (codes.values as number[] | undefined) ?? [];
  if (!operator) problems.required(`${path}.operator`, listed(operators));
  else if (!operators.includes(operator)) problems.notSupported(`${path}.operator`, operator, operators);
  const containers = [...(spec.template.spec?.containers ?? []), ...(spec.template.spec?.initContainers ?? [])];
  if (containerName !== undefined && !containers.some((container) => container.name === containerName)) {
    problems.invalid(`${path}.containerName`, containerName, "must be one of the container or initContainer names in the pod template");
  }
  if (!values?.length) problems.invalid(`${path}.values`, values, "at least one value is required");
  else if (values.length > mostExitCodes) problems.tooMany(`${path}.values`, values.length, mostExitCodes);
  const seen = new Set<number>();
  (values ?? []).forEach((value, i) => {
    if (operator === "In" && value === 0) problems.invalid(`${path}.values[${i}]`, value, "must not be 0 for the In operator");
    if (seen.has(value)) problems.duplicate(`${path}.values[${i}]`, value);
    seen.add(value);
  });
  if ((values ?? []).some((value, i) => i > 0 && values[i - 1]! > value)) problems.invalid(`${path}.values`, values, "must be ordered");
}
