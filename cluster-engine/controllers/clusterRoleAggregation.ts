import type { ClusterRole, PolicyRule } from "../../shared/kubernetes/types.ts";
import { ClusterRoles } from "../api/resources.ts";
import { labelSelectorMatcher } from "../api/selectors.ts";
import { runReconciler, source } from "../client/reconciler.ts";
import { canonicalJson, semanticEqual } from "./equality.ts";
import { loopOptions, type Controller } from "./types.ts";

/** Gives aggregated ClusterRoles the rules of the roles that they select. */
export const clusterRoleAggregationController: Controller = {
  name: "clusterrole-aggregation-controller",
  account: "clusterrole-aggregation-controller",
  start(context) {
    const roles = context.informers.of(ClusterRoles);
    const aggregated = () => roles.list().filter(({ aggregationRule }) => aggregationRule);
    return runReconciler({
      ...loopOptions(context),
      name: "clusterrole-aggregation",
      sources: [source(roles, () => aggregated().map(({ metadata }) => metadata.name))],
      async reconcile(name, { client }) {
        const role = roles.get(name);
        if (!role?.aggregationRule) return;
        const rules = collectRules(role, roles.list());
        if (!semanticEqual(rules, role.rules)) await client.resource(ClusterRoles).update({ ...role, rules });
      },
    });
  },
};

/** The rules of all selected roles, by selector and then by name, each once. */
export function collectRules(role: ClusterRole, roles: ClusterRole[]): PolicyRule[] {
  const others = roles.filter((other) => other.metadata.name !== role.metadata.name).sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const rules = new Map<string, PolicyRule>();
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    const selects = labelSelectorMatcher(selector);
    for (const other of others)
      if (selects(other.metadata.labels))
        for (const rule of other.rules ?? []) if (!rules.has(canonicalJson(rule))) rules.set(canonicalJson(rule), rule);
  }
  return [...rules.values()];
}
