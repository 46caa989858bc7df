import { beforeEach, expect, test } from "vitest";
import type { OwnerReference } from "../../../shared/kubernetes/types.ts";
import { ConfigMaps, CustomResourceDefinitions, Namespaces, Nodes, Secrets } from "../../api/resources.ts";
import { createClient } from "../../client/client.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { garbageCollector } from "./controller.ts";

let cluster: FakeCluster;

beforeEach(async () => {
  cluster = new FakeCluster();
  await cluster.start(garbageCollector);
});

const owner = (name: string, owners: OwnerReference[] = []) =>
  cluster.api.put(ConfigMaps, { metadata: { name, namespace: "default", ownerReferences: owners } });
const dependent = (name: string, owners: OwnerReference[]) =>
  cluster.api.put(Secrets, { metadata: { name, namespace: "default", ownerReferences: owners } });

function refer({ metadata: { name, uid } }: { metadata: { name: string; uid: string } }, more: Partial<OwnerReference> = {}): OwnerReference {
  return { apiVersion: "v1", kind: "ConfigMap", name, uid, ...more };
}

async function remove(name: string, propagationPolicy: string): Promise<void> {
  await createClient(cluster.api).resource(ConfigMaps).delete({ namespace: "default", name }, { propagationPolicy });
  await cluster.settle();
}

const present = () => [...cluster.api.all(ConfigMaps), ...cluster.api.all(Secrets)].map(({ metadata }) => metadata.name);

test("background: dependents go after their owner, and theirs after them", async () => {
  const a = owner("a");
  const b = owner("b", [refer(a)]);
  dependent("c", [refer(b)]);
  await cluster.settle();
  expect(present()).toEqual(["a", "b", "c"]);
  await remove("a", "Background");
  expect(present()).toEqual([]);
});

test("foreground: the owner stays until what blocks it is gone", async () => {
  const a = owner("a");
  const held = dependent("held", [refer(a, { blockOwnerDeletion: true })]);
  cluster.api.change(Secrets, held.metadata, (draft) => (draft.metadata.finalizers = ["example.com/hold"]));
  dependent("free", [refer(a)]);
  await remove("a", "Foreground");
  expect(present()).toEqual(["a", "held"]);
  cluster.api.change(Secrets, held.metadata, (draft) => (draft.metadata.finalizers = []));
  await cluster.settle();
  expect(present()).toEqual([]);
});

test("orphan: dependents lose the reference and stay", async () => {
  const a = owner("a");
  dependent("c", [refer(a)]);
  await remove("a", "Orphan");
  expect(present()).toEqual(["c"]);
  expect(cluster.api.must(Secrets, "default/c").metadata.ownerReferences).toBeUndefined();
});

test("one of two owners gone: the reference goes, the object stays", async () => {
  const [a, b] = [owner("a"), owner("b")];
  dependent("c", [refer(a), refer(b)]);
  await remove("a", "Background");
  expect(present()).toEqual(["b", "c"]);
  expect(cluster.api.must(Secrets, "default/c").metadata.ownerReferences).toEqual([refer(b)]);
});

test.each([
  ["an owner that never was", { name: "gone", uid: "44444444-4444-4444-4444-444444444444" }],
  ["an owner of the same name but another uid", { name: "a", uid: "44444444-4444-4444-4444-444444444444" }],
])("an object of %s is deleted", async (_, metadata) => {
  owner("a");
  dependent("c", [refer({ metadata })]);
  await cluster.settle();
  expect(present()).toEqual(["a"]);
});

test("an owner of a kind that is not served keeps the object", async () => {
  dependent("c", [{ apiVersion: "example.com/v1", kind: "Widget", name: "w", uid: "1" }]);
  await cluster.step(10_000);
  expect(present()).toEqual(["c"]);
});

test("custom resources are followed once they are served", async () => {
  const widgets = { group: "example.com", version: "v1", resource: "widgets", kind: "Widget", namespaced: true };
  cluster.api.serve(widgets);
  cluster.api.put(CustomResourceDefinitions, { metadata: { name: "widgets.example.com" }, spec: {} as never });
  const widget = cluster.api.put(widgets, { metadata: { name: "w", namespace: "default" } });
  dependent("c", [{ apiVersion: "example.com/v1", kind: "Widget", name: "w", uid: widget.metadata.uid }]);
  await cluster.settle();
  expect(present()).toEqual(["c"]);
  cluster.api.remove(widgets, "default/w");
  await cluster.settle();
  expect(present()).toEqual([]);
});

test("two that wait for each other in the foreground both go", async () => {
  const a = owner("a");
  const b = owner("b", [refer(a, { blockOwnerDeletion: true })]);
  cluster.api.change(ConfigMaps, a.metadata, (draft) => (draft.metadata.ownerReferences = [refer(b, { blockOwnerDeletion: true })]));
  await cluster.settle();
  expect(present()).toEqual(["a", "b"]);
  await remove("a", "Foreground");
  await cluster.step(60_000);
  expect(present()).toEqual([]);
});

test("an owner in another namespace is none, and that is told", async () => {
  const uid = "55555555-5555-4555-8555-555555555555";
  cluster.api.put(ConfigMaps, { metadata: { name: "a", namespace: "other", uid } });
  await cluster.settle();
  const stray = dependent("c", [refer({ metadata: { name: "a", uid } })]);
  await cluster.settle();
  expect(present()).toEqual(["a"]);
  const reference = `[v1/ConfigMap, namespace: default, name: a, uid: ${uid}]`;
  expect(cluster.eventsOf(stray)).toEqual([`Warning OwnerRefInvalidNamespace ownerRef ${reference} does not exist in namespace "default"`]);
});

test("an owner that is named wrongly is none", async () => {
  const a = owner("a");
  dependent("c", [{ ...refer(a), name: "b" }]);
  await cluster.settle();
  expect(present()).toEqual(["a"]);
});

test("what is in no namespace is kept, whatever it says of an owner in one", async () => {
  const a = owner("a");
  cluster.api.put(Namespaces, { metadata: { name: "n", ownerReferences: [refer(a)] } });
  await remove("a", "Background");
  await cluster.step(60_000);
  expect(cluster.api.all(Namespaces).map(({ metadata }) => metadata.name)).toEqual(["n"]);
});

test("an owner of the whole cluster may be named from anywhere", async () => {
  const node = cluster.api.put(Nodes, { metadata: { name: "n" } });
  dependent("c", [{ apiVersion: "v1", kind: "Node", name: "n", uid: node.metadata.uid }]);
  await cluster.settle();
  expect(present()).toEqual(["c"]);
  cluster.api.remove(Nodes, "n");
  await cluster.settle();
  expect(present()).toEqual([]);
});
