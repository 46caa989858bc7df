import type { ClusterRole, ClusterRoleBinding, PolicyRule, RbacV1Subject, Role, RoleBinding, RoleRef } from "../../../shared/kubernetes/types.ts";
import * as R from "../../api/resources.ts";
import { dns1123Subdomain, pathSegmentName as segmentName } from "../../api/names.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { isUsableSelector, validateLabelSelector } from "./labelSelectors.ts";
import { pathSegmentName } from "./nameRules.ts";
import type { Problems } from "./problems.ts";

const group = "rbac.authorization.k8s.io";
const strategy = { allowCreateOnUpdate: true };

export const roles = kindStrategy<Role>(R.Roles, {
  name: pathSegmentName,
  validate: ({ rules }, problems) => validateRules(rules, true, problems),
  strategy,
});

export const clusterRoles = kindStrategy<ClusterRole>(R.ClusterRoles, {
  name: pathSegmentName,
  validate({ rules, aggregationRule }, problems) {
    validateRules(rules, false, problems);
    if (!aggregationRule) return;
    const path = "aggregationRule.clusterRoleSelectors";
    const selectors = aggregationRule.clusterRoleSelectors ?? [];
    if (selectors.length === 0) problems.required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil");
    selectors.forEach((selector, i) => {
      validateLabelSelector(selector, `${path}[${i}]`, problems);
      if (!isUsableSelector(selector)) problems.invalid(`${path}[${i}]`, null, "invalid label selector.");
    });
  },
  strategy,
});

function validateRules(rules: PolicyRule[] | undefined | null, namespaced: boolean, problems: Problems): void {
  rules?.forEach((rule, i) => {
    const at = (field: string): string => `rules[${i}].${field}`;
    if (!rule.verbs?.length) problems.required(at("verbs"), "verbs must contain at least one value");
    if (rule.nonResourceURLs?.length) {
      if (namespaced) problems.invalid(at("nonResourceURLs"), rule.nonResourceURLs, "namespaced rules cannot apply to non-resource URLs");
      if (rule.apiGroups?.length || rule.resources?.length || rule.resourceNames?.length) {
        problems.invalid(at("nonResourceURLs"), rule.nonResourceURLs, "rules cannot apply to both regular resources and non-resource URLs");
      }
      return;
    }
    if (!rule.apiGroups?.length) problems.required(at("apiGroups"), "resource rules must supply at least one api group");
    if (!rule.resources?.length) problems.required(at("resources"), "resource rules must supply at least one resource");
  });
}

type Binding = RoleBinding | ClusterRoleBinding;

function defaultBinding({ roleRef, subjects }: Binding): void {
  roleRef.apiGroup ||= group;
  for (const subject of (subjects ?? []) as RbacV1Subject[]) if (subject.kind === "User" || subject.kind === "Group") subject.apiGroup ||= group;
}

function validateBinding(binding: Binding, kinds: string[], old: Binding | undefined, problems: Problems): void {
  const { roleRef } = binding;
  if (roleRef.apiGroup !== group) problems.notSupported("roleRef.apiGroup", roleRef.apiGroup, [group]);
  if (!kinds.includes(roleRef.kind)) problems.notSupported("roleRef.kind", roleRef.kind, kinds);
  if (!roleRef.name) problems.required("roleRef.name");
  else problems.invalidEach("roleRef.name", roleRef.name, segmentName(roleRef.name));
  (binding.subjects as RbacV1Subject[] | undefined)?.forEach((subject, i) =>
    validateSubject(subject, kinds.includes("Role"), `subjects[${i}]`, problems),
  );
  if (old && !sameRole(roleRef, old.roleRef)) {
    problems.invalid("roleRef", { APIGroup: roleRef.apiGroup, Kind: roleRef.kind, Name: roleRef.name }, "cannot change roleRef");
  }
}

const sameRole = (a: RoleRef, b: RoleRef): boolean => a.apiGroup === b.apiGroup && a.kind === b.kind && a.name === b.name;

function validateSubject(subject: RbacV1Subject, namespaced: boolean, path: string, problems: Problems): void {
  if (!subject.name) problems.required(`${path}.name`);
  if (subject.kind === "ServiceAccount") {
    if (subject.name) problems.invalidEach(`${path}.name`, subject.name, dns1123Subdomain(subject.name));
    if (subject.apiGroup) problems.notSupported(`${path}.apiGroup`, subject.apiGroup, [""]);
    if (!namespaced && !subject.namespace) problems.required(`${path}.namespace`);
  } else if (subject.kind === "User" || subject.kind === "Group") {
    if (subject.apiGroup !== group) problems.notSupported(`${path}.apiGroup`, subject.apiGroup, [group]);
  } else problems.notSupported(`${path}.kind`, subject.kind, ["ServiceAccount", "User", "Group"]);
}

export const roleBindings = kindStrategy<RoleBinding>(R.RoleBindings, {
  name: pathSegmentName,
  defaults: defaultBinding,
  validate: (binding, problems, old) => validateBinding(binding, ["Role", "ClusterRole"], old, problems),
  strategy,
});

export const clusterRoleBindings = kindStrategy<ClusterRoleBinding>(R.ClusterRoleBindings, {
  name: pathSegmentName,
  defaults: defaultBinding,
  validate: (binding, problems, old) => validateBinding(binding, ["ClusterRole"], old, problems),
  strategy,
});
