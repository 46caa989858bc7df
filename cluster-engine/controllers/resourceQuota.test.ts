import { expect, test } from "vitest";
import type { ResourceQuota } from "../../shared/kubernetes/types.ts";
import { parseQuantity } from "../api/quantity.ts";
import { Deployments, Pods, ResourceQuotas } from "../api/resources.ts";
import { FakeCluster } from "./fakeCluster.ts";
import { countedTypes, resourceQuotaController, type QuotaEvaluator } from "./resourceQuota.ts";

const evaluator: QuotaEvaluator = {
  usageOf: (object, { resource, group }) => ({
    [resource === "pods" ? "pods" : `count/${resource}.${group}`]: parseQuantity(1),
    "requests.cpu": resource === "pods" ? parseQuantity("300m") : undefined,
  }),
  isInScope: (_, object) => object.metadata.labels?.scope !== "out",
};

test("recounts when objects come, go, or end", async () => {
  const cluster = new FakeCluster({ quotas: evaluator });
  await cluster.start(resourceQuotaController);
  const quota: Partial<ResourceQuota> = { spec: { hard: { pods: "4", "requests.cpu": "2", "count/deployments.apps": "2" } } };
  cluster.api.put(ResourceQuotas, { metadata: { name: "q", namespace: "default" }, ...quota });
  await cluster.settle();
  const used = () => cluster.api.must(ResourceQuotas, "default/q").status!.used;
  expect(used()).toEqual({ pods: "0", "requests.cpu": "0", "count/deployments.apps": "0" });
  for (const [name, scope] of [
    ["a", "in"],
    ["b", "in"],
    ["c", "out"],
  ] as const)
    cluster.api.put(Pods, { metadata: { name, namespace: "default", labels: { scope } }, spec: { containers: [] } });
  cluster.api.put(Pods, { metadata: { name: "elsewhere", namespace: "other" }, spec: { containers: [] } });
  cluster.api.put(Deployments, { metadata: { name: "d", namespace: "default" }, spec: {} as never });
  await cluster.settle();
  expect(used()).toEqual({ pods: "2", "requests.cpu": "600m", "count/deployments.apps": "1" });
  cluster.api.remove(Pods, "default/a");
  await cluster.settle();
  expect(used()).toMatchObject({ pods: "1", "requests.cpu": "300m" });
});

test("counts custom resources once they are served", async () => {
  const cluster = new FakeCluster({ quotas: evaluator });
  await cluster.start(resourceQuotaController);
  const widgets = { group: "example.com", version: "v1", resource: "widgets", kind: "Widget", namespaced: true };
  cluster.api.put(ResourceQuotas, { metadata: { name: "q", namespace: "default" }, spec: { hard: { "count/widgets.example.com": "2" } } });
  await cluster.settle();
  const used = () => cluster.api.must(ResourceQuotas, "default/q").status!.used;
  expect(used()).toEqual({ "count/widgets.example.com": "0" });
  cluster.api.serve(widgets);
  cluster.api.put(widgets, { metadata: { name: "w", namespace: "default" } });
  await cluster.step(30_000);
  expect(used()).toEqual({ "count/widgets.example.com": "1" });
  cluster.api.remove(widgets, "default/w");
  await cluster.settle();
  expect(used()).toEqual({ "count/widgets.example.com": "0" });
});

test.each([
  ["pods", "pods"],
  ["requests.cpu", "pods"],
  ["limits.memory", "pods"],
  ["services.nodeports", "services"],
  ["requests.storage", "persistentvolumeclaims"],
  ["fast.storageclass.storage.k8s.io/requests.storage", "persistentvolumeclaims"],
  ["configmaps", "configmaps"],
  ["count/jobs.batch", "jobs"],
  ["count/pods", "pods"],
])("%s counts %s", (name, resource) => {
  expect(countedTypes(name).map((type) => type.resource)).toEqual([resource]);
});
