import type { APIService, Lease, PodDisruptionBudget, ServiceAccount } from "../../../shared/kubernetes/types.ts";
import * as R from "../../api/resources.ts";
import { dns1035Label, dns1123Subdomain, pathSegmentName, portNumber } from "../../api/names.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { validateLabelSelector } from "./labelSelectors.ts";
import { subdomainName } from "./nameRules.ts";
import type { Problems } from "./problems.ts";
import { validateAmount, validateAtMostAll } from "./rollingUpdates.ts";

const mountableSecrets = "kubernetes.io/enforce-mountable-secrets";

export const serviceAccounts = kindStrategy<ServiceAccount>(R.ServiceAccounts, {
  name: subdomainName,
  strategy: {
    warnings: (account, old) =>
      account.metadata.annotations?.[mountableSecrets] !== undefined && old?.metadata.annotations?.[mountableSecrets] === undefined
        ? [`metadata.annotations[${mountableSecrets}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`]
        : [],
  },
});

export const leases = kindStrategy<Lease>(R.Leases, {
  name: subdomainName,
  validate({ spec }, problems) {
    const { leaseDurationSeconds: seconds, leaseTransitions: transitions, strategy, preferredHolder } = spec ?? {};
    if (seconds !== undefined && seconds <= 0) problems.invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0");
    problems.nonNegative("spec.leaseTransitions", transitions);
    if (preferredHolder && !strategy) problems.forbidden("spec.preferredHolder", "may only be specified if `strategy` is defined");
  },
  strategy: { allowCreateOnUpdate: true, allowUnconditionalUpdate: false },
});

export const podDisruptionBudgets = kindStrategy<PodDisruptionBudget>(R.PodDisruptionBudgets, {
  name: subdomainName,
  status: true,
  generation: ["spec"],
  validate: validateBudget,
  validateStatusUpdate({ status }, _old, problems) {
    for (const field of ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] as const)
      problems.nonNegative(`status.${field}`, status?.[field]);
  },
});

function validateBudget({ spec = {} }: PodDisruptionBudget, problems: Problems): void {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    problems.invalid(
      "spec",
      { MinAvailable: minAvailable, Selector: selector ?? null, MaxUnavailable: maxUnavailable, UnhealthyPodEvictionPolicy: policy ?? null },
      "minAvailable and maxUnavailable cannot be both set",
    );
  }
  for (const [field, amount] of [
    ["minAvailable", minAvailable],
    ["maxUnavailable", maxUnavailable],
  ] as const) {
    validateAmount(amount, `spec.${field}`, problems);
    validateAtMostAll(amount, `spec.${field}`, problems);
  }
  validateLabelSelector(selector, "spec.selector", problems);
  if (policy !== undefined && !["AlwaysAllow", "IfHealthyBudget"].includes(policy))
    problems.notSupported("spec.unhealthyPodEvictionPolicy", policy, ["AlwaysAllow", "IfHealthyBudget"]);
}

export const apiServices = kindStrategy<APIService>(R.APIServices, {
  name: pathSegmentName,
  status: true,
  defaults({ spec }) {
    if (spec?.service) spec.service.port ??= 443;
  },
  prepareForCreate(object) {
    if (object.spec && !object.spec.service) {
      object.status = {
        conditions: [
          {
            type: "Available",
            status: "True",
            reason: "Local",
            message: "Local APIServices are always available",
            lastTransitionTime: object.metadata.creationTimestamp,
          },
        ],
      };
    }
  },
  validate(object, problems) {
    const spec = object.spec;
    const { group = "", version = "" } = spec ?? {};
    const name = `${version}.${group}`;
    if (object.metadata.name !== name)
      problems.invalid("metadata.name", object.metadata.name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`);
    if (!group && version !== "v1") problems.required("spec.group", "only v1 may have an empty group and it better be legacy kube");
    if (group) problems.invalidEach("spec.group", group, dns1123Subdomain(group));
    problems.invalidEach("spec.version", version, dns1035Label(version));
    validatePriorities(spec, problems);
    if (spec?.service) validateService(spec, problems);
  },
});

function validatePriorities(spec: APIService["spec"], problems: Problems): void {
  const { service, caBundle, insecureSkipTLSVerify } = spec ?? {};
  const groupPriorityMinimum = spec?.groupPriorityMinimum ?? 0;
  const versionPriority = spec?.versionPriority ?? 0;
  if (groupPriorityMinimum <= 0 || groupPriorityMinimum > 20_000)
    problems.invalid("spec.groupPriorityMinimum", groupPriorityMinimum, "must be positive and less than 20000");
  if (versionPriority <= 0 || versionPriority > 1000)
    problems.invalid("spec.versionPriority", versionPriority, "must be positive and less than 1000");
  if (service) return;
  if (caBundle) problems.invalid("spec.caBundle", `${Buffer.byteLength(caBundle, "base64")} bytes`, "local APIServices may not have a caBundle");
  if (insecureSkipTLSVerify) problems.invalid("spec.insecureSkipTLSVerify", true, "local APIServices may not have insecureSkipTLSVerify");
}

function validateService(spec: NonNullable<APIService["spec"]>, problems: Problems): void {
  const { namespace, name, port = 443 } = spec.service!;
  if (!namespace) problems.required("spec.service.namespace");
  if (!name) problems.required("spec.service.name");
  const messages = portNumber(port);
  if (messages.length > 0) problems.invalid("spec.service.port", port, `port is not valid: ${messages.join(", ")}`);
  if (spec.insecureSkipTLSVerify && spec.caBundle) problems.invalid("spec.insecureSkipTLSVerify", true, "may not be true if caBundle is present");
}
