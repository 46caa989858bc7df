import type { MutatingWebhook, ServiceReference, ValidatingWebhook } from "../../../shared/kubernetes/types.ts";
import { dns1035Label, dns1123Subdomain, portNumber } from "../../api/names.ts";
import {
  requestVariables,
  validateFailurePolicy,
  validateMatchConditions,
  validateMatchPolicy,
  validateRule,
  validateWord,
} from "./admissionRules.ts";
import { validateLabelSelector } from "./labelSelectors.ts";
import type { Problems } from "./problems.ts";

const reviewVersions = ["v1", "v1beta1"];
const sideEffects = ["None", "NoneOnDryRun"];
const urlForm = "; desired format: https://host[/path]";

/** The webhooks of a configuration: each by itself, and their names. */
export function validateWebhooks(webhooks: (ValidatingWebhook | MutatingWebhook)[] | undefined, problems: Problems): void {
  const names = new Set<string>();
  webhooks?.forEach((webhook, i) => {
    const path = `webhooks[${i}]`;
    validateWebhook(webhook, path, problems);
    validateReviewVersions(webhook.admissionReviewVersions, `${path}.admissionReviewVersions`, problems);
    if (names.has(webhook.name)) problems.duplicate(`${path}.name`, webhook.name);
    if (webhook.name) names.add(webhook.name);
  });
}

function validateWebhook(webhook: ValidatingWebhook | MutatingWebhook, path: string, problems: Problems): void {
  validateQualifiedDomain(webhook.name, `${path}.name`, problems);
  webhook.rules?.forEach((rule, i) => validateRule(rule, `${path}.rules[${i}]`, problems));
  validateFailurePolicy(webhook.failurePolicy, path, problems);
  validateMatchPolicy(webhook.matchPolicy, path, problems);
  if (!webhook.sideEffects) problems.required(`${path}.sideEffects`, `must specify one of ${sideEffects.join(", ")}`);
  else validateWord(webhook.sideEffects, sideEffects, `${path}.sideEffects`, problems);
  const seconds = webhook.timeoutSeconds;
  if (seconds !== undefined && (seconds > 30 || seconds < 1))
    problems.invalid(`${path}.timeoutSeconds`, seconds, "the timeout value must be between 1 and 30 seconds");
  validateLabelSelector(webhook.namespaceSelector, `${path}.namespaceSelector`, problems);
  validateLabelSelector(webhook.objectSelector, `${path}.objectSelector`, problems);
  if ("reinvocationPolicy" in webhook) validateWord(webhook.reinvocationPolicy, ["IfNeeded", "Never"], `${path}.reinvocationPolicy`, problems);
  const { url, service } = webhook.clientConfig ?? {};
  if ((url === undefined) === (service === undefined)) problems.required(`${path}.clientConfig`, "exactly one of url or service is required");
  else if (url !== undefined) validateWebhookURL(url, `${path}.clientConfig.url`, problems);
  else validateService(service!, `${path}.clientConfig.service`, problems);
  validateMatchConditions(webhook.matchConditions, requestVariables, `${path}.matchConditions`, problems);
}

/** `hook.example.com`. */
function validateQualifiedDomain(name: string | undefined, field: string, problems: Problems): void {
  if (!name) return problems.required(field);
  const messages = dns1123Subdomain(name);
  if (messages.length > 0) problems.invalid(field, name, messages.join(","));
  else if (name.split(".").length < 3) problems.invalid(field, name, "should be a domain with at least three segments separated by dots");
}

export function validateWebhookURL(text: string, field: string, problems: Problems): void {
  if (!URL.canParse(text)) {
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1] ?? "";
    if (scheme !== "https") problems.invalid(field, scheme, `'https' is the only allowed URL scheme${urlForm}`);
    return problems.invalid(field, "", `host must be specified${urlForm}`);
  }
  const url = new URL(text);
  if (url.protocol !== "https:") problems.invalid(field, url.protocol.slice(0, -1), `'https' is the only allowed URL scheme${urlForm}`);
  if (!url.host) problems.invalid(field, "", `host must be specified${urlForm}`);
  if (url.username || url.password) {
    problems.invalid(field, url.username + (url.password ? `:${url.password}` : ""), "user information is not permitted in the URL");
  }
  if (url.hash) problems.invalid(field, url.hash.slice(1), "fragments are not permitted in the URL");
  if (url.search) problems.invalid(field, url.search.slice(1), "query parameters are not permitted in the URL");
}

// Kubernetes mixes up the two names; so do its messages, and so do these.
function validateService({ name, namespace, path, port }: ServiceReference, field: string, problems: Problems): void {
  if (!namespace) problems.required(`${field}.name`);
  if (!name) problems.required(`${field}.namespace`);
  const messages = portNumber(port ?? 0);
  if (messages.length > 0) problems.invalid(`${field}.port`, port ?? 0, `port is not valid: ${messages.join(", ")}`);
  if (!path || path === "/") return;
  if (path === "//") return problems.invalid(`${field}.path`, path, "segment[0] may not be empty");
  if (!path.startsWith("/")) problems.invalid(`${field}.path`, path, "must start with a '/'");
  path
    .slice(1)
    .replace(/\/$/, "")
    .split("/")
    .forEach((step, i) => {
      if (!step) return problems.invalid(`${field}.path`, path, `segment[${i}] may not be empty`);
      for (const message of dns1123Subdomain(step)) problems.invalid(`${field}.path`, path, `segment[${i}]: ${message}`);
    });
}

function validateReviewVersions(versions: string[] | undefined, field: string, problems: Problems): void {
  if (!versions?.length) return problems.required(field, `must specify one of ${reviewVersions.join(", ")}`);
  versions.forEach((version, i) => {
    if (versions.indexOf(version) < i) return problems.invalid(`${field}[${i}]`, version, "duplicate version");
    problems.invalidEach(`${field}[${i}]`, version, dns1035Label(version));
  });
  if (!versions.some((version) => reviewVersions.includes(version)))
    problems.invalid(field, versions, `must include at least one of ${reviewVersions.join(", ")}`);
}
