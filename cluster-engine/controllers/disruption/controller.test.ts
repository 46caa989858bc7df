import { expect, test } from "vitest";
import type { OwnerReference, Pod, PodDisruptionBudget } from "../../../shared/kubernetes/types.ts";
import { Deployments, PodDisruptionBudgets, Pods } from "../../api/resources.ts";
import { deploymentController } from "../deployment/controller.ts";
import { disruptionController } from "./controller.ts";
import { budgetStatus } from "./status.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { replicaSetController } from "../replicaSet/controller.ts";

const labels = { app: "web" };
const now = Date.UTC(2026, 0, 1);

test("a budget in per cent counts what the Deployment wants", async () => {
  const cluster = new FakeCluster();
  await cluster.start(disruptionController, deploymentController, replicaSetController);
  cluster.api.put(Deployments, {
    metadata: { name: "web", namespace: "default" },
    spec: { replicas: 4, selector: { matchLabels: labels }, template: { metadata: { labels } as never, spec: { containers: [] } } },
  });
  const budget = cluster.api.put(PodDisruptionBudgets, {
    metadata: { name: "b", namespace: "default" },
    spec: { maxUnavailable: "25%", selector: { matchLabels: labels } },
  });
  await cluster.untilStable();
  const status = () => cluster.api.must(PodDisruptionBudgets, "default/b").status!;
  expect(status()).toMatchObject({ expectedPods: 4, currentHealthy: 4, desiredHealthy: 3, disruptionsAllowed: 1 });
  cluster.api.change(Pods, cluster.api.all(Pods)[0]!.metadata, (draft) => (draft.status!.conditions![0]!.status = "False"));
  await cluster.settle();
  expect(status()).toMatchObject({ currentHealthy: 3, disruptionsAllowed: 0 });
  expect(cluster.eventsOf(budget)).toEqual(["Normal NoPods No matching pods found"]);
});

const pods = (ready: number, unready = 0): Pod[] =>
  Array.from(
    { length: ready + unready },
    (_, i) => ({ metadata: { name: `p${i}` }, status: { conditions: [{ type: "Ready", status: i < ready ? "True" : "False" }] } }) as Pod,
  );
const budget = (spec: object, status: object = {}): PodDisruptionBudget => ({ metadata: { generation: 1 }, spec, status }) as PodDisruptionBudget;

test.each([
  ["no pods", budget({ minAvailable: 1 }), [], 0, { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 1 }],
  ["one to spare", budget({ minAvailable: 2 }), pods(3), 3, { disruptionsAllowed: 1, currentHealthy: 3, desiredHealthy: 2 }],
  ["half", budget({ minAvailable: "50%" }), pods(3), 3, { disruptionsAllowed: 1, currentHealthy: 3, desiredHealthy: 2 }],
  ["unready ones", budget({ maxUnavailable: 1 }), pods(2, 1), 3, { disruptionsAllowed: 0, currentHealthy: 2, desiredHealthy: 2 }],
  [
    "one just evicted",
    budget({ minAvailable: 1 }, { disruptedPods: { p0: "2026-01-01T00:00:00Z" } }),
    pods(2),
    2,
    { disruptionsAllowed: 0, currentHealthy: 1, disruptedPods: { p0: "2026-01-01T00:00:00Z" } },
  ],
  [
    "an eviction long ago that did not happen",
    budget({ minAvailable: 1 }, { disruptedPods: { p0: "2025-12-31T23:50:00Z" } }),
    pods(2),
    2,
    { disruptionsAllowed: 1, currentHealthy: 2 },
  ],
])("a budget with %s", (_, each, selected, expected, status) => {
  const actual = budgetStatus(each, selected, expected, now);
  expect(actual).toMatchObject(status);
  expect(actual.conditions![0]).toMatchObject({
    type: "DisruptionAllowed",
    reason: status.disruptionsAllowed ? "SufficientPods" : "InsufficientPods",
  });
});

async function clusterWith(spec: object, ownerReferences: OwnerReference[]): Promise<{ cluster: FakeCluster; made: PodDisruptionBudget }> {
  const cluster = new FakeCluster();
  await cluster.start(disruptionController);
  const [pod] = pods(1);
  cluster.api.put(Pods, { ...pod!, metadata: { name: "p0", namespace: "default", labels, ownerReferences }, spec: { containers: [] } });
  const made = cluster.api.put(PodDisruptionBudgets, {
    metadata: { name: "b", namespace: "default" },
    spec: { selector: { matchLabels: labels }, ...spec },
  });
  await cluster.settle();
  return { cluster, made };
}

const controller = (kind: string, apiVersion: string): OwnerReference => ({
  apiVersion,
  kind,
  name: "owner",
  uid: "66666666-6666-4666-8666-666666666666",
  controller: true,
});

