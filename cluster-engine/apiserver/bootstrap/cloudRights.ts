// What the cloud controller manager may do, as cloud providers publish it: Kubernetes itself gives it no role.

const name = "system:cloud-controller-manager";
const metadata = (namespace?: string) => ({ name, ...(namespace ? { namespace } : {}), labels: { "kubernetes.io/bootstrapping": "rbac-defaults" } });
const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name }];
const roleRef = (kind: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind, name });

export const cloudRights = {
  clusterRoles: [
    {
      metadata: metadata(),
      rules: [
        { apiGroups: [""], resources: ["events"], verbs: ["create", "patch", "update"] },
        { apiGroups: [""], resources: ["nodes"], verbs: ["delete", "get", "list", "patch", "update", "watch"] },
        { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch", "update"] },
        { apiGroups: [""], resources: ["services"], verbs: ["get", "list", "watch"] },
        { apiGroups: [""], resources: ["services/status"], verbs: ["patch", "update"] },
        { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
        { apiGroups: ["coordination.k8s.io"], resourceNames: ["cloud-controller-manager"], resources: ["leases"], verbs: ["get", "update"] },
      ],
    },
  ],
  clusterRoleBindings: [{ metadata: metadata(), roleRef: roleRef("ClusterRole"), subjects }],
  roles: [
    {
      metadata: metadata("kube-system"),
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["create", "get", "list", "patch", "watch"] }],
    },
  ],
  roleBindings: [{ metadata: metadata("kube-system"), roleRef: roleRef("Role"), subjects }],
};
