import { expect, test } from "vitest";
import type { Pod, Secret, ServiceAccount } from "../../shared/kubernetes/types.ts";
import { ConfigMaps, Pods, Secrets, ServiceAccounts } from "../api/resources.ts";
import { FakeCluster } from "./fakeCluster.ts";
import { isUnused, legacyTokenCleaner, namesSecret } from "./legacyTokenCleaner.ts";
import { tokenController } from "./tokenSecret.ts";

const day = 86_400_000;
const type = "kubernetes.io/service-account-token";
const base64 = (text: string) => Buffer.from(text).toString("base64");

async function start() {
  const cluster = new FakeCluster({ signToken: async ({ serviceAccount, secret }) => `token of ${serviceAccount.name} in ${secret}` });
  await cluster.start(tokenController);
  const account = cluster.api.put(ServiceAccounts, { metadata: { name: "robot", namespace: "ns" } });
  const put = async (annotations: Record<string, string>, labels: Record<string, string> = {}) => {
    cluster.api.put(Secrets, { metadata: { name: "robot-token", namespace: "ns", annotations, labels }, type });
    await cluster.settle();
  };
  const secret = () => cluster.api.get(Secrets, "ns/robot-token");
  return { cluster, account, put, secret };
}

test("a Secret that asks for a token gets it, with the CA and the namespace", async () => {
  const { account, put, secret } = await start();
  await put({ "kubernetes.io/service-account.name": "robot" });
  expect(secret()).toMatchObject({
    metadata: { annotations: { "kubernetes.io/service-account.uid": account.metadata.uid } },
    data: { token: base64("token of robot in robot-token"), "ca.crt": base64("PEM"), namespace: base64("ns") },
  });
});

test("the Secret of an account that is not there, or is another by now, is deleted", async () => {
  const { put, secret } = await start();
  await put({ "kubernetes.io/service-account.name": "nobody" });
  expect(secret()).toBeUndefined();
  await put({ "kubernetes.io/service-account.name": "robot", "kubernetes.io/service-account.uid": "old" });
  expect(secret()).toBeUndefined();
});

test("Secrets go with their account, and accounts do not name Secrets that are gone", async () => {
  const { cluster, put, secret } = await start();
  await put({ "kubernetes.io/service-account.name": "robot" });
  cluster.api.change(ServiceAccounts, "ns/robot", (draft) => (draft.secrets = [{ name: "robot-token" }, { name: "other" }]));
  cluster.api.remove(Secrets, "ns/robot-token");
  await cluster.settle();
  expect(cluster.api.must(ServiceAccounts, "ns/robot").secrets).toEqual([{ name: "other" }]);
  await put({ "kubernetes.io/service-account.name": "robot" });
  cluster.api.remove(ServiceAccounts, "ns/robot");
  await cluster.settle();
  expect(secret()).toBeUndefined();
});

test("a generated token that nobody has used for a year is made invalid, and a year later deleted", async () => {
  const { cluster, put, secret } = await start();
  cluster.api.change(ServiceAccounts, "ns/robot", (draft) => (draft.secrets = [{ name: "robot-token" }]));
  const since = { since: new Date(cluster.clock.now()).toISOString().slice(0, 10) };
  cluster.api.put(ConfigMaps, { metadata: { name: "kube-apiserver-legacy-service-account-token-tracking", namespace: "kube-system" }, data: since });
  await put({ "kubernetes.io/service-account.name": "robot" });
  await cluster.start(legacyTokenCleaner);
  const invalid = () => secret()?.metadata.labels?.["kubernetes.io/legacy-token-invalid-since"];
  for (let i = 0; i < 365; i++) await cluster.step(day);
  expect(invalid()).toBeUndefined();
  for (let i = 0; i < 2; i++) await cluster.step(day);
  expect(invalid()).toMatch(/^2027-01-0\d$/);
  for (let i = 0; i < 367; i++) await cluster.step(day);
  expect(secret()).toBeUndefined();
}, 30_000);

const now = Date.UTC(2030, 0, 1);
const held = (change: Partial<Secret["metadata"]> = {}) =>
  ({ type, metadata: { name: "t", creationTimestamp: "2026-01-01T00:00:00Z", ...change } }) as Secret;
const account = { metadata: { name: "robot", uid: "u" }, secrets: [{ name: "t" }] } as ServiceAccount;

test.each<[string, Secret, ServiceAccount | undefined, boolean]>([
  ["never used", held(), account, true],
  ["used long ago", held({ labels: { "kubernetes.io/legacy-token-last-used": "2028-12-01" } }), account, true],
  ["used this year", held({ labels: { "kubernetes.io/legacy-token-last-used": "2029-06-01" } }), account, false],
  ["used at a time that can't be read", held({ labels: { "kubernetes.io/legacy-token-last-used": "x" } }), account, false],
  ["new", held({ creationTimestamp: "2029-12-01T00:00:00Z" }), account, false],
  ["made by hand", held(), { ...account, secrets: [] }, false],
  ["of an account that is gone", held(), undefined, false],
  ["of another account of this name", held({ annotations: { "kubernetes.io/service-account.uid": "v" } }), account, false],
])("a token that is %s: unused?", (_, secret, owner, expected) => {
  expect(isUnused(secret, owner, now)).toBe(expected);
});

test.each<[string, Partial<Pod["spec"]>, boolean]>([
  ["mounts it", { volumes: [{ name: "v", secret: { secretName: "t" } }] }, true],
  ["projects it", { volumes: [{ name: "v", projected: { sources: [{ secret: { name: "t" } }] } }] }, true],
  ["pulls with it", { imagePullSecrets: [{ name: "t" }] }, true],
  ["has it in its environment", { containers: [{ name: "c", envFrom: [{ secretRef: { name: "t" } }] }] }, true],
  ["reads it at its start", { initContainers: [{ name: "c", env: [{ name: "E", valueFrom: { secretKeyRef: { name: "t", key: "k" } } }] }] }, true],
  ["names another", { volumes: [{ name: "v", secret: { secretName: "u" } }] }, false],
])("a pod that %s", (_, spec, expected) => {
  expect(namesSecret({ spec: { containers: [], ...spec } } as Pod, "t")).toBe(expected);
});

test("a token that a pod mounts stays", async () => {
  const { cluster, put, secret } = await start();
  cluster.api.change(ServiceAccounts, "ns/robot", (draft) => (draft.secrets = [{ name: "robot-token" }]));
  cluster.api.put(ConfigMaps, {
    metadata: { name: "kube-apiserver-legacy-service-account-token-tracking", namespace: "kube-system" },
    data: { since: "2020-01-01" },
  });
  cluster.api.put(Pods, {
    metadata: { name: "web", namespace: "ns" },
    spec: { containers: [], volumes: [{ name: "v", secret: { secretName: "robot-token" } }] },
  });
  await put({ "kubernetes.io/service-account.name": "robot" });
  cluster.api.change(Secrets, "ns/robot-token", (draft) => (draft.metadata.creationTimestamp = "2020-01-01T00:00:00Z"));
  await cluster.start(legacyTokenCleaner);
  expect(secret()!.metadata.labels).toEqual({});
  cluster.api.remove(Pods, "ns/web");
  await cluster.step(day);
  expect(secret()!.metadata.labels).toHaveProperty("kubernetes.io/legacy-token-invalid-since");
});
