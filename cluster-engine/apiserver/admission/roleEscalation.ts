import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { ClusterRole, PolicyRule, RbacV1Subject, Role, RoleBinding, RoleRef, UserInfo } from "../../../shared/kubernetes/types.ts";
import { ClusterRoleBindings, ClusterRoles, RoleBindings, Roles } from "../../api/resources.ts";
import { ruleAllows } from "../authorization/rules.ts";
import { notFound } from "../request/statusErrors.ts";
import type { StrategyContext } from "../strategy.ts";
import { sameValue } from "../strategies/problems.ts";
import { refusal } from "./refusal.ts";
import { describeRule, uncoveredRules } from "./ruleCoverage.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./types.ts";

const group = "rbac.authorization.k8s.io";
const everything: PolicyRule[] = [
  { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
  { nonResourceURLs: ["*"], verbs: ["*"] },
];

/** Nobody grants more than he holds. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping */
export const roleEscalation: AdmissionPlugin = {
  name: "RoleEscalation",
  async admit(attributes, context) {
    const { resource, operation, object, oldObject, user } = attributes;
    if (resource.group !== group || !object || (operation !== "CREATE" && operation !== "UPDATE") || user.groups?.includes("system:masters")) return;
    if (oldObject && sameValue(essence(object), essence(oldObject))) return;
    if (resource.resource === "roles" || resource.resource === "clusterroles") await checkRole(attributes, context);
    else await checkBinding(attributes, context);
  },
};

/** All but what the garbage collector changes. */
function essence(object: KubeObject): object {
  const { ownerReferences: _owners, finalizers: _finalizers, managedFields: _fields, resourceVersion: _version, ...metadata } = object.metadata;
  return { ...object, metadata };
}

async function checkRole(attributes: AdmissionAttributes, context: StrategyContext): Promise<void> {
  const role = attributes.object as Role | ClusterRole;
  const old = attributes.oldObject as Role | ClusterRole | undefined;
  const aggregation = "aggregationRule" in role ? role.aggregationRule : undefined;
  const before = old && "aggregationRule" in old ? old.aggregationRule : undefined;
  const aggregates = aggregation !== undefined && !(old && sameValue(aggregation, before));
  if (old && sameValue(role.rules, old.rules) && !aggregates) return;
  const held = await rulesOf(attributes.user, attributes.namespace, context);
  const name = attributes.operation === "CREATE" ? "" : attributes.name;
  if (isAllowed(held, attributes, "escalate", attributes.resource.resource, name)) return;
  if (aggregates && uncoveredRules(held, everything).length > 0)
    throw refusal(attributes, "must have cluster-admin privileges to use an aggregationRule");
  confirm(held, role.rules ?? [], attributes);
}

async function checkBinding(attributes: AdmissionAttributes, context: StrategyContext): Promise<void> {
  const { roleRef } = attributes.object as RoleBinding;
  const held = await rulesOf(attributes.user, attributes.namespace, context);
  const resource = roleRef.kind === "ClusterRole" ? "clusterroles" : "roles";
  if (isAllowed(held, attributes, "bind", resource, roleRef.name)) return;
  const rules = await rulesOfRole(roleRef, attributes.namespace, context);
  if (!rules) throw notFound(attributes.resource, roleRef.name);
  confirm(held, rules, attributes);
}

function confirm(held: PolicyRule[], granted: PolicyRule[], attributes: AdmissionAttributes): void {
  const missing = uncoveredRules(held, granted);
  if (missing.length === 0) return;
  const { username = "", groups = [] } = attributes.user;
  const who = `user ${JSON.stringify(username)} (groups=[${groups.map((name) => JSON.stringify(name)).join(" ")}])`;
  const list = [...new Set(missing.map(describeRule))].sort();
  throw refusal(attributes, `${who} is attempting to grant RBAC permissions not currently held:\n${list.join("\n")}`);
}

function isAllowed(held: PolicyRule[], { user, namespace }: AdmissionAttributes, verb: string, resource: string, name: string): boolean {
  const attributes = { user, verb, group, version: "*", resource, subresource: "", name, namespace, isResourceRequest: true, path: "" };
  return held.some((rule) => ruleAllows(rule, attributes));
}

/** What the user may do in the namespace ("": in the whole cluster). */
async function rulesOf(user: UserInfo, namespace: string, context: StrategyContext): Promise<PolicyRule[]> {
  const everywhere = await context.list(ClusterRoleBindings);
  const here = namespace ? await context.list(RoleBindings, namespace) : [];
  const own = [...everywhere, ...here].filter(({ subjects, metadata }) =>
    subjects?.some((subject) => isSubject(subject, user, metadata.namespace ?? "")),
  );
  const found = await Promise.all(own.map(({ roleRef, metadata }) => rulesOfRole(roleRef, metadata.namespace ?? "", context)));
  return found.flatMap((rules) => rules ?? []);
}

function isSubject(subject: RbacV1Subject, { username, groups }: UserInfo, namespace: string): boolean {
  if (subject.kind === "Group") return !!groups?.includes(subject.name);
  return username === (subject.kind === "ServiceAccount" ? `system:serviceaccount:${subject.namespace ?? namespace}:${subject.name}` : subject.name);
}

async function rulesOfRole({ kind, name }: RoleRef, namespace: string, context: StrategyContext): Promise<PolicyRule[] | undefined> {
  const role = kind === "ClusterRole" ? await context.lookup(ClusterRoles, { name }) : await context.lookup(Roles, { namespace, name });
  return role && ((role.rules as PolicyRule[] | null | undefined) ?? []);
}
