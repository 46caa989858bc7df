import { ConfigMaps, RoleBindings, Roles } from "./api/resources.ts";
import { hasReason } from "./api/statusError.ts";
import type { ApiServer } from "./apiserver/types.ts";
import { createClient } from "./client/client.ts";
import type { Client } from "./client/types.ts";

const key = { namespace: "kube-public", name: "cluster-info" };
const roleName = "kubeadm:bootstrap-signer-clusterinfo";
const rbac = "rbac.authorization.k8s.io";

/**
 * Publishes where the cluster is and whom to trust, for those who have nothing but a bootstrap token: the ConfigMap
 * `cluster-info` that kubeadm makes. Everyone may read it; the bootstrap signer signs it.
 */
export async function publishClusterInfo({ transport, url }: ApiServer, caCert: string): Promise<void> {
  const client = createClient(transport({ username: "wherry", groups: ["system:masters", "system:authenticated"] }, "wherry"));
  const data = { kubeconfig: kubeconfigOf(url, caCert) };
  await writeConfigMap(client, data);
  const rules = [{ apiGroups: [""], resources: ["configmaps"], resourceNames: [key.name], verbs: ["get"] }];
  const metadata = { namespace: key.namespace, name: roleName };
  await client.resource(Roles).create({ metadata, rules }).catch(unlessThere);
  await client
    .resource(RoleBindings)
    .create({
      metadata,
      roleRef: { apiGroup: rbac, kind: "Role", name: roleName },
      subjects: [{ apiGroup: rbac, kind: "User", name: "system:anonymous" }],
    })
    .catch(unlessThere);
}

async function writeConfigMap(client: Client, data: Record<string, string>): Promise<void> {
  const configMaps = client.resource(ConfigMaps);
  try {
    await configMaps.patch(key, { data }, { type: "merge" });
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
    await configMaps.create({ metadata: key, data });
  }
}

const kubeconfigOf = (url: string, caCert: string): string => `apiVersion: v1
kind: Config
clusters:
  - name: ""
    cluster:
      certificate-authority-data: ${Buffer.from(caCert).toString("base64")}
      server: ${url}
contexts: []
current-context: ""
preferences: {}
users: []
`;

function unlessThere(error: unknown): void {
  if (!hasReason(error, "AlreadyExists")) throw error;
}
