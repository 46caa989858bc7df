// What the provisioner of local volumes may do: Kubernetes' own role for external provisioners, and what it lacks for
// finalizers, nodes and the default class.

const name = "system:wherry:volume-provisioner";
const metadata = { name, labels: { "kubernetes.io/bootstrapping": "rbac-defaults" } };

export const storageRights = {
  clusterRoles: [
    {
      metadata,
      rules: [
        { apiGroups: [""], resources: ["persistentvolumes"], verbs: ["create", "delete", "get", "list", "patch", "watch"] },
        { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: ["get", "list", "update", "watch"] },
        { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] },
        { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["create", "get", "list", "watch"] },
        { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: ["create", "patch", "update"] },
      ],
    },
  ],
  clusterRoleBindings: [
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
      subjects: [{ kind: "ServiceAccount", name: "volume-provisioner", namespace: "kube-system" }],
    },
  ],
};
