import type { Pod, Secret, ServiceAccount } from "../../shared/kubernetes/types.ts";
import { ConfigMaps, Pods, Secrets, ServiceAccounts } from "../api/resources.ts";
import { hasReason } from "../api/statusError.ts";
import { rfc3339 } from "../base/clock.ts";
import { runReconciler } from "../client/reconciler.ts";
import type { Client } from "../client/types.ts";
import { loopOptions, type Controller, type ControllerContext } from "./types.ts";

const tokenType = "kubernetes.io/service-account-token";
const lastUsedLabel = "kubernetes.io/legacy-token-last-used";
const invalidSinceLabel = "kubernetes.io/legacy-token-invalid-since";
const tracking = { namespace: "kube-system", name: "kube-apiserver-legacy-service-account-token-tracking" };

const day = 86_400_000;
/** ms without use after which a token goes (--legacy-service-account-token-clean-up-period). */
const cleanUpPeriod = 365 * day;
const pass = "tokens";

/** `2026-01-31` */
const dateOf = (ms: number): string => rfc3339(ms).slice(0, 10);
const isDate = (text: string | undefined): text is string =>
  text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));

/**
 * Makes tokens invalid that were generated for accounts and not used for a year, and a year later deletes them (KEP-2799).
 */
export const legacyTokenCleaner: Controller = {
  name: "legacy-serviceaccount-token-cleaner-controller",
  account: "legacy-service-account-token-cleaner",
  start(context) {
    const secrets = context.informers.of(Secrets);
    const accounts = context.informers.of(ServiceAccounts);
    const pods = context.informers.of(Pods);
    const reconciler = runReconciler({
      ...loopOptions(context),
      name: "legacy-token-cleaner",
      workers: 1,
      sources: [],
      reads: [secrets, accounts, pods],
      async reconcile(_, { client }) {
        const now = context.clock.now();
        if (!(await isTrackedLongEnough(client, now))) return { requeueAfter: day };
        for (const secret of secrets.list()) {
          const { namespace } = secret.metadata;
          const account = accounts.get({ namespace, name: secret.metadata.annotations?.["kubernetes.io/service-account.name"] ?? "" });
          if (isUnused(secret, account, now) && !pods.list(namespace).some((pod) => namesSecret(pod, secret.metadata.name)))
            await retire(context, client, secret, now);
        }
        return { requeueAfter: day };
      },
    });
    reconciler.wake(pass);
    return reconciler;
  },
};

/** Counted from the day after tracking began. */
async function isTrackedLongEnough(client: Client, now: number): Promise<boolean> {
  const { data } = await client.resource(ConfigMaps).get(tracking);
  const since = data?.["since"];
  if (!isDate(since)) throw new Error(`the ConfigMap ${tracking.name} does not say since when tokens are tracked`);
  return now >= Date.parse(since) + day + cleanUpPeriod;
}

/** Whether a Secret holds a generated token of the account that nobody has used for a year. */
export function isUnused(secret: Secret, account: ServiceAccount | undefined, now: number): boolean {
  const { metadata, type } = secret;
  const uid = metadata.annotations?.["kubernetes.io/service-account.uid"];
  const generated = account?.secrets?.some(({ name }) => name === metadata.name) && (!uid || uid === account.metadata.uid);
  if (type !== tokenType || !generated || metadata.deletionTimestamp) return false;
  if (Date.parse(metadata.creationTimestamp) >= now - cleanUpPeriod) return false;
  const lastUsed = metadata.labels?.[lastUsedLabel];
  return lastUsed === undefined || (isDate(lastUsed) && lastUsed < dateOf(now - cleanUpPeriod));
}

async function retire({ log }: ControllerContext, client: Client, { metadata }: Secret, now: number): Promise<void> {
  const secrets = client.resource(Secrets);
  const invalidSince = metadata.labels?.[invalidSinceLabel];
  try {
    if (!isDate(invalidSince)) {
      const labels = { [invalidSinceLabel]: dateOf(now) };
      await secrets.patch(metadata, { metadata: { uid: metadata.uid, labels } }, { type: "merge" });
    } else if (invalidSince < dateOf(now - cleanUpPeriod)) {
      await secrets.delete(metadata, { preconditions: { resourceVersion: metadata.resourceVersion } });
    }
  } catch (error) {
    if (!hasReason(error, "NotFound") && !hasReason(error, "Conflict"))
      log.warn("token not retired", { secret: metadata.name, error: String(error) });
  }
}

/** Whether a pod mounts a Secret, reads it into its environment, or pulls images with it. */
export function namesSecret({ spec }: Pod, name: string): boolean {
  const volumes = (spec.volumes ?? []).flatMap(({ secret, projected, csi }) => [
    secret?.secretName,
    ...(projected?.sources ?? []).map((source) => source.secret?.name),
    csi?.nodePublishSecretRef?.name,
  ]);
  const containers = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
  const environment = containers.flatMap(({ env = [], envFrom = [] }) => [
    ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
    ...envFrom.map(({ secretRef }) => secretRef?.name),
  ]);
  const pulls = (spec.imagePullSecrets ?? []).map((secret) => secret.name);
  return [...volumes, ...environment, ...pulls].includes(name);
}
