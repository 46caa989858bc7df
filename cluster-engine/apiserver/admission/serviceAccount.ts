import type { Container, Pod, PodSpec, ServiceAccount, Volume, VolumeMount } from "../../../shared/kubernetes/types.ts";
import { ServiceAccounts } from "../../api/resources.ts";
import { sleep } from "../../base/clock.ts";
import { nameSuffix } from "../../base/random.ts";
import type { StrategyContext } from "../strategy.ts";
import { refusal } from "./refusal.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./types.ts";

const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
const volumePrefix = "kube-api-access-";
const mirrorAnnotation = "kubernetes.io/config.mirror";
/** The token outlives the hour that the kubelet renews it in by a little, so that API servers can tell these tokens apart. */
const tokenSeconds = 3607;
/** A namespace gets its default account shortly after it was made: how often and how long (ms) to wait for it. */
const attempts = 10;
const interval = 150;

/** Gives pods their ServiceAccount, its token and its pull secrets. */
export const serviceAccount: AdmissionPlugin = {
  name: "ServiceAccount",
  async admit(attributes, context) {
    if (!isPodCreation(attributes)) return;
    const pod = attributes.object as Pod;
    if (pod.metadata.annotations?.[mirrorAnnotation] !== undefined) return refuseMirrorPodWithAccount(attributes);
    const spec = pod.spec!;
    spec.serviceAccountName ||= "default";
    spec.serviceAccount = spec.serviceAccountName;
    const account = await findAccount(attributes, spec.serviceAccountName, context);
    if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(spec, context);
    if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length)
      spec.imagePullSecrets = account.imagePullSecrets.map(({ name }) => ({ name }));
  },
  async validate(attributes, context) {
    if (!isPodCreation(attributes)) return;
    const pod = attributes.object as Pod;
    if (pod.metadata.annotations?.[mirrorAnnotation] !== undefined) return refuseMirrorPodWithAccount(attributes);
    const name = pod.spec?.serviceAccountName;
    if (!name) throw refusal(attributes, `no service account specified for pod ${attributes.namespace}/${pod.metadata.name}`);
    const account = await findAccount(attributes, name, context);
    if (account.metadata.annotations?.["kubernetes.io/enforce-mountable-secrets"] === "true") limitSecrets(attributes, account);
  },
};

const isPodCreation = ({ operation, resource, subresource, object }: AdmissionAttributes): boolean =>
  operation === "CREATE" && resource.group === "" && resource.resource === "pods" && subresource === "" && !!object;

async function findAccount(attributes: AdmissionAttributes, name: string, context: StrategyContext): Promise<ServiceAccount> {
  const { namespace } = attributes;
  for (let attempt = 1; ; attempt++) {
    const account = await context.lookup(ServiceAccounts, { namespace, name });
    if (account) return account;
    if (name !== "default" || attempt === attempts) break;
    await sleep(context.clock, interval);
  }
  throw refusal(attributes, `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`);
}

function mountToken(spec: PodSpec, context: StrategyContext): void {
  const existing = spec.volumes?.find((volume) => volume.name.startsWith(volumePrefix));
  const name = existing?.name ?? volumePrefix + nameSuffix(context.random);
  const mount: VolumeMount = { name, readOnly: true, mountPath };
  let needed = false;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    if (container.volumeMounts?.some((candidate) => candidate.mountPath === mountPath)) continue;
    container.volumeMounts = [...(container.volumeMounts ?? []), { ...mount }];
    needed = true;
  }
  if (!existing && needed) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

const tokenVolume = (name: string): Volume => ({
  name,
  projected: {
    defaultMode: 0o644,
    sources: [
      { serviceAccountToken: { path: "token", expirationSeconds: tokenSeconds } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      { downwardAPI: { items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }] } },
    ],
  },
});

/** Pods that stand for a kubelet's static pods: they have no account and no secrets. */
function refuseMirrorPodWithAccount(attributes: AdmissionAttributes): void {
  const spec = (attributes.object as Pod).spec!;
  if (spec.serviceAccountName) throw refusal(attributes, "a mirror pod may not reference service accounts");
  const secret = spec.volumes?.some((volume) => volume.secret || volume.projected?.sources?.some((source) => source.secret));
  if (secret || spec.imagePullSecrets?.length || containersOf(spec).some(([, container]) => secretsOf(container).length > 0)) {
    throw refusal(attributes, "a mirror pod may not reference secrets");
  }
  if (spec.volumes?.some((volume) => volume.projected?.sources?.some((source) => source.serviceAccountToken))) {
    throw refusal(attributes, "a mirror pod may not use ServiceAccountToken volume projections");
  }
}

const containersOf = (spec: PodSpec): [kind: string, Container][] => [
  ...(spec.initContainers ?? []).map((container): [string, Container] => ["init container", container]),
  ...(spec.containers ?? []).map((container): [string, Container] => ["container", container]),
];

const secretsOf = (container: Container): { from: string; secret: string }[] => [
  ...(container.env ?? []).flatMap(({ name, valueFrom }) =>
    valueFrom?.secretKeyRef ? [{ from: `envVar ${name}`, secret: valueFrom.secretKeyRef.name ?? "" }] : [],
  ),
  ...(container.envFrom ?? []).flatMap(({ secretRef }) => (secretRef ? [{ from: "envFrom", secret: secretRef.name ?? "" }] : [])),
];

/** The annotation kubernetes.io/enforce-mountable-secrets: pods may use only the secrets that their account lists. */
function limitSecrets(attributes: AdmissionAttributes, account: ServiceAccount): void {
  const spec = (attributes.object as Pod).spec!;
  const { name } = account.metadata;
  const allowed = new Set((account.secrets ?? []).map((reference) => reference.name));
  const tail = `is not allowed because service account ${name} does not reference that secret`;
  for (const volume of spec.volumes ?? []) {
    const secret = volume.secret?.secretName;
    if (volume.secret && !allowed.has(secret)) throw refusal(attributes, `volume with secret.secretName="${secret}" ${tail}`);
  }
  for (const [kind, container] of containersOf(spec)) {
    for (const { from, secret } of secretsOf(container)) {
      if (!allowed.has(secret)) throw refusal(attributes, `${kind} ${container.name} with ${from} referencing secret.secretName="${secret}" ${tail}`);
    }
  }
  const pullSecrets = new Set((account.imagePullSecrets ?? []).map((reference) => reference.name));
  spec.imagePullSecrets?.forEach((reference, i) => {
    if (!pullSecrets.has(reference.name)) {
      throw refusal(
        attributes,
        `imagePullSecrets[${i}].name="${reference.name}" is not allowed because service account ${name} does not reference that imagePullSecret`,
      );
    }
  });
}
