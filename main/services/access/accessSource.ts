import type { AccessSubject, RightsMessage } from "../../../shared/access.ts";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "../../../shared/kubernetes/types.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { messageOf } from "../errors.ts";
import { freshnessOf } from "../watch/freshness.ts";
import { ScopedCaches } from "../watch/scopedCaches.ts";
import { type BoundRole, boundRoles, type Identity, identityOf } from "./rbac.ts";
import { ownRules, whoAmI } from "./reviews.ts";
import { accessRows, bindingsFor, rulesFor, type ScopedRule, subjectsOf, urlsOf } from "./rights.ts";

const rbacGroup = "rbac.authorization.k8s.io";
const rbac = ["clusterrolebindings", "clusterroles", "rolebindings", "roles"] as const;

type Resource = (typeof rbac)[number] | "serviceaccounts";

/** Most namespaces of which the API server is asked what the user may do there. */
const reviewedNamespaces = 5;

/** The RBAC objects of a cluster by watch; where they are forbidden, what the API server says of the window's own user. */
export class AccessSource implements Disposable {
  readonly #cluster: Cluster;
  readonly #namespaces: string[];
  readonly #wake: () => void;
  readonly #caches: Record<Resource, ScopedCaches>;
  /** What was refused, until it is read: a cache that tries again is loading once more. */
  readonly #refused = new Set<Resource>();
  #bound: BoundRole[] | undefined;
  #me: Identity | undefined;
  #own: ScopedRule[] | undefined;
  #problem: string | undefined;
  #asked = false;

  constructor(cluster: Cluster, namespaces: string[], wake: () => void) {
    this.#cluster = cluster;
    this.#namespaces = namespaces;
    this.#wake = wake;
    const open = (group: string, resource: string) =>
      new ScopedCaches(cluster.caches, { group, version: "v1", resource, table: false }, resource.startsWith("cluster") ? [] : namespaces, {
        changed: () => this.#changed(),
        status: () => this.#statusChanged(),
      });
    this.#caches = {
      clusterrolebindings: open(rbacGroup, "clusterrolebindings"),
      clusterroles: open(rbacGroup, "clusterroles"),
      rolebindings: open(rbacGroup, "rolebindings"),
      roles: open(rbacGroup, "roles"),
      serviceaccounts: open("", "serviceaccounts"),
    };
    this.#statusChanged();
    void this.#askWhoAmI();
    void cluster.resources().then(wake, () => {});
  }

  /** Every binding with its rules. */
  get bound(): BoundRole[] {
    this.#bound ??= boundRoles({
      clusterRoles: this.#all<ClusterRole>("clusterroles"),
      clusterRoleBindings: this.#all<ClusterRoleBinding>("clusterrolebindings"),
      roles: this.#all<Role>("roles"),
      roleBindings: this.#all<RoleBinding>("rolebindings"),
    });
    return this.#bound;
  }

  /** RBAC resources that are forbidden or fail, as `resource.group`. */
  get unread(): string[] {
    return rbac.filter((resource) => this.#refused.has(resource)).map((resource) => `${resource}.${rbacGroup}`);
  }

  /** Whether everything is there, or known not to be. A refusal is no error: what can be told is told. */
  get freshness(): RightsMessage["freshness"] {
    if (this.#problem) return { state: "failed", message: this.#problem };
    const readable = rbac.filter((resource) => !this.#refused.has(resource));
    const shown = (["loading", "stale"] as const).flatMap(
      (state) => readable.find((resource) => this.#caches[resource].status.state === state) ?? [],
    )[0];
    return shown ? freshnessOf(this.#caches[shown].status, { group: rbacGroup, resource: shown }) : { state: "live" };
  }

  /** What a subject may do; the window's own user when none is named. */
  rights(subject: AccessSubject | undefined): RightsMessage {
    const identity = this.identity(subject);
    const reviewed = !subject && this.unread.length > 0;
    if (reviewed && !this.#asked) void this.#askOwnRules();
    const rules = identity ? rulesFor(this.bound, identity) : [];
    if (reviewed) rules.push(...(this.#own ?? []));
    const loading = (!subject && !this.#me && !reviewed) || (reviewed && !this.#own);
    return {
      ...(this.#me ? { me: this.#me } : {}),
      subjects: subjectsOf(
        this.bound,
        this.#all<KubeObject>("serviceaccounts").map(({ metadata }) => metadata),
      ),
      rows: accessRows(rules, this.#cluster.knownResources ?? [], this.#namespaces),
      urls: urlsOf(rules),
      bindings: identity ? bindingsFor(this.bound, identity) : [],
      unread: this.unread,
      reviewed,
      freshness: loading && !this.#problem ? { state: "loading" } : this.freshness,
    };
  }

  /** The subject as the API server knows it; the window's own user when none is named, once it is known. */
  identity(subject: AccessSubject | undefined): Identity | undefined {
    return subject ? identityOf(subject) : this.#me;
  }

  [Symbol.dispose](): void {
    for (const caches of Object.values(this.#caches)) caches[Symbol.dispose]();
  }

  #all<T extends KubeObject>(resource: Resource): T[] {
    return [...this.#caches[resource].entries()].map(({ object }) => object as T);
  }

  #changed(): void {
    this.#bound = undefined;
    this.#wake();
  }

  #statusChanged(): void {
    for (const resource of rbac) {
      const { state } = this.#caches[resource].status;
      if (state === "forbidden" || state === "failed") this.#refused.add(resource);
      if (state === "live") this.#refused.delete(resource);
    }
    this.#changed();
  }

  async #askWhoAmI(): Promise<void> {
    try {
      this.#me = (await whoAmI(this.#cluster)) ?? { user: "", groups: [] };
    } catch (error) {
      this.#problem = messageOf(error);
    }
    this.#wake();
  }

  async #askOwnRules(): Promise<void> {
    this.#asked = true;
    const namespaces = this.#namespaces.length > 0 ? this.#namespaces.slice(0, reviewedNamespaces) : [this.#cluster.namespace];
    try {
      this.#own = (await Promise.all(namespaces.map((namespace) => ownRules(this.#cluster, namespace)))).flat();
    } catch (error) {
      this.#problem = messageOf(error);
    }
    this.#wake();
  }
}
