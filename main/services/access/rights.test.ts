import { describe, expect, it } from "vitest";
import type { AccessQuestion, AccessSubject } from "../../../shared/access.ts";
import type { PolicyRule } from "../../../shared/kubernetes/types.ts";
import { boundRoles, identityOf, type RbacObjects, ruleCovers } from "./rbac.ts";
import { canILine } from "./reviews.ts";
import { accessRows, grantsFor, rulesFor, subjectsOf, urlsOf, whoCan } from "./rights.ts";

const rule = (verbs: string, resources: string, more: Partial<PolicyRule> = {}): PolicyRule => ({
  verbs: verbs.split(","),
  apiGroups: [""],
  resources: resources.split(","),
  ...more,
});
const meta = (name: string, namespace?: string) => ({ name, ...(namespace ? { namespace } : {}), uid: name, creationTimestamp: "" }) as never;
const role = (name: string, rules: PolicyRule[], namespace?: string) => ({ apiVersion: "", kind: "", metadata: meta(name, namespace), rules });
const binding = (name: string, [kind, roleName]: [string, string], subjects: object[], namespace?: string) => ({
  apiVersion: "",
  kind: "",
  metadata: meta(name, namespace),
  roleRef: { kind, name: roleName },
  subjects: subjects as never,
});

const objects: RbacObjects = {
  clusterRoles: [
    role("cluster-admin", [rule("*", "*", { apiGroups: ["*"] }), { verbs: ["*"], nonResourceURLs: ["*"] }]),
    role("view", [rule("get,list,watch", "pods,pods/log")]),
  ],
  roles: [role("editor", [rule("update", "configmaps", { resourceNames: ["settings"] }), rule("get", "nodes")], "shop")],
  clusterRoleBindings: [
    binding("admins", ["ClusterRole", "cluster-admin"], [{ kind: "Group", name: "system:masters" }]),
    binding("lost", ["ClusterRole", "gone"], [{ kind: "User", name: "eve" }]),
  ],
  roleBindings: [
    binding(
      "viewers",
      ["ClusterRole", "view"],
      [
        { kind: "ServiceAccount", name: "robot", namespace: "shop" },
        { kind: "User", name: "ann" },
      ],
      "shop",
    ),
    binding("editors", ["Role", "editor"], [{ kind: "ServiceAccount", name: "robot" }], "shop"),
  ],
};
const bound = boundRoles(objects);
const robot: AccessSubject = { kind: "ServiceAccount", namespace: "shop", name: "robot" };
const ask = (verb: string, resource: string, more: Partial<AccessQuestion> = {}): AccessQuestion => ({
  verb,
  group: "",
  resource,
  namespace: "",
  name: "",
  ...more,
});
const resources = [
  { group: "", resource: "pods", kind: "Pod", namespaced: true, subresources: ["log"] },
  { group: "", resource: "configmaps", kind: "ConfigMap", namespaced: true, subresources: [] },
  { group: "", resource: "nodes", kind: "Node", namespaced: false, subresources: [] },
];
const grid = (subject: AccessSubject, namespaces: string[]) =>
  Object.fromEntries(accessRows(rulesFor(bound, identityOf(subject)), resources, namespaces).map(({ resource, verbs }) => [resource, verbs]));

describe("rules", () => {
  it.each([
    [rule("get", "pods"), ask("get", "pods"), true],
    [rule("get", "pods"), ask("list", "pods"), false],
    [rule("get", "pods"), ask("get", "pods/log"), false],
    [rule("get", "pods/log"), ask("get", "pods/log"), true],
    [rule("get", "*/log"), ask("get", "pods/log"), true],
    [rule("get", "*/log"), ask("get", "pods"), false],
    [rule("get", "*"), ask("get", "pods/log"), true],
    [rule("*", "pods"), ask("deletecollection", "pods"), true],
    [rule("get", "pods"), ask("get", "pods", { group: "metrics.k8s.io" }), false],
    [rule("get", "pods", { apiGroups: ["*"] }), ask("get", "pods", { group: "metrics.k8s.io" }), true],
    [{ verbs: ["get"], nonResourceURLs: ["*"] }, ask("get", "pods"), false],
  ])("%j and %j: %s", (each, question, covers) => expect(ruleCovers(each, question)).toBe(covers));
});

