import type {
  MatchResources,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  MutatingWebhook,
  MutatingWebhookConfiguration,
  RuleWithOperations,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from "../../../shared/kubernetes/types.ts";
import * as R from "../../api/resources.ts";
import { validateBinding, validateMutatingPolicy, validateValidatingPolicy } from "./admissionPolicies.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { subdomainName } from "./nameRules.ts";
import { validateWebhooks } from "./webhooks.ts";

function defaultWebhook(webhook: ValidatingWebhook | MutatingWebhook): void {
  webhook.failurePolicy ??= "Fail";
  webhook.matchPolicy ??= "Equivalent";
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= 10;
  if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= 443;
  defaultRules(webhook.rules);
}

function defaultRules(rules: RuleWithOperations[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= "*";
}

function defaultMatchResources(match: MatchResources | undefined): void {
  if (!match) return;
  match.matchPolicy ??= "Equivalent";
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  defaultRules(match.resourceRules);
  defaultRules(match.excludeResourceRules);
}

export const validatingWebhookConfigurations = kindStrategy<ValidatingWebhookConfiguration>(R.ValidatingWebhookConfigurations, {
  name: subdomainName,
  generation: ["webhooks"],
  defaults: (object) => object.webhooks?.forEach(defaultWebhook),
  validate: ({ webhooks }, problems) => validateWebhooks(webhooks, problems),
});

export const mutatingWebhookConfigurations = kindStrategy<MutatingWebhookConfiguration>(R.MutatingWebhookConfigurations, {
  name: subdomainName,
  generation: ["webhooks"],
  defaults: (object) =>
    object.webhooks?.forEach((webhook) => {
      defaultWebhook(webhook);
      webhook.reinvocationPolicy ??= "Never";
    }),
  validate: ({ webhooks }, problems) => validateWebhooks(webhooks, problems),
});

export const validatingAdmissionPolicies = kindStrategy<ValidatingAdmissionPolicy>(R.ValidatingAdmissionPolicies, {
  name: subdomainName,
  status: true,
  generation: ["spec"],
  defaults({ spec }) {
    if (!spec) return;
    spec.failurePolicy ??= "Fail";
    defaultMatchResources(spec.matchConstraints);
  },
  validate: validateValidatingPolicy,
});

export const validatingAdmissionPolicyBindings = kindStrategy<ValidatingAdmissionPolicyBinding>(R.ValidatingAdmissionPolicyBindings, {
  name: subdomainName,
  generation: ["spec"],
  defaults: ({ spec }) => defaultMatchResources(spec?.matchResources),
  validate: ({ spec }, problems) => validateBinding(spec ?? {}, true, problems),
});

export const mutatingAdmissionPolicies = kindStrategy<MutatingAdmissionPolicy>(R.MutatingAdmissionPolicies, {
  name: subdomainName,
  generation: ["spec"],
  defaults({ spec }) {
    if (!spec) return;
    spec.failurePolicy ??= "Fail";
    defaultMatchResources(spec.matchConstraints);
  },
  validate: ({ spec }, problems) => validateMutatingPolicy(spec ?? {}, problems),
});

export const mutatingAdmissionPolicyBindings = kindStrategy<MutatingAdmissionPolicyBinding>(R.MutatingAdmissionPolicyBindings, {
  name: subdomainName,
  generation: ["spec"],
  defaults: ({ spec }) => defaultMatchResources(spec?.matchResources),
  validate: ({ spec }, problems) => validateBinding(spec ?? {}, false, problems),
});
