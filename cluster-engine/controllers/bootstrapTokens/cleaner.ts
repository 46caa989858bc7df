import { Secrets } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import { loopOptions, type Controller } from "../types.ts";
import { expirationOf, isBootstrapToken } from "./bootstrapToken.ts";

/** Deletes bootstrap tokens whose time is over. */
export const tokenCleaner: Controller = {
  name: "token-cleaner-controller",
  account: "token-cleaner",
  start(context) {
    const secrets = context.informers.of(Secrets);
    return runReconciler({
      ...loopOptions(context),
      name: "token-cleaner",
      workers: 1,
      sources: [source(secrets, (secret) => (isBootstrapToken(secret) ? [`${secret.metadata.namespace}/${secret.metadata.name}`] : []))],
      async reconcile(key, { client }) {
        const secret = secrets.get(key);
        if (!secret) return;
        const left = expirationOf(secret) - context.clock.now();
        if (left === Number.POSITIVE_INFINITY) return;
        if (left > 0) return { requeueAfter: left };
        try {
          await client.resource(Secrets).delete(secret.metadata, { preconditions: { uid: secret.metadata.uid } });
        } catch (error) {
          if (!hasReason(error, "NotFound")) throw error;
        }
      },
    });
  },
};
