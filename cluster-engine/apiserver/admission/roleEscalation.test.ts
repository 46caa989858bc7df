import { beforeEach, expect, test } from "vitest";
import type { PolicyRule, Role } from "../../../shared/kubernetes/types.ts";
import { emptyCluster, object, refusalOf } from "../strategies/objects.testing.ts";
import type { Writes } from "../strategies/writes.testing.ts";
import { describeRule, uncoveredRules } from "./ruleCoverage.ts";

const group = "rbac.authorization.k8s.io";
const path = `/apis/${group}/v1/namespaces/default`;
const pods: PolicyRule = { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] };
const roles: PolicyRule = { apiGroups: [group], resources: ["roles", "rolebindings"], verbs: ["create", "update"] };

let writes: Writes;
const role = (name: string, rules: PolicyRule[]) => writes.create({ path: `${path}/roles`, body: object(`${group}/v1`, "Role", name, { rules }) });
const bind = (name: string, roleName: string) => {
  const roleRef = { apiGroup: group, kind: "Role", name: roleName };
  const subjects = [{ apiGroup: group, kind: "User", name: "jane" }];
  return writes.create({ path: `${path}/rolebindings`, body: object(`${group}/v1`, "RoleBinding", name, { roleRef, subjects }) });
};

beforeEach(async () => {
  writes = await emptyCluster();
  await role("own", [pods, roles]);
  await role("larger", [{ ...pods, verbs: ["delete"] }]);
  await bind("own", "own");
  writes.user = { username: "jane", groups: ["system:authenticated"] };
});

test("what one holds can be granted", async () => {
  await role("part", [{ ...pods, verbs: ["get"] }]);
  await bind("part", "part");
});

test("more can't", async () => {
  expect(await refusalOf(role("more", [{ ...pods, verbs: ["get", "delete", "watch"] }]))).toBe(
    'roles.rbac.authorization.k8s.io "more" is forbidden: user "jane" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n' +
      '{APIGroups:[""], Resources:["pods"], Verbs:["delete" "watch"]}',
  );
  expect(await refusalOf(bind("more", "larger"))).toContain('{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}');
  expect(await refusalOf(bind("none", "ghost"))).toBe('rolebindings.rbac.authorization.k8s.io "ghost" not found');
});

test("nor by a change", async () => {
  const change = (edit: (found: Role) => void) => refusalOf(writes.update<Role>(`${path}/roles/larger`, edit));
  expect(await change(({ metadata }) => void (metadata.labels = { a: "b" }))).toBeUndefined();
  expect(await change((found) => void found.rules!.push({ ...pods, verbs: ["watch"] }))).toContain("not currently held");
});

test("unless one may escalate or bind", async () => {
  writes.user = { username: "admin", groups: ["system:masters"] };
  await role("trusted", [{ apiGroups: [group], resources: ["roles"], verbs: ["escalate", "bind"] }]);
  await bind("trusted", "trusted");
  writes.user = { username: "jane", groups: [] };
  await role("more", [{ ...pods, verbs: ["watch"] }]);
  await bind("more", "larger");
});

test("wildcards cover what they stand for", () => {
  const all: PolicyRule = { apiGroups: ["*"], resources: ["*"], verbs: ["*"] };
  expect(uncoveredRules([all], [pods])).toEqual([]);
  expect(uncoveredRules([{ ...pods, resources: ["*/status"] }], [{ ...pods, resources: ["pods/status", "pods/log"] }])).toEqual([
    { ...pods, resources: ["pods/log"] },
  ]);
  expect(uncoveredRules([{ ...pods, resourceNames: ["a"] }], [pods])).toEqual([pods]);
  expect(
    uncoveredRules([{ nonResourceURLs: ["/api*"], verbs: ["get"] }], [{ nonResourceURLs: ["/apis", "/x"], verbs: ["get"] }]).map(describeRule),
  ).toEqual(['{NonResourceURLs:["/x"], Verbs:["get"]}']);
});