test.each<[string, OwnerReference[], string | undefined, string]>([
  [
    "pods without a controller",
    [],
    undefined,
    'Warning UnmanagedPods Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.',
  ],
  [
    "a controller that is gone",
    [controller("ReplicaSet", "apps/v1")],
    'found no controllers for pod "p0"',
    'Warning CalculateExpectedPodCountFailed Failed to calculate the number of expected pods: found no controllers for pod "p0"',
  ],
  [
    "a controller of a kind that is not served",
    [controller("Widget", "example.com/v1")],
    'no matches for kind "Widget" in group "example.com"',
    'Warning CalculateExpectedPodCountFailed Failed to calculate the number of expected pods: no matches for kind "Widget" in group "example.com"',
  ],
])("%s can't be counted, and that is told", async (_, owners, failure, event) => {
  const { cluster, made } = await clusterWith({ maxUnavailable: 1 }, owners);
  const { conditions, disruptionsAllowed } = cluster.api.must(PodDisruptionBudgets, "default/b").status!;
  expect(disruptionsAllowed).toBe(0);
  expect(conditions).toMatchObject([failure ? { status: "False", reason: "SyncFailed", message: failure } : { reason: "InsufficientPods" }]);
  expect(cluster.eventsOf(made)).toEqual([event]);
});

test("a fixed minimum needs no controllers", async () => {
  const { cluster } = await clusterWith({ minAvailable: 0 }, []);
  expect(cluster.api.must(PodDisruptionBudgets, "default/b").status).toMatchObject({ expectedPods: 1, disruptionsAllowed: 1 });
});

test("an eviction that came to nothing is forgotten, and the pod told", async () => {
  const { cluster } = await clusterWith({ minAvailable: 0 }, []);
  cluster.api.change(PodDisruptionBudgets, "default/b", (draft) => (draft.status!.disruptedPods = { p0: "2026-01-01T00:00:00Z" }));
  cluster.api.change(Pods, "default/p0", (draft) => {
    draft.status!.conditions!.push({
      type: "DisruptionTarget",
      status: "True",
      reason: "EvictionByEvictionAPI",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    });
  });
  await cluster.settle();
  expect(cluster.api.must(PodDisruptionBudgets, "default/b").status).toMatchObject({
    disruptionsAllowed: 0,
    disruptedPods: { p0: "2026-01-01T00:00:00Z" },
  });
  await cluster.step(120_000);
  const status = cluster.api.must(PodDisruptionBudgets, "default/b").status!;
  expect([status.disruptionsAllowed, status.disruptedPods]).toEqual([1, undefined]);
  const pod = cluster.api.must(Pods, "default/p0");
  expect(pod.status!.conditions!.find(({ type }) => type === "DisruptionTarget")).toMatchObject({
    status: "False",
    lastTransitionTime: "2026-01-01T00:02:00Z",
  });
  expect(cluster.eventsOf(pod)).toEqual(["Warning NotDeleted Pod was expected by PDB default/default to be deleted but it wasn't"]);
});

test("a pod of two budgets is told", async () => {
  const { cluster } = await clusterWith({ minAvailable: 0 }, []);
  cluster.api.put(PodDisruptionBudgets, {
    metadata: { name: "c", namespace: "default" },
    spec: { selector: { matchLabels: labels }, minAvailable: 1 },
  });
  await cluster.settle();
  cluster.api.change(Pods, "default/p0", (draft) => (draft.metadata.annotations = { note: "x" }));
  await cluster.settle();
  expect(cluster.eventsOf(cluster.api.must(Pods, "default/p0"))).toEqual([
    'Warning MultiplePodDisruptionBudgets Pod "default"/"p0" matches multiple PodDisruptionBudgets.  Chose "b" arbitrarily.',
  ]);
});

test("a controller of a kind that can't be scaled is told", async () => {
  const cluster = new FakeCluster();
  cluster.api.serve({ group: "example.com", version: "v1", resource: "widgets", kind: "Widget", namespaced: true });
  await cluster.start(disruptionController);
  const [pod] = pods(1);
  const ownerReferences = [controller("Widget", "example.com/v1")];
  cluster.api.put(Pods, { ...pod!, metadata: { name: "p0", namespace: "default", labels, ownerReferences }, spec: { containers: [] } });
  const spec = { selector: { matchLabels: labels }, maxUnavailable: 1 };
  cluster.api.put(PodDisruptionBudgets, { metadata: { name: "b", namespace: "default" }, spec });
  await cluster.settle();
  expect(cluster.api.must(PodDisruptionBudgets, "default/b").status!.conditions).toMatchObject([
    { status: "False", reason: "SyncFailed", message: "widgets.example.com does not implement the scale subresource" },
  ]);
});
