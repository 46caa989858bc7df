import { expect, test } from "vitest";
import type { Pod, PodDisruptionBudget } from "../../shared/kubernetes/types.ts";
import { Deployments, PodDisruptionBudgets, Pods } from "../api/resources.ts";
import { deploymentController } from "./deployment/controller.ts";
import { budgetStatus, disruptionController } from "./disruption.ts";
import { FakeCluster } from "./fakeCluster.ts";
import { replicaSetController } from "./replicaSet/controller.ts";

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