describe("the grid", () => {
  it("a RoleBinding gives something in its namespace alone, a named rule something of these names alone", () => {
    expect(grid(robot, ["shop"])).toEqual({
      pods: { get: "all", list: "all", watch: "all" },
      "pods/log": { get: "all", list: "all", watch: "all" },
      configmaps: { update: "names" },
      nodes: {},
    });
    expect(grid(robot, [])["pods"]).toEqual({ get: "some", list: "some", watch: "some" });
    expect(grid(robot, ["shop", "other"])["pods"]).toEqual({ get: "some", list: "some", watch: "some" });
    expect(grid(robot, ["other"])).toEqual({ pods: {}, "pods/log": {}, configmaps: {}, nodes: {} });
  });

  it("who is in a group has what the group has, with URLs", () => {
    expect(grid({ kind: "Group", name: "system:masters" }, [])["nodes"]).toMatchObject({ get: "all", deletecollection: "all" });
    expect(urlsOf(rulesFor(bound, { user: "x", groups: ["system:masters"] }))).toEqual([{ url: "*", verbs: ["*"] }]);
  });
});

describe("who can", () => {
  it("those that may everywhere come first, each with the binding and the role behind it", () => {
    const found = whoCan(bound, ask("get", "pods"));
    expect(
      found.map(({ subject, grants }) => [subject.name, grants.map(({ binding: by, role: of, namespace }) => [by.name, of.name, namespace])]),
    ).toEqual([
      ["system:masters", [["admins", "cluster-admin", undefined]]],
      ["robot", [["viewers", "view", "shop"]]],
      ["ann", [["viewers", "view", "shop"]]],
    ]);
  });

  it("in another namespace, and of another name, fewer", () => {
    expect(whoCan(bound, ask("get", "pods", { namespace: "other" })).map(({ subject }) => subject.name)).toEqual(["system:masters"]);
    const named = (name: string) => whoCan(bound, ask("update", "configmaps", { name })).map(({ subject }) => subject.name);
    expect([named("settings"), named("other"), named("")]).toEqual([["system:masters", "robot"], ["system:masters"], ["system:masters", "robot"]]);
  });

  it("a service account is in the groups of service accounts", () => {
    const everyone = boundRoles({
      ...objects,
      clusterRoleBindings: [binding("all", ["ClusterRole", "view"], [{ kind: "Group", name: "system:serviceaccounts:shop" }])],
      roleBindings: [],
    });
    expect(grantsFor(everyone, ask("get", "pods"), identityOf(robot))).toHaveLength(1);
    expect(grantsFor(everyone, ask("get", "pods"), identityOf({ ...robot, namespace: "other" }))).toHaveLength(0);
  });
});

it("subjects are all that bindings name, and every service account", () => {
  expect(subjectsOf(bound, [{ namespace: "shop", name: "idle" }]).map(({ name, bindings, everything }) => [name, bindings, everything])).toEqual([
    ["system:masters", 1, true],
    ["idle", 0, false],
    ["robot", 2, false],
    ["ann", 1, false],
    ["eve", 1, false],
  ]);
  expect(bound.find(({ binding: { name } }) => name === "lost")!.missing).toBe(true);
});

it.each([
  [
    ask("get", "pods/log", { namespace: "shop" }),
    robot,
    "kubectl auth can-i get pods --subresource=log -n shop --as=system:serviceaccount:shop:robot",
  ],
  [ask("list", "deployments", { group: "apps" }), undefined, "kubectl auth can-i list deployments.apps -A"],
])("%j is asked of kubectl so", (question, subject, line) => expect(canILine(question, subject)).toBe(line));
