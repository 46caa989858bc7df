import type { MutatingWebhook, ValidatingWebhook } from "../../../../shared/kubernetes/types.ts";
import type { StatusError } from "../../../api/statusError.ts";
import type { WebhookCaller } from "../../outbound/webhookCaller.ts";
import { badRequest, internalError } from "../../request/statusErrors.ts";
import type { StrategyContext } from "../../strategy.ts";
import { requestVariables, unmetCondition } from "../policyExpressions.ts";
import { refusal } from "../refusal.ts";
import { matchesRequest } from "../requestMatching.ts";
import type { AdmissionAttributes } from "../types.ts";
import { type Decision, decisionOf, reviewOf } from "./review.ts";

export type Webhook = MutatingWebhook | ValidatingWebhook;

const versions = ["v1", "v1beta1"];

/** Nobody can lock himself out of the configurations. */
const isExempt = ({ resource }: AdmissionAttributes): boolean => resource.group === "admissionregistration.k8s.io";

/**
 * The webhooks that this request concerns, in order of their configurations' names.
 * @throws Forbidden when a match condition can't be judged and the webhook does not let that pass
 */
export async function webhooksFor<W extends Webhook>(
  configurations: { metadata: { name: string }; webhooks?: W[] }[],
  attributes: AdmissionAttributes,
  context: StrategyContext,
): Promise<W[]> {
  if (configurations.length === 0 || isExempt(attributes)) return [];
  const found: W[] = [];
  const byName = [...configurations].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  for (const webhook of byName.flatMap(({ webhooks = [] }) => webhooks)) {
    const { rules: resourceRules = [], matchPolicy, namespaceSelector, objectSelector } = webhook;
    if (resourceRules.length === 0) continue;
    const match = {
      resourceRules,
      ...(matchPolicy && { matchPolicy }),
      ...(namespaceSelector && { namespaceSelector }),
      ...(objectSelector && { objectSelector }),
    };
    if ((await matchesRequest(match, attributes, context)) && (await meetsConditions(webhook, attributes, context))) found.push(webhook);
  }
  return found;
}

async function meetsConditions(webhook: Webhook, attributes: AdmissionAttributes, context: StrategyContext): Promise<boolean> {
  if (!webhook.matchConditions?.length) return true;
  const unmet = unmetCondition(webhook, await requestVariables(attributes, context));
  if (!unmet?.error) return !unmet;
  if (webhook.failurePolicy === "Ignore") return false;
  throw refusal(attributes, `expression '${unmet.expression}' resulted in error: ${unmet.error.message}`);
}

/**
 * Asks one webhook. Undefined when it could not be asked and lets that pass.
 * @throws StatusError when it could not be asked
 */
export async function ask(
  webhook: Webhook,
  attributes: AdmissionAttributes,
  context: StrategyContext,
  call: WebhookCaller,
): Promise<Decision | undefined> {
  const { name, clientConfig, timeoutSeconds = 10, admissionReviewVersions, sideEffects } = webhook;
  if (context.dryRun && sideEffects !== "None" && sideEffects !== "NoneOnDryRun")
    throw badRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`);
  const version = admissionReviewVersions.find((each) => versions.includes(each)) ?? "v1";
  const review = reviewOf(attributes, version);
  try {
    const decision = decisionOf(await call(clientConfig, review, timeoutSeconds * 1000), version, review.request.uid);
    for (const warning of decision.warnings) context.warn(warning);
    return decision;
  } catch (error) {
    if (webhook.failurePolicy === "Ignore") return undefined;
    throw failure(name, error as Error);
  }
}

export const failure = (name: string, { message }: Error): StatusError => internalError(`failed calling webhook ${JSON.stringify(name)}: ${message}`);
