import { Namespaces, ServiceAccounts } from "../api/resources.ts";
import { hasReason } from "../api/statusError.ts";
import { runReconciler, source } from "../client/reconciler.ts";
import { isNamespaceTerminating } from "./podControl.ts";
import { loopOptions, type Controller } from "./types.ts";

const name = "default";

/** Gives every active namespace its ServiceAccount `default`. */
export const serviceAccountController: Controller = {
  name: "serviceaccount-controller",
  account: "service-account-controller",
  start(context) {
    const namespaces = context.informers.of(Namespaces);
    const accounts = context.informers.of(ServiceAccounts);
    return runReconciler({
      ...loopOptions(context),
      name: "serviceaccount",
      sources: [source(namespaces), source(accounts, (account) => (account.metadata.name === name ? [account.metadata.namespace] : []))],
      async reconcile(namespace, { client }) {
        if (namespaces.get(namespace)?.status?.phase === "Terminating" || !namespaces.get(namespace) || accounts.get({ namespace, name })) return;
        try {
          await client.resource(ServiceAccounts).create({ metadata: { name, namespace } });
        } catch (error) {
          if (!hasReason(error, "AlreadyExists") && !isNamespaceTerminating(error)) throw error;
        }
      },
    });
  },
};
