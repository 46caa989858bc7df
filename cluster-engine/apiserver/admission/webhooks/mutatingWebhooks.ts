import type { KubeObject } from "../../../../shared/kubernetes/object.ts";
import type { MutatingWebhook } from "../../../../shared/kubernetes/types.ts";
import { deepEqual, type JsonObject } from "../../../api/json.ts";
import { applyJsonPatch } from "../../../api/jsonPatch.ts";
import { MutatingWebhookConfigurations } from "../../../api/resources.ts";
import type { WebhookCaller } from "../../outbound/webhookCaller.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../types.ts";
import { ask, failure, webhooksFor } from "./dispatch.ts";
import { type Decision, denial } from "./review.ts";

/** Asks one webhook after another; each sees what those before it made of the object. */
export const mutatingWebhooks = (call: WebhookCaller): AdmissionPlugin => ({
  name: "MutatingAdmissionWebhook",
  async admit(attributes, context) {
    let changed = false;
    for (const webhook of await webhooksFor(await context.list(MutatingWebhookConfigurations), attributes, context)) {
      if (attributes.reinvocation && webhook.reinvocationPolicy !== "IfNeeded") continue;
      const decision = await ask(webhook, attributes, context, call);
      if (!decision) continue;
      if (!decision.allowed) throw denial(webhook.name, decision.status);
      changed = patch(webhook, decision, attributes) || changed;
    }
    return changed;
  },
});

/** True when the object was changed. @throws InternalError for a patch that can't be applied */
function patch(webhook: MutatingWebhook, decision: Decision, attributes: AdmissionAttributes): boolean {
  const { object } = attributes;
  if (decision.patch === undefined) return false;
  if (!object) throw failure(webhook.name, new Error("unsupported object for patch: there is none"));
  let changed: KubeObject;
  try {
    changed = applyJsonPatch(object as unknown as JsonObject, decision.patch) as unknown as KubeObject;
  } catch (error) {
    throw failure(webhook.name, error as Error);
  }
  attributes.setDefaults(changed);
  if (deepEqual(changed, object)) return false;
  for (const key of Object.keys(object)) delete (object as unknown as JsonObject)[key];
  Object.assign(object, changed);
  return true;
}
