import type { ClusterRole, ClusterRoleBinding, RbacV1Subject, Role, RoleBinding } from "../../../shared/kubernetes/types.ts";
import * as R from "../../api/resources.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { pathSegmentName } from "./nameRules.ts";

const group = "rbac.authorization.k8s.io";

function defaultBinding(binding: RoleBinding | ClusterRoleBinding): void {
  binding.roleRef.apiGroup ||= group;
  for (const subject of (binding.subjects ?? []) as RbacV1Subject[]) if (subject.kind === "User" || subject.kind === "Group") subject.apiGroup ||= group;
}

export const roles = kindStrategy<Role>(R.Roles, { name: pathSegmentName, strategy: { allowCreateOnUpdate: true } });
export const clusterRoles = kindStrategy<ClusterRole>(R.ClusterRoles, { name: pathSegmentName, strategy: { allowCreateOnUpdate: true } });
export const roleBindings = kindStrategy<RoleBinding>(R.RoleBindings, { name: pathSegmentName, defaults: defaultBinding, strategy: { allowCreateOnUpdate: true } });
export const clusterRoleBindings = kindStrategy<ClusterRoleBinding>(R.ClusterRoleBindings, {
  name: pathSegmentName,
  defaults: defaultBinding,
  strategy: { allowCreateOnUpdate: true },
});
