// What the network part may do beyond kube-proxy's own role: it also serves the host ports of pods and the cluster's DNS.

const metadata = (name: string, namespace?: string) => ({
  name,
  ...(namespace ? { namespace } : {}),
  labels: { "kubernetes.io/bootstrapping": "rbac-defaults" },
});
const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "system:kube-proxy" }];
const roleRef = (kind: string, name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind, name });

const hostPorts = "system:wherry:host-ports";
const clusterDNS = "system:wherry:cluster-dns";

export const networkRights = {
  clusterRoles: [{ metadata: metadata(hostPorts), rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] }] }],
  clusterRoleBindings: [{ metadata: metadata(hostPorts), roleRef: roleRef("ClusterRole", hostPorts), subjects }],
  roles: [
    {
      metadata: metadata(clusterDNS, "kube-system"),
      rules: [
        { apiGroups: [""], resources: ["services"], verbs: ["create"] },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["create", "patch"] },
      ],
    },
  ],
  roleBindings: [{ metadata: metadata(clusterDNS, "kube-system"), roleRef: roleRef("Role", clusterDNS), subjects }],
};
