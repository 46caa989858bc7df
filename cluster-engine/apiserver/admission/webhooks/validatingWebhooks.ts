import { ValidatingWebhookConfigurations } from "../../../api/resources.ts";
import type { WebhookCaller } from "../../outbound/webhookCaller.ts";
import type { AdmissionPlugin } from "../types.ts";
import { ask, webhooksFor } from "./dispatch.ts";
import { denial } from "./review.ts";

/** Asks all webhooks at once; the first that refuses, in their order, is told. */
export const validatingWebhooks = (call: WebhookCaller): AdmissionPlugin => ({
  name: "ValidatingAdmissionWebhook",
  async validate(attributes, context) {
    const webhooks = await webhooksFor(await context.list(ValidatingWebhookConfigurations), attributes, context);
    const answers = await Promise.allSettled(webhooks.map((webhook) => ask(webhook, attributes, context, call)));
    for (const [i, answer] of answers.entries()) {
      if (answer.status === "rejected") throw answer.reason;
      if (answer.value && !answer.value.allowed) throw denial(webhooks[i]!.name, answer.value.status);
    }
  },
});
