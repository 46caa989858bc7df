import type { Secret, ServiceAccount } from "../../shared/kubernetes/types.ts";
import { Secrets, ServiceAccounts } from "../api/resources.ts";
import { hasReason } from "../api/statusError.ts";
import { runReconciler, source } from "../client/reconciler.ts";
import type { Client, Informer } from "../client/types.ts";
import { loopOptions, type Controller } from "./types.ts";

const nameAnnotation = "kubernetes.io/service-account.name";
const uidAnnotation = "kubernetes.io/service-account.uid";
const tokenType = "kubernetes.io/service-account-token";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

const accountOf = (secret: Secret): string | undefined => (secret.type === tokenType ? secret.metadata.annotations?.[nameAnnotation] : undefined);

/** Fills in Secrets that ask for a ServiceAccount's token, and deletes them with the account. */
export const tokenController: Controller = {
  name: "serviceaccount-token-controller",
  // No bootstrap role lets a service account read all Secrets: it acts as the controller manager.
  account: "",
  start(context) {
    const secrets = context.informers.of(Secrets);
    const accounts = context.informers.of(ServiceAccounts);
    const { signToken, rootCA } = context.inputs;
    const secretsOf = (account: ServiceAccount): string[] =>
      secrets
        .list(account.metadata.namespace)
        .filter((secret) => accountOf(secret) === account.metadata.name)
        .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    return runReconciler({
      ...loopOptions(context),
      name: "token",
      sources: [
        source(secrets, (secret) => (accountOf(secret) ? [`${secret.metadata.namespace}/${secret.metadata.name}`] : [])),
        source(accounts, secretsOf),
      ],
      async reconcile(key, { client }) {
        const secret = secrets.get(key);
        if (!secret) return dropReferences(client, accounts, key);
        const name = accountOf(secret);
        if (!name || !signToken || secret.metadata.deletionTimestamp) return;
        const { namespace } = secret.metadata;
        // The cache may be behind: a Secret must not go because its account is new.
        const account = accounts.get({ namespace, name }) ?? (await client.resource(ServiceAccounts).get({ namespace, name }).catch(undefinedIfGone));
        const uid = secret.metadata.annotations?.[uidAnnotation];
        if (!account || (uid && uid !== account.metadata.uid))
          return client.resource(Secrets).delete(secret.metadata, { preconditions: { uid: secret.metadata.uid } });
        if (uid && secret.data?.token && secret.data["ca.crt"] === base64(rootCA) && secret.data.namespace) return;
        const token =
          secret.data?.token ??
          base64(await signToken({ namespace, serviceAccount: { name, uid: account.metadata.uid }, secret: secret.metadata.name }));
        const data = { ...secret.data, "ca.crt": base64(rootCA), namespace: base64(namespace), token };
        const annotations = { ...secret.metadata.annotations, [uidAnnotation]: account.metadata.uid };
        await client.resource(Secrets).update({ ...secret, metadata: { ...secret.metadata, annotations }, data });
      },
    });
  },
};

/** Accounts do not name Secrets that are gone. */
async function dropReferences(client: Client, accounts: Informer<ServiceAccount>, key: string): Promise<void> {
  const [namespace = "", name = ""] = key.split("/");
  for (const account of accounts.list(namespace)) {
    const left = account.secrets?.filter((reference) => reference.name !== name);
    if (!left || left.length === account.secrets!.length) continue;
    await client.resource(ServiceAccounts).update({ ...account, secrets: left.length > 0 ? left : undefined });
  }
}

function undefinedIfGone(error: unknown): undefined {
  if (!hasReason(error, "NotFound")) throw error;
  return undefined;
}
