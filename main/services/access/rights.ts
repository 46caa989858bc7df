import {
  type AccessQuestion,
  type AccessRow,
  type AccessSubject,
  type Grant,
  gridVerbs,
  type Reach,
  type RightsMessage,
  type SubjectSummary,
  type WhoCanMessage,
} from "../../../shared/access.ts";
import type { ApiResource } from "../../../shared/contract.ts";
import type { PolicyRule } from "../../../shared/kubernetes/types.ts";
import { type BoundRole, coversAll, grantOf, type Identity, ruleCovers, ruleReaches, standsFor } from "./rbac.ts";

/** A rule and where it holds; no namespace: everywhere. */
export interface ScopedRule {
  namespace?: string;
  rule: PolicyRule;
}

/** What bindings give to an identity. */
export function rulesFor(bound: readonly BoundRole[], identity: Identity): ScopedRule[] {
  return bound
    .filter(({ subjects }) => subjects.some((subject) => standsFor(subject, identity)))
    .flatMap(({ namespace, rules }) => rules.map((rule) => ({ ...(namespace ? { namespace } : {}), rule })));
}

export function bindingsFor(bound: readonly BoundRole[], identity: Identity): RightsMessage["bindings"] {
  return bound.flatMap(({ binding, role, missing, namespace, subjects }) => {
    const subject = subjects.find((each) => standsFor(each, identity));
    return subject ? [{ binding, role, missing, subject, ...(namespace ? { namespace } : {}) }] : [];
  });
}

type Offered = Pick<ApiResource, "group" | "resource" | "kind" | "namespaced" | "subresources">;

/** A row for each resource and subresource. `namespaces`: those that are looked at; none means all. */
export function accessRows(rules: readonly ScopedRule[], resources: readonly Offered[], namespaces: readonly string[]): AccessRow[] {
  const seen = new Set<string>();
  return resources
    .flatMap(({ group, resource, kind, namespaced, subresources }) =>
      [resource, ...subresources.map((name) => `${resource}/${name}`)].map((each) => ({ group, resource: each, kind, namespaced })),
    )
    .filter(({ group, resource }) => !seen.has(`${group} ${resource}`) && seen.add(`${group} ${resource}`))
    .map((row) => ({ ...row, verbs: reaches(rules, row, namespaces) }));
}

function reaches(rules: readonly ScopedRule[], row: Omit<AccessRow, "verbs">, namespaces: readonly string[]): Record<string, Reach> {
  const verbs: Record<string, Reach> = {};
  for (const verb of gridVerbs) {
    const found = reachOf(
      rules.filter(({ rule }) => ruleCovers(rule, { ...row, verb })),
      row.namespaced,
      namespaces,
    );
    if (found) verbs[verb] = found;
  }
  return verbs;
}

/** How far rules reach together. A Role gives nothing of a resource that has no namespaces. */
function reachOf(rules: readonly ScopedRule[], namespaced: boolean, namespaces: readonly string[]): Reach | undefined {
  const whole = rules.filter(({ rule }) => !rule.resourceNames?.length);
  const here = ({ namespace }: ScopedRule) => namespaced && namespace !== undefined && (namespaces.length === 0 || namespaces.includes(namespace));
  if (whole.some(({ namespace }) => namespace === undefined)) return "all";
  const in_ = new Set(whole.filter(here).map(({ namespace }) => namespace!));
  if (namespaces.length > 0 && namespaces.every((namespace) => in_.has(namespace))) return "all";
  if (in_.size > 0) return "some";
  return rules.some((scoped) => scoped.namespace === undefined || here(scoped)) ? "names" : undefined;
}

/** URLs that are no resources; only what holds everywhere can name them. */
export function urlsOf(rules: readonly ScopedRule[]): RightsMessage["urls"] {
  const urls = new Map<string, Set<string>>();
  for (const { namespace, rule } of rules) {
    if (namespace !== undefined) continue;
    for (const url of rule.nonResourceURLs ?? []) urls.set(url, new Set([...(urls.get(url) ?? []), ...rule.verbs]));
  }
  return [...urls].map(([url, verbs]) => ({ url, verbs: [...verbs] })).sort((a, b) => (a.url < b.url ? -1 : 1));
}

const keyOf = ({ kind, namespace = "", name }: AccessSubject): string => `${kind} ${namespace} ${name}`;

/** Everyone that bindings name, and the service accounts that there are. */
export function subjectsOf(bound: readonly BoundRole[], serviceAccounts: readonly { namespace?: string; name: string }[]): SubjectSummary[] {
  const found = new Map<string, SubjectSummary>();
  for (const { namespace = "", name } of serviceAccounts) {
    const subject = { kind: "ServiceAccount" as const, namespace, name };
    found.set(keyOf(subject), { ...subject, bindings: 0, everything: false });
  }
  for (const { subjects, namespace, rules } of bound) {
    for (const subject of subjects) {
      const known = found.get(keyOf(subject)) ?? { ...subject, bindings: 0, everything: false };
      known.bindings++;
      known.everything ||= namespace === undefined && rules.some(coversAll);
      found.set(keyOf(subject), known);
    }
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, subject]) => subject);
}

/** The rules that allow something, one grant a rule; of one identity, or of everyone. */
export function grantsFor(bound: readonly BoundRole[], question: AccessQuestion, identity?: Identity): Grant[] {
  const { namespace, name } = question;
  return bound
    .filter((role) => role.namespace === undefined || namespace === "" || role.namespace === namespace)
    .flatMap((role) => {
      const rules = role.rules.filter((rule) => ruleCovers(rule, question) && (name === "" || ruleReaches(rule, name)));
      const subjects = role.subjects.filter((subject) => !identity || standsFor(subject, identity));
      return subjects.flatMap((subject) => rules.map((rule) => grantOf(role, subject, rule)));
    });
}

/** Everyone that may do it, those that may everywhere first. */
export function whoCan(bound: readonly BoundRole[], question: AccessQuestion): WhoCanMessage["subjects"] {
  const bySubject = new Map<string, WhoCanMessage["subjects"][number]>();
  for (const grant of grantsFor(bound, question)) {
    const key = keyOf(grant.subject);
    const known = bySubject.get(key);
    if (known) known.grants.push(grant);
    else bySubject.set(key, { subject: grant.subject, grants: [grant] });
  }
  const narrow = ({ grants }: WhoCanMessage["subjects"][number]) =>
    Number(grants.every(({ namespace, rule }) => namespace !== undefined || rule.names.length > 0));
  return [...bySubject.entries()].sort(([a, x], [b, y]) => narrow(x) - narrow(y) || (a < b ? -1 : 1)).map(([, subject]) => subject);
}
