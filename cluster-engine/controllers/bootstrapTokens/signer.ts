import { createHmac } from "node:crypto";
import type { Secret } from "../../../shared/kubernetes/types.ts";
import { ConfigMaps, Secrets } from "../../api/resources.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import { semanticEqual } from "../equality.ts";
import { loopOptions, type Controller } from "../types.ts";
import { isBootstrapToken, signingToken } from "./bootstrapToken.ts";

const clusterInfo = { namespace: "kube-public", name: "cluster-info" };
const signaturePrefix = "jws-kubeconfig-";
const pass = "cluster-info";

/** Signs the ConfigMap `cluster-info` with each bootstrap token, so that who has one can trust what it says. */
export const bootstrapSigner: Controller = {
  name: "bootstrap-signer-controller",
  account: "bootstrap-signer",
  start(context) {
    const configMaps = context.informers.of(ConfigMaps);
    const secrets = context.informers.of(Secrets);
    return runReconciler({
      ...loopOptions(context),
      name: "bootstrap-signer",
      workers: 1,
      sources: [
        source(configMaps, ({ metadata }) => (metadata.namespace === clusterInfo.namespace && metadata.name === clusterInfo.name ? [pass] : [])),
        source(secrets, (secret) => (isBootstrapToken(secret) ? [pass] : [])),
      ],
      async reconcile(_, { client }) {
        const configMap = configMaps.get(clusterInfo);
        const content = configMap?.data?.["kubeconfig"];
        if (!configMap || content === undefined) return;
        const data = signed(configMap.data!, content, secrets.list("kube-system"), context.clock.now());
        if (!semanticEqual(data, configMap.data)) await client.resource(ConfigMaps).update({ ...configMap, data });
      },
    });
  },
};

/** The data with the signatures of these tokens, and no others. */
export function signed(data: Record<string, string>, content: string, secrets: Secret[], now: number): Record<string, string> {
  const rest = Object.entries(data).filter(([key]) => !key.startsWith(signaturePrefix));
  const tokens = secrets.map((secret) => signingToken(secret, now)).filter((token) => token !== undefined);
  return Object.fromEntries([...rest, ...tokens.map(({ id, key }) => [`${signaturePrefix}${id}`, detachedSignature(content, id, key)] as const)]);
}

/** A JSON Web Signature (HS256) without its content: `header..signature`. */
export function detachedSignature(content: string, id: string, key: string): string {
  const encode = (text: string) => Buffer.from(text).toString("base64url");
  const header = encode(JSON.stringify({ alg: "HS256", kid: id }));
  const mark = createHmac("sha256", key)
    .update(`${header}.${encode(content)}`)
    .digest("base64url");
  return `${header}..${mark}`;
}
