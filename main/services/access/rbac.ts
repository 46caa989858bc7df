import type { AccessSubject, Grant } from "../../../shared/access.ts";
import type { ObjectRef } from "../../../shared/contract.ts";
import type { ClusterRole, ClusterRoleBinding, PolicyRule, RbacV1Subject, Role, RoleBinding } from "../../../shared/kubernetes/types.ts";

/** The RBAC objects of a cluster, or what of them can be read. */
export interface RbacObjects {
  roles: Role[];
  clusterRoles: ClusterRole[];
  roleBindings: RoleBinding[];
  clusterRoleBindings: ClusterRoleBinding[];
}

/** The names under which the API server knows a subject. */
export interface Identity {
  user: string;
  groups: string[];
}

/** A binding with the rules that it gives. */
export interface BoundRole {
  binding: ObjectRef;
  role: ObjectRef;
  /** The role that it names is not there, or can't be read. */
  missing: boolean;
  namespace?: string;
  subjects: AccessSubject[];
  rules: PolicyRule[];
}

const group = "rbac.authorization.k8s.io";
const refOf = (resource: string, name: string, namespace?: string): ObjectRef => ({
  group,
  version: "v1",
  resource,
  ...(namespace ? { namespace } : {}),
  name,
});

/** Every binding, with its role's rules. */
export function boundRoles({ roles, clusterRoles, roleBindings, clusterRoleBindings }: RbacObjects): BoundRole[] {
  const rulesOf = new Map<string, PolicyRule[]>();
  for (const { metadata, rules } of clusterRoles) rulesOf.set(`/${metadata.name}`, rules ?? []);
  for (const { metadata, rules } of roles) rulesOf.set(`${metadata.namespace}/${metadata.name}`, rules ?? []);
  return [...clusterRoleBindings, ...roleBindings].map(({ metadata, roleRef, subjects = [] }): BoundRole => {
    const { name, namespace } = metadata;
    const roleNamespace = roleRef.kind === "Role" ? namespace : undefined;
    const rules = rulesOf.get(`${roleNamespace ?? ""}/${roleRef.name}`);
    return {
      binding: refOf(namespace ? "rolebindings" : "clusterrolebindings", name, namespace),
      role: refOf(roleNamespace ? "roles" : "clusterroles", roleRef.name, roleNamespace),
      missing: rules === undefined,
      ...(namespace ? { namespace } : {}),
      subjects: subjects.flatMap((subject) => subjectOf(subject, namespace)),
      rules: rules ?? [],
    };
  });
}

function subjectOf({ kind, name, namespace }: RbacV1Subject, bindingNamespace: string | undefined): AccessSubject[] {
  if (kind === "ServiceAccount") return [{ kind, name, namespace: namespace || bindingNamespace || "" }];
  return kind === "User" || kind === "Group" ? [{ kind, name }] : [];
}

/** Who a subject is to the API server: service accounts and users are in groups of their own. */
export function identityOf({ kind, name, namespace = "" }: AccessSubject): Identity {
  if (kind === "Group") return { user: "", groups: [name] };
  if (kind === "User") return userIdentity(name);
  return userIdentity(`system:serviceaccount:${namespace}:${name}`);
}

function userIdentity(user: string): Identity {
  const [, kind, namespace] = user.split(":");
  if (user === "system:anonymous") return { user, groups: ["system:unauthenticated"] };
  const own = user.startsWith("system:serviceaccount:") && kind ? ["system:serviceaccounts", `system:serviceaccounts:${namespace ?? ""}`] : [];
  return { user, groups: [...own, "system:authenticated"] };
}

/** Whether a binding's subject stands for this identity. */
export function standsFor(subject: AccessSubject, { user, groups }: Identity): boolean {
  if (subject.kind === "Group") return groups.includes(subject.name);
  return user !== "" && user === (subject.kind === "User" ? subject.name : identityOf(subject).user);
}

const has = (list: readonly string[] | undefined, value: string): boolean => list?.includes("*") === true || list?.includes(value) === true;

/** Whether a rule names the resource (`pods`, or `pods/log`) of a group with the verb; names are looked at apart. */
export function ruleCovers(rule: PolicyRule, { verb, group: apiGroup, resource }: { verb: string; group: string; resource: string }): boolean {
  if (!has(rule.verbs, verb) || !has(rule.apiGroups, apiGroup) || !rule.resources) return false;
  const slash = resource.indexOf("/");
  return has(rule.resources, resource) || (slash >= 0 && rule.resources.includes(`*${resource.slice(slash)}`));
}

/** Whether a rule reaches an object of this name; rules that name objects reach nothing without one. */
export const ruleReaches = ({ resourceNames }: PolicyRule, name: string): boolean => !resourceNames?.length || resourceNames.includes(name);

export const coversAll = ({ verbs, apiGroups, resources, resourceNames }: PolicyRule): boolean =>
  verbs.includes("*") && apiGroups?.includes("*") === true && resources?.includes("*") === true && !resourceNames?.length;

export const grantOf = ({ binding, role, namespace }: BoundRole, subject: AccessSubject, rule: PolicyRule): Grant => ({
  binding,
  role,
  subject,
  ...(namespace ? { namespace } : {}),
  rule: {
    verbs: rule.verbs,
    apiGroups: rule.apiGroups ?? [],
    resources: rule.resources ?? [],
    names: rule.resourceNames ?? [],
    urls: rule.nonResourceURLs ?? [],
  },
});
