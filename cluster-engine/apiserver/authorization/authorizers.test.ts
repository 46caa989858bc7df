import { beforeEach, expect, test } from "vitest";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { UserInfo } from "../../../shared/kubernetes/types.ts";
import { silentLog } from "../../base/log.ts";
import { MemoryStore } from "../../store/memory.ts";
import { encodeObject } from "../storage/storedObject.ts";
import { keyPrefix, WatchCaches } from "../storage/watchCaches.ts";
import { type Attributes, refusal } from "./attributes.ts";
import { createNodeAuthorizer } from "./nodeAuthorizer.ts";
import { Rbac } from "./rbac.ts";

const rbacGroup = "rbac.authorization.k8s.io";
let caches: WatchCaches;

beforeEach(async () => {
  caches = await WatchCaches.start(new MemoryStore(), silentLog);
});

async function put(group: string, resource: string, namespace: string, name: string, fields: object): Promise<void> {
  const object = { kind: "K", apiVersion: "v1", metadata: { name, ...(namespace ? { namespace } : {}) }, ...fields } as unknown as KubeObject;
  const key = `${keyPrefix({ group, resource })}${namespace ? `${namespace}/` : ""}${name}`;
  await caches.write({ key, type: "put", encode: (revision) => encodeObject(object, String(revision)) });
}

const asks = (user: UserInfo, part: Partial<Attributes> = {}): Attributes => ({
  user,
  verb: "get",
  isResourceRequest: true,
  group: "",
  version: "v1",
  resource: "pods",
  subresource: "",
  namespace: "a",
  name: "p",
  path: "",
  ...part,
});

const readPods = [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }];
const roleRef = (kind: string, name: string) => ({ apiGroup: rbacGroup, kind, name });

test("a RoleBinding grants in its namespace alone, by user, group and ServiceAccount", async () => {
  await put(rbacGroup, "roles", "a", "reader", { rules: readPods });
  const subjects = [
    { kind: "User", name: "jane" },
    { kind: "Group", name: "devs" },
    { kind: "ServiceAccount", name: "robot" },
  ];
  await put(rbacGroup, "rolebindings", "a", "b", { subjects, roleRef: roleRef("Role", "reader") });
  const rbac = new Rbac(caches);
  expect(rbac.authorize(asks({ username: "jane" }))).toEqual({
    allowed: true,
    reason: 'RBAC: allowed by RoleBinding "b/a" of Role "reader" to User "jane"',
  });
  expect(rbac.authorize(asks({ username: "ann", groups: ["devs"] })).allowed).toBe(true);
  expect(rbac.authorize(asks({ username: "system:serviceaccount:a:robot" })).allowed).toBe(true);
  expect(rbac.authorize(asks({ username: "system:serviceaccount:b:robot" })).allowed).toBe(false);
  expect(rbac.authorize(asks({ username: "jane" }, { namespace: "b" })).allowed).toBe(false);
});

test("bindings and roles count from the moment they are written", async () => {
  const rbac = new Rbac(caches);
  const jane = asks({ username: "jane" });
  expect(rbac.authorize(jane)).toEqual({ allowed: false, reason: "" });
  await put(rbacGroup, "clusterrolebindings", "", "b", { subjects: [{ kind: "User", name: "jane" }], roleRef: roleRef("ClusterRole", "reader") });
  const missing = rbac.authorize(jane);
  expect(missing).toEqual({ allowed: false, reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "reader" not found' });
  expect(refusal(jane, missing.reason).message).toBe(
    'pods "p" is forbidden: User "jane" cannot get resource "pods" in API group "" in the namespace "a": RBAC: clusterrole.rbac.authorization.k8s.io "reader" not found',
  );
  await put(rbacGroup, "clusterroles", "", "reader", { rules: readPods });
  expect(rbac.authorize(jane).allowed).toBe(true);
});

const node: UserInfo = { username: "system:node:n1", groups: ["system:nodes"] };

const cases: [what: string, allowed: boolean, part: Partial<Attributes>][] = [
  ["its own Node", true, { resource: "nodes", namespace: "", name: "n1" }],
  ["another Node", false, { resource: "nodes", namespace: "", name: "n2" }],
  ["a pod that it runs", true, { name: "web" }],
  ["a pod of another node", false, { name: "other" }],
  ["the list of its pods", true, { verb: "list", name: "", fieldSelector: "spec.nodeName=n1" }],
  ["the list of all pods", false, { verb: "list", name: "" }],
  ["a Secret that its pod mounts", true, { resource: "secrets", name: "mounted" }],
  ["a Secret of its pod's environment", true, { resource: "secrets", name: "in-env" }],
  ["another Secret", false, { resource: "secrets", name: "another" }],
  ["a list of Secrets", false, { resource: "secrets", verb: "list", name: "" }],
  ["a token for its pod's account", true, { resource: "serviceaccounts", subresource: "token", verb: "create", name: "robot" }],
  ["a token for another account", false, { resource: "serviceaccounts", subresource: "token", verb: "create", name: "root" }],
  ["its own Lease", true, { group: "coordination.k8s.io", resource: "leases", verb: "update", namespace: "kube-node-lease", name: "n1" }],
  ["another's Lease", false, { group: "coordination.k8s.io", resource: "leases", verb: "update", namespace: "kube-node-lease", name: "n2" }],
  ["its pods' status", true, { subresource: "status", verb: "patch", name: "web" }],
  ["a Deployment", false, { group: "apps", resource: "deployments", name: "d" }],
];

test.each(cases)("a node and %s: %s", async (_, allowed, part) => {
  const container = { name: "c", env: [{ name: "X", valueFrom: { secretKeyRef: { name: "in-env", key: "k" } } }] };
  await put("", "pods", "a", "web", {
    spec: { nodeName: "n1", serviceAccountName: "robot", volumes: [{ name: "v", secret: { secretName: "mounted" } }], containers: [container] },
  });
  await put("", "pods", "a", "other", { spec: { nodeName: "n2", containers: [], volumes: [{ name: "v", secret: { secretName: "another" } }] } });
  expect(createNodeAuthorizer(caches)(asks(node, part)).allowed).toBe(allowed);
});

test("the node authorizer says nothing of others", () => {
  expect(createNodeAuthorizer(caches)(asks({ username: "jane" }, { resource: "nodes" }))).toEqual({ allowed: false, reason: "" });
  expect(createNodeAuthorizer(caches)(asks({ username: "system:node:n1", groups: [] }, { resource: "nodes", name: "n1" })).allowed).toBe(false);
});
