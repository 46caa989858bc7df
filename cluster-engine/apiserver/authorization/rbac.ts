import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RbacV1Subject, UserInfo } from "../../../shared/kubernetes/types.ts";
import type { WatchCache } from "../storage/watchCache.ts";
import type { WatchCaches } from "../storage/watchCaches.ts";
import { keyPrefix } from "../storage/watchCaches.ts";
import { serviceAccountOf } from "../authentication/users.ts";
import type { Attributes, Decision } from "./attributes.ts";
import { ruleAllows } from "./rules.ts";

const group = "rbac.authorization.k8s.io";

interface Grant {
  binding: RoleBinding | ClusterRoleBinding;
  /** The subject that matched. */
  subject: RbacV1Subject;
  /** "" grants in the whole cluster. */
  namespace: string;
}

/** The bindings of each user and group in one namespace (or the cluster), made anew when the bindings change. */
class BindingIndex {
  readonly #cache: WatchCache;
  #generation = -1;
  #bySubject = new Map<string, Grant[]>();

  constructor(cache: WatchCache) {
    this.#cache = cache;
  }

  of(subjectKey: string): Grant[] {
    if (this.#generation !== this.#cache.generation) this.#build();
    return this.#bySubject.get(subjectKey) ?? [];
  }

  #build(): void {
    this.#generation = this.#cache.generation;
    this.#bySubject = new Map();
    for (const stored of this.#cache.list()) {
      const binding = stored.object as RoleBinding | ClusterRoleBinding;
      for (const subject of binding.subjects ?? [])
        this.#add(keyOfSubject(subject, stored.namespace), { binding, subject, namespace: stored.namespace });
    }
  }

  #add(key: string, grant: Grant): void {
    const grants = this.#bySubject.get(key);
    if (grants) grants.push(grant);
    else this.#bySubject.set(key, [grant]);
  }
}

function keyOfSubject(subject: RbacV1Subject, bindingNamespace: string): string {
  if (subject.kind === "ServiceAccount") return `User:system:serviceaccount:${subject.namespace ?? bindingNamespace}:${subject.name}`;
  return `${subject.kind}:${subject.name}`;
}

/** Role based access control over the stored roles and bindings. */
export class Rbac {
  readonly #roles: WatchCache;
  readonly #clusterRoles: WatchCache;
  readonly #roleBindings: BindingIndex;
  readonly #clusterRoleBindings: BindingIndex;

  constructor(caches: WatchCaches) {
    const cacheOf = (resource: string) => caches.of(keyPrefix({ group, resource }));
    this.#roles = cacheOf("roles");
    this.#clusterRoles = cacheOf("clusterroles");
    this.#roleBindings = new BindingIndex(cacheOf("rolebindings"));
    this.#clusterRoleBindings = new BindingIndex(cacheOf("clusterrolebindings"));
  }

  authorize(attributes: Attributes): Decision {
    const problems: string[] = [];
    for (const grant of this.#grants(attributes.user, attributes.namespace)) {
      const rules = this.#rulesOf(grant);
      if (typeof rules === "string") problems.push(rules);
      else if (rules.some((rule) => ruleAllows(rule, attributes))) return { allowed: true, reason: `RBAC: allowed by ${describe(grant)}` };
    }
    return { allowed: false, reason: problems.length ? `RBAC: ${aggregate(problems)}` : "" };
  }

  /** Every rule that holds for the user in the namespace, and what could not be resolved. */
  rulesFor(user: UserInfo, namespace: string): { rules: PolicyRule[]; problems: string[] } {
    const rules: PolicyRule[] = [];
    const problems: string[] = [];
    for (const grant of this.#grants(user, namespace)) {
      const found = this.#rulesOf(grant);
      if (typeof found === "string") problems.push(found);
      else rules.push(...found);
    }
    return { rules, problems };
  }

  *#grants(user: UserInfo, namespace: string): Generator<Grant> {
    const keys = [`User:${user.username ?? ""}`, ...(user.groups ?? []).map((name) => `Group:${name}`)];
    for (const key of keys) yield* this.#clusterRoleBindings.of(key);
    if (!namespace) return;
    for (const key of keys) for (const grant of this.#roleBindings.of(key)) if (grant.namespace === namespace) yield grant;
  }

  /** The rules of the role, or why there are none. */
  #rulesOf({ binding, namespace }: Grant): PolicyRule[] | string {
    const { kind, name } = binding.roleRef;
    const cluster = kind === "ClusterRole";
    const role = cluster ? this.#clusterRoles.get("", name) : this.#roles.get(namespace, name);
    if (!role) return `${kind.toLowerCase()}.${group} "${name}" not found`;
    return (role.object as Role | ClusterRole).rules ?? [];
  }
}

function describe({ binding, subject, namespace }: Grant): string {
  const role = `${binding.roleRef.kind} "${binding.roleRef.name}"`;
  const account = subject.kind === "ServiceAccount" && `ServiceAccount "${subject.name}/${subject.namespace ?? namespace}"`;
  const to = account || `${subject.kind} "${subject.name}"`;
  return namespace
    ? `RoleBinding "${binding.metadata.name}/${namespace}" of ${role} to ${to}`
    : `ClusterRoleBinding "${binding.metadata.name}" of ${role} to ${to}`;
}

const aggregate = (problems: string[]): string => {
  const unique = [...new Set(problems)];
  return unique.length === 1 ? unique[0]! : `[${unique.join(", ")}]`;
};

export const isServiceAccount = (user: UserInfo): boolean => serviceAccountOf(user.username ?? "") !== undefined;
