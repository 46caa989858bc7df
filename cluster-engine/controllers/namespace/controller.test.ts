import { beforeEach, expect, test } from "vitest";
import { ConfigMaps, Namespaces, Pods, Secrets, ServiceAccounts } from "../../api/resources.ts";
import { createClient } from "../../client/client.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { rootCAPublisher } from "../rootCA.ts";
import { serviceAccountController } from "../serviceAccount.ts";
import { tokenController } from "../tokenSecret.ts";
import { namespaceController } from "./controller.ts";

let cluster: FakeCluster;

beforeEach(async () => {
  cluster = new FakeCluster({ signToken: async ({ serviceAccount, secret }) => `token of ${serviceAccount.name} in ${secret}` });
  await cluster.start(namespaceController, serviceAccountController, rootCAPublisher, tokenController);
  cluster.api.put(Namespaces, { metadata: { name: "prod" }, spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } });
  await cluster.settle();
});

const namespace = () => cluster.api.get(Namespaces, "prod");
const remove = async () => {
  await createClient(cluster.api).resource(Namespaces).delete({ name: "prod" });
  await cluster.settle();
};

test("a namespace has its default account and the cluster's CA, again when somebody removes or changes them", async () => {
  expect(cluster.api.must(ConfigMaps, "prod/kube-root-ca.crt").data).toEqual({ "ca.crt": "PEM" });
  cluster.api.remove(ServiceAccounts, "prod/default");
  cluster.api.change(ConfigMaps, "prod/kube-root-ca.crt", (draft) => (draft.data = { "ca.crt": "other" }));
  await cluster.settle();
  expect(cluster.api.get(ServiceAccounts, "prod/default")).toBeDefined();
  expect(cluster.api.must(ConfigMaps, "prod/kube-root-ca.crt").data).toEqual({ "ca.crt": "PEM" });
});

test("deletion empties the namespace and lets it go; nothing is put back meanwhile", async () => {
  cluster.api.put(Secrets, { metadata: { name: "s", namespace: "prod" } });
  cluster.api.put(Secrets, { metadata: { name: "s", namespace: "other" } });
  await remove();
  expect(namespace()).toBeUndefined();
  expect([...cluster.api.all(ConfigMaps), ...cluster.api.all(ServiceAccounts)]).toEqual([]);
  expect(cluster.api.all(Secrets).map(({ metadata }) => metadata.namespace)).toEqual(["other"]);
});

test("pods go first, and the namespace as soon as they are gone", async () => {
  cluster.api.put(Pods, { metadata: { name: "web", namespace: "prod" }, spec: { nodeName: "node-1", containers: [] } });
  cluster.api.put(Secrets, { metadata: { name: "s", namespace: "prod" } });
  await remove();
  expect(cluster.api.all(Secrets)).toHaveLength(1);
  expect(namespace()!.status!.conditions!.find(({ type }) => type === "NamespaceContentRemaining")).toMatchObject({
    status: "True",
    message: "Some resources are remaining: pods. has 1 resource instances",
  });
  await cluster.finishPods();
  expect(namespace()).toBeUndefined();
});

test("says what holds it", async () => {
  cluster.api.put(Secrets, { metadata: { name: "s", namespace: "prod", finalizers: ["a.example/hold"] } });
  await remove();
  expect(namespace()!.status!.conditions!.map(({ type, status, reason, message }) => [type, status, reason, message])).toEqual([
    ["NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered"],
    ["NamespaceDeletionGroupVersionParsingFailure", "False", "ParsedGroupVersions", "All legacy kube types successfully parsed"],
    ["NamespaceDeletionContentFailure", "False", "ContentDeleted", "All content successfully deleted, may be waiting on finalization"],
    ["NamespaceContentRemaining", "True", "SomeResourcesRemain", "Some resources are remaining: secrets. has 1 resource instances"],
    [
      "NamespaceFinalizersRemaining",
      "True",
      "SomeFinalizersRemain",
      "Some content in the namespace has finalizers remaining: a.example/hold in 1 resource instances",
    ],
  ]);
  cluster.api.change(Secrets, "prod/s", (draft) => (draft.metadata.finalizers = []));
  await cluster.step(2000);
  expect(namespace()).toBeUndefined();
});

test("a token Secret is filled in, and goes with its account", async () => {
  cluster.api.put(ServiceAccounts, { metadata: { name: "robot", namespace: "prod" } });
  cluster.api.put(Secrets, {
    metadata: { name: "t", namespace: "prod", annotations: { "kubernetes.io/service-account.name": "robot" } },
    type: "kubernetes.io/service-account-token",
  });
  await cluster.settle();
  const text = Object.entries(cluster.api.must(Secrets, "prod/t").data!).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]);
  expect(Object.fromEntries(text)).toEqual({ "ca.crt": "PEM", namespace: "prod", token: "token of robot in t" });
  cluster.api.remove(ServiceAccounts, "prod/robot");
  await cluster.settle();
  expect(cluster.api.get(Secrets, "prod/t")).toBeUndefined();
});
