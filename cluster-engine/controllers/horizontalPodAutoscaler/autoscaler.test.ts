import { beforeEach, expect, test } from "vitest";
import type { HorizontalPodAutoscaler, Pod } from "../../../shared/kubernetes/types.ts";
import { Deployments, HorizontalPodAutoscalers, Pods } from "../../api/resources.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { horizontalPodAutoscalerController } from "./controller.ts";
import { limitReplicas, proposeReplicas, type PodMetrics } from "./replicas.ts";

const labels = { app: "web" };

let cluster: FakeCluster;
/** Millicores by pod; undefined: there is no metrics API. */
let usage: Record<string, number> | undefined;

beforeEach(async () => {
  cluster = new FakeCluster();
  usage = undefined;
  const answer = () =>
    usage && {
      items: Object.entries(usage).map(([name, milli]) => ({
        metadata: { name },
        timestamp: new Date(cluster.clock.now()).toISOString(),
        window: "15s",
        containers: [{ name: "web", usage: { cpu: `${milli}m` } }],
      })),
    };
  cluster.api.intercept(({ path }) => path.includes("metrics.k8s.io"), answer, Number.POSITIVE_INFINITY);
  await cluster.start(horizontalPodAutoscalerController);
});

async function make(replicas: number, spec: Partial<NonNullable<HorizontalPodAutoscaler["spec"]>> = {}): Promise<HorizontalPodAutoscaler> {
  const template = { metadata: { labels } as never, spec: { containers: [{ name: "web" }] } };
  cluster.api.put(Deployments, { metadata: { name: "web", namespace: "default" }, spec: { replicas, selector: { matchLabels: labels }, template } });
  const status = {
    phase: "Running" as const,
    startTime: "2025-12-31T00:00:00Z",
    conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2025-12-31T00:00:00Z" }],
  };
  const containers = [{ name: "web", resources: { requests: { cpu: "100m" } } }];
  for (let i = 0; i < replicas; i++)
    cluster.api.put(Pods, { metadata: { name: `p${i}`, namespace: "default", labels }, spec: { containers }, status });
  const made = cluster.api.put(HorizontalPodAutoscalers, {
    metadata: { name: "h", namespace: "default" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 1,
      maxReplicas: 5,
      metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } }],
      ...spec,
    },
  });
  await cluster.settle();
  return made;
}

const replicas = () => cluster.api.must(Deployments, "default/web").spec.replicas;
const status = () => cluster.api.must(HorizontalPodAutoscalers, "default/h").status!;
const conditions = () => status().conditions!.map(({ type, status: value, reason }) => `${type} ${value} ${reason}`);

test("scales up by use, and says how", async () => {
  usage = { p0: 100, p1: 100 };
  const made = await make(2);
  expect(replicas()).toBe(4);
  expect(status()).toMatchObject({
    currentReplicas: 2,
    desiredReplicas: 4,
    currentMetrics: [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: 100, averageValue: "100m" } } }],
  });
  expect(conditions()).toEqual([
    "AbleToScale True SucceededRescale",
    "ScalingActive True ValidMetricFound",
    "ScalingLimited False DesiredWithinRange",
  ]);
  expect(cluster.eventsOf(made)).toEqual([
    "Normal SuccessfulRescale New size: 4; reason: cpu resource utilization (percentage of request) above target",
  ]);
});

test("scales down only once the high recommendations are past", async () => {
  usage = { p0: 50, p1: 50 };
  await make(2);
  usage = { p0: 5, p1: 5 };
  await cluster.step(15_000);
  expect(replicas()).toBe(2);
  expect(conditions()).toContain("AbleToScale True ScaleDownStabilized");
  await cluster.step(300_000);
  expect(replicas()).toBe(1);
});

test.each([
  ["above the maximum", 8, { maxReplicas: 5 }, 5, "Current number of replicas above Spec.MaxReplicas"],
  ["below the minimum", 1, { minReplicas: 3 }, 3, "Current number of replicas below Spec.MinReplicas"],
])("%s it is brought back without metrics", async (_, current, spec, expected, reason) => {
  const made = await make(current, spec);
  expect(replicas()).toBe(expected);
  expect(cluster.eventsOf(made)[0]).toBe(`Normal SuccessfulRescale New size: ${expected}; reason: ${reason}`);
});

test("a target that is missing is told", async () => {
  await make(1, { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "none" } });
  expect(status().conditions).toMatchObject([
    {
      type: "AbleToScale",
      status: "False",
      reason: "FailedGetScale",
      message: `the HPA controller was unable to get the target's current scale: deployments.apps "none" not found`,
    },
  ]);
});

test("without metrics it leaves the size alone and says why", async () => {
  await make(2);
  expect(replicas()).toBe(2);
  expect(conditions()).toEqual(["AbleToScale True SucceededGetScale", "ScalingActive False FailedGetResourceMetric"]);
});

const now = Date.UTC(2026, 0, 1);
const pod = (name: string, more: object = {}): Pod =>
  ({
    metadata: { name },
    spec: { containers: [{ name: "c", resources: { requests: { cpu: "100m" } } }] },
    status: {
      phase: "Running",
      startTime: "2025-12-31T00:00:00Z",
      conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2025-12-31T00:00:00Z" }],
      ...more,
    },
  }) as unknown as Pod;
const metrics = (values: Record<string, number>): PodMetrics =>
  new Map(Object.entries(values).map(([name, value]) => [name, { value, at: now, window: 15_000 }]));

test.each<[string, Pod[], Record<string, number>, number]>([
  ["twice the target", [pod("a"), pod("b")], { a: 100, b: 100 }, 4],
  ["within tolerance", [pod("a"), pod("b")], { a: 52, b: 52 }, 2],
  ["half the target", [pod("a"), pod("b")], { a: 25, b: 25 }, 1],
  ["one unmeasured when shrinking counts as busy", [pod("a"), pod("b")], { a: 10 }, 2],
  ["one unmeasured when growing counts as idle", [pod("a"), pod("b")], { a: 200 }, 4],
  ["a pending one tempers growth", [pod("a"), pod("b", { phase: "Pending" })], { a: 120 }, 3],
])("%s", (_, pods, values, expected) => {
  expect(proposeReplicas({ current: 2, pods, metrics: metrics(values), resource: "cpu", target: { utilization: 50 }, now }).replicas).toBe(expected);
});

test("a container without a request can't be measured against it", () => {
  const bare = { ...pod("a"), spec: { containers: [{ name: "c" }] } } as Pod;
  expect(() => proposeReplicas({ current: 1, pods: [bare], metrics: metrics({ a: 1 }), resource: "cpu", target: { utilization: 50 }, now })).toThrow(
    "missing request for cpu in container c of Pod a",
  );
});

test.each([
  [2, 3, 3, "DesiredWithinRange"],
  [2, 9, 4, "ScaleUpLimit"],
  [4, 12, 6, "TooManyReplicas"],
  [2, 0, 1, "TooFewReplicas"],
])("from %i to %i within 1 to 6 gives %i", (current, desired, expected, reason) => {
  expect(limitReplicas(current, desired, 1, 6)).toMatchObject({ replicas: expected, reason });
});
