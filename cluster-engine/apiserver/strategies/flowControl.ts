import type { FlowSchema, PolicyRulesWithSubjects, PriorityLevelConfiguration } from "../../../shared/kubernetes/types.ts";
import * as R from "../../api/resources.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { dns1123Label, dns1123Subdomain } from "../../api/names.ts";
import { subdomainName } from "./nameRules.ts";
import type { Problems } from "./problems.ts";

const highestPrecedence = 10_000;

export const flowSchemas = kindStrategy<FlowSchema>(R.FlowSchemas, {
  name: subdomainName,
  status: true,
  generation: ["spec"],
  defaults({ spec }) {
    if (spec) spec.matchingPrecedence ||= 1000;
  },
  validate: validateFlowSchema,
});

export const priorityLevelConfigurations = kindStrategy<PriorityLevelConfiguration>(R.PriorityLevelConfigurations, {
  name: subdomainName,
  status: true,
  generation: ["spec"],
  defaults({ spec }) {
    if (spec?.exempt) {
      spec.exempt.nominalConcurrencyShares ??= 0;
      spec.exempt.lendablePercent ??= 0;
    }
    if (!spec?.limited) return;
    spec.limited.nominalConcurrencyShares ??= 30;
    spec.limited.lendablePercent ??= 0;
    const queuing = spec.limited.limitResponse?.queuing;
    if (!queuing) return;
    queuing.handSize ||= 8;
    queuing.queues ||= 64;
    queuing.queueLengthLimit ||= 50;
  },
});

function validateFlowSchema({ metadata, spec }: FlowSchema, problems: Problems): void {
  const { matchingPrecedence = 0, distinguisherMethod, priorityLevelConfiguration, rules } = spec ?? ({} as NonNullable<FlowSchema["spec"]>);
  const field = "spec.matchingPrecedence";
  if (matchingPrecedence <= 0) problems.invalid(field, matchingPrecedence, "must be a positive value");
  if (matchingPrecedence > highestPrecedence) problems.invalid(field, matchingPrecedence, `must not be greater than ${highestPrecedence}`);
  if (matchingPrecedence === 1 && metadata.name !== "exempt")
    problems.invalid(field, matchingPrecedence, "only the schema named 'exempt' may have matchingPrecedence 1");
  if (distinguisherMethod && !["ByNamespace", "ByUser"].includes(distinguisherMethod.type)) {
    problems.notSupported("spec.distinguisherMethod.type", { Type: distinguisherMethod.type }, ["ByNamespace", "ByUser"]);
  }
  const level = priorityLevelConfiguration?.name;
  if (!level) problems.required("spec.priorityLevelConfiguration.name", "must reference a priority level");
  else problems.invalidEach("spec.priorityLevelConfiguration.name", level, dns1123Subdomain(level));
  rules?.forEach((rule, i) => validateFlowRule(rule, `spec.rules[${i}]`, problems));
}

function validateFlowRule({ subjects, resourceRules = [], nonResourceRules = [] }: PolicyRulesWithSubjects, path: string, problems: Problems): void {
  if (!subjects?.length) problems.required(`${path}.subjects`, "subjects must contain at least one value");
  subjects?.forEach((subject, i) => {
    const at = `${path}.subjects[${i}]`;
    const part = { ServiceAccount: "serviceAccount", User: "user", Group: "group" }[subject.kind] as "serviceAccount" | "user" | "group" | undefined;
    if (!part) return problems.notSupported(`${at}.kind`, subject.kind, ["Group", "ServiceAccount", "User"]);
    if (!subject[part]) problems.required(`${at}.${part}`, `${part} is required when subject kind is '${subject.kind}'`);
    else if (!subject[part].name) problems.required(`${at}.${part}.name`);
  });
  if (resourceRules.length + nonResourceRules.length === 0)
    problems.required(path, "at least one of resourceRules and nonResourceRules has to be non-empty");
  resourceRules.forEach((rule, i) => {
    const at = `${path}.resourceRules[${i}]`;
    if (!rule.verbs?.length) problems.required(`${at}.verbs`, "verbs must contain at least one value");
    if (!rule.apiGroups?.length) problems.required(`${at}.apiGroups`, "resource rules must supply at least one api group");
    if (!rule.resources?.length) problems.required(`${at}.resources`, "resource rules must supply at least one resource");
    if (!rule.namespaces?.length && !rule.clusterScope)
      problems.required(`${at}.namespaces`, "resource rules that are not cluster scoped must supply at least one namespace");
    rule.namespaces?.forEach((name, j) => {
      if (name !== "*")
        for (const message of dns1123Label(name))
          problems.invalid(`${at}.namespaces[${j}]`, name, `each member of this list must be '*' or a DNS-1123 label; ${message}`);
    });
  });
  nonResourceRules.forEach((rule, i) => {
    if (!rule.verbs?.length) problems.required(`${path}.nonResourceRules[${i}].verbs`, "verbs must contain at least one value");
    if (!rule.nonResourceURLs?.length)
      problems.required(`${path}.nonResourceRules[${i}].nonResourceURLs`, "nonResourceURLs must contain at least one value");
  });
}
