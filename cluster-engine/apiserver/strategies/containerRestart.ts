import type { Container } from "../../../shared/kubernetes/types.ts";
import type { Problems } from "./problems.ts";

const policies = ["Always", "Never", "OnFailure"];
const operators = ["In", "NotIn"];
const actions = ["Restart", "RestartAllContainers"];
const mostRules = 20;
const mostExitCodes = 255;

/** restartPolicy and restartPolicyRules of a container (KEP-5307). */
export function validateContainerRestart(container: Container, path: string, problems: Problems): void {
  const { restartPolicy, restartPolicyRules: rules = [] } = container;
  if (restartPolicy === undefined) {
    if (rules.length === 0) return;
    problems.required(`${path}.restartPolicy`, "must specify restartPolicy when restart rules are used");
  } else if (!policies.includes(restartPolicy)) problems.notSupported(`${path}.restartPolicy`, restartPolicy, policies);
  if (rules.length > mostRules) problems.tooMany(`${path}.restartPolicyRules`, rules.length, mostRules);
  rules.forEach((rule, i) => {
    const at = `${path}.restartPolicyRules[${i}]`;
    if (!actions.includes(rule.action)) problems.notSupported(`${at}.action`, rule.action, actions);
    if (!rule.exitCodes) return problems.required(`${at}.exitCodes`, "must be specified");
    if (!operators.includes(rule.exitCodes.operator)) problems.notSupported(`${at}.exitCodes.operator`, rule.exitCodes.operator, operators);
    const count = rule.exitCodes.values?.length ?? 0;
    if (count > mostExitCodes) problems.tooMany(`${at}.exitCodes.values`, count, mostExitCodes);
  });
}

export function validateInitContainerRestart(container: Container, path: string, problems: Problems): void {
  if (container.restartPolicy !== undefined) return validateContainerRestart(container, path, problems);
  if (container.restartPolicyRules?.length) problems.required(`${path}.restartPolicy`, "must specify restartPolicy when restart rules are used");
}
