import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import bootstrap from "../data/bootstrap.json" with { type: "json" };
import { cloudRights } from "./cloudRights.ts";
import { networkRights } from "./networkRights.ts";
import { storageRights } from "./storageRights.ts";

/** One kind of the objects that every cluster starts with. */
interface ObjectGroup {
  path: string;
  kind: string;
  apiVersion: string;
  objects: Partial<KubeObject>[];
}

const rbac = { apiVersion: "rbac.authorization.k8s.io/v1", path: "/apis/rbac.authorization.k8s.io/v1" };
const flow = { apiVersion: "flowcontrol.apiserver.k8s.io/v1", path: "/apis/flowcontrol.apiserver.k8s.io/v1" };

const group = (path: string, kind: string, apiVersion: string, objects: unknown): ObjectGroup => ({
  path,
  kind,
  apiVersion,
  objects: objects as Partial<KubeObject>[],
});

/** What a new cluster holds, recorded from Kubernetes 1.36. Namespaces come first: others live in them. */
export const clusterObjects: ObjectGroup[][] = [
  [group("/api/v1/namespaces", "Namespace", "v1", bootstrap.namespaces)],
  [
    group(`${rbac.path}/clusterroles`, "ClusterRole", rbac.apiVersion, [
      ...bootstrap.clusterRoles,
      ...networkRights.clusterRoles,
      ...cloudRights.clusterRoles,
      ...storageRights.clusterRoles,
    ]),
    group(`${rbac.path}/clusterrolebindings`, "ClusterRoleBinding", rbac.apiVersion, [
      ...bootstrap.clusterRoleBindings,
      ...networkRights.clusterRoleBindings,
      ...cloudRights.clusterRoleBindings,
      ...storageRights.clusterRoleBindings,
    ]),
    group(`${rbac.path}/namespaces/*/roles`, "Role", rbac.apiVersion, [...bootstrap.roles, ...networkRights.roles, ...cloudRights.roles]),
    group(`${rbac.path}/namespaces/*/rolebindings`, "RoleBinding", rbac.apiVersion, [
      ...bootstrap.roleBindings,
      ...networkRights.roleBindings,
      ...cloudRights.roleBindings,
    ]),
    group("/apis/scheduling.k8s.io/v1/priorityclasses", "PriorityClass", "scheduling.k8s.io/v1", bootstrap.priorityClasses),
    group(`${flow.path}/flowschemas`, "FlowSchema", flow.apiVersion, bootstrap.flowSchemas),
    group(`${flow.path}/prioritylevelconfigurations`, "PriorityLevelConfiguration", flow.apiVersion, bootstrap.priorityLevels),
    group("/apis/apiregistration.k8s.io/v1/apiservices", "APIService", "apiregistration.k8s.io/v1", bootstrap.apiServices),
  ],
];
