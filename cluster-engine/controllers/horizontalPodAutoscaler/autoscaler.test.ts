import { beforeEach, expect, test } from "vitest";
import type { HorizontalPodAutoscaler, MetricSpec } from "../../../shared/kubernetes/types.ts";
import { Deployments, HorizontalPodAutoscalers, Pods } from "../../api/resources.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { horizontalPodAutoscalerController } from "./controller.ts";

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
  cluster.api.intercept(({ path }) => path.startsWith("/apis/metrics.k8s.io/"), answer, Number.POSITIVE_INFINITY);
  await cluster.start(horizontalPodAutoscalerController);
});

async function make(replicas: number, spec: Partial<NonNullable<HorizontalPodAutoscaler["spec"]>> = {}): Promise<HorizontalPodAutoscaler> {
  const template = { metadata: { labels } as never, spec: { containers: [{ name: "web" }] } };
  cluster.api.put(Deployments, {
    metadata: { name: "web", namespace: "default" },
    spec: { replicas, selector: { matchLabels: labels }, template },
    status: { replicas },
  });
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

const discovery = {
  kind: "APIGroupDiscoveryList",
  items: [
    {
      metadata: { name: "apps" },
      versions: [{ version: "v1", resources: [{ resource: "deployments", responseKind: { kind: "Deployment" }, scope: "Namespaced", verbs: [] }] }],
    },
    {
      metadata: { name: "custom.metrics.k8s.io" },
      versions: [{ version: "v1beta2", resources: [{ resource: "pods/hits", scope: "Namespaced", verbs: [] }] }],
    },
  ],
};

const metric = { name: "hits" };
const selected = { name: "queue", selector: { matchLabels: { tier: "a" } } };
const deployment = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };

test.each<[string, MetricSpec, string, number, object, string]>([
  [
    "a metric of pods",
    { type: "Pods", pods: { metric, target: { type: "AverageValue", averageValue: "10" } } },
    "/apis/custom.metrics.k8s.io/v1beta2/namespaces/default/pods/*/hits?labelSelector=app=web&metricLabelSelector=",
    20,
    { type: "Pods", pods: { metric, current: { averageValue: "20" } } },
    "pods metric hits",
  ],
  [
    "a value of an object",
    { type: "Object", object: { describedObject: deployment, metric, target: { type: "Value", value: "10" } } },
    "/apis/custom.metrics.k8s.io/v1beta2/namespaces/default/deployments.apps/web/hits?metricLabelSelector=",
    20,
    { type: "Object", object: { describedObject: deployment, metric, current: { value: "20" } } },
    "Deployment metric hits",
  ],
  [
    "a share of an object's value",
    {
      type: "Object",
      object: {
        describedObject: { apiVersion: "v1", kind: "Namespace", name: "default" },
        metric,
        target: { type: "AverageValue", averageValue: "10" },
      },
    },
    "/apis/custom.metrics.k8s.io/v1beta2/namespaces/default/metrics/hits?metricLabelSelector=",
    40,
    {
      type: "Object",
      object: { describedObject: { apiVersion: "v1", kind: "Namespace", name: "default" }, metric, current: { averageValue: "20" } },
    },
    "external metric hits(nil)",
  ],
  [
    "a value from outside",
    { type: "External", external: { metric: selected, target: { type: "Value", value: "10" } } },
    "/apis/external.metrics.k8s.io/v1beta1/namespaces/default/queue?labelSelector=tier=a",
    20,
    { type: "External", external: { metric: selected, current: { value: "20" } } },
    "external metric queue(&LabelSelector{MatchLabels:map[string]string{tier: a,},MatchExpressions:[]LabelSelectorRequirement{},})",
  ],
  [
    "a share of a value from outside",
    { type: "External", external: { metric: selected, target: { type: "AverageValue", averageValue: "10" } } },
    "/apis/external.metrics.k8s.io/v1beta1/namespaces/default/queue?labelSelector=tier=a",
    40,
    { type: "External", external: { metric: selected, current: { averageValue: "20" } } },
    "external metric queue(&LabelSelector{MatchLabels:map[string]string{tier: a,},MatchExpressions:[]LabelSelectorRequirement{},})",
  ],
])("%s: twice the target is twice the size", async (_, spec, path, value, metricStatus, label) => {
  const asked: string[] = [];
  cluster.api.intercept(
    ({ path: each }) => each === "/apis",
    () => discovery,
    Number.POSITIVE_INFINITY,
  );
  cluster.api.intercept(
    ({ path: each }) => /(custom|external)\.metrics/.test(each),
    ({ path: each, query = {} }) => {
      const parameters = Object.entries(query).map(([key, text]) => `${key}=${text}`);
      asked.push(`${each}?${parameters.join("&")}`);
      const names = spec.type === "Pods" ? ["p0", "p1"] : ["web"];
      const timestamp = new Date(cluster.clock.now()).toISOString();
      return { items: names.map((name) => ({ describedObject: { name }, timestamp, value: String(value) })) };
    },
    Number.POSITIVE_INFINITY,
  );
  const made = await make(2, { metrics: [spec] });
  expect(asked).toEqual([path]);
  expect(replicas()).toBe(4);
  expect(status().currentMetrics).toEqual([metricStatus]);
  expect(cluster.eventsOf(made)).toEqual([`Normal SuccessfulRescale New size: 4; reason: ${label} above target`]);
});

test.each<[string, MetricSpec, string, string]>([
  [
    "Pods",
    { type: "Pods", pods: { metric, target: { type: "AverageValue", averageValue: "1" } } },
    "FailedGetPodsMetric unable to get metric hits: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered",
    "failed to get pods metric value: ",
  ],
  [
    "Object",
    { type: "Object", object: { describedObject: deployment, metric, target: { type: "Value", value: "1" } } },
    "FailedGetObjectMetric unable to get metric hits: Deployment on default web/unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered",
    "failed to get object metric value: ",
  ],
  [
    "External",
    { type: "External", external: { metric, target: { type: "Value", value: "1" } } },
    "FailedGetExternalMetric unable to get external metric default/hits/nil: unable to fetch metrics from external metrics API: the server could not find the requested resource (get hits.external.metrics.k8s.io)",
    "failed to get hits external metric value: failed to get external metric hits: ",
  ],
  [
    "ContainerResource",
    { type: "ContainerResource", containerResource: { name: "cpu", container: "web", target: { type: "Utilization", averageUtilization: 1 } } },
    "FailedGetContainerResourceMetric failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)",
    "failed to get web container metric value: ",
  ],
])("a metric that can't be had is told: %s", async (_, spec, expected, full) => {
  const made = await make(2, { metrics: [spec] });
  const [reason = "", ...words] = expected.split(" ");
  const message = words.join(" ");
  expect(cluster.eventsOf(made)).toEqual([
    `Warning ${expected}`,
    `Warning FailedComputeMetricsReplicas invalid metrics (1 invalid out of 1), first error is: ${full}${message}`,
  ]);
  expect(status().conditions!.at(-1)).toMatchObject({
    type: "ScalingActive",
    reason,
    message: `the HPA was unable to compute the replica count: ${message}`,
  });
  expect(status().currentMetrics).toEqual([{ type: "" }]);
});

test("with one metric of two it still grows, but does not shrink", async () => {
  usage = { p0: 100, p1: 100 };
  const broken: MetricSpec = { type: "External", external: { metric, target: { type: "Value", value: "1" } } };
  const cpu: MetricSpec = { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } };
  await make(2, { metrics: [broken, cpu] });
  expect(replicas()).toBe(4);
  usage = { p0: 1, p1: 1 };
  await cluster.step(330_000);
  expect(replicas()).toBe(4);
  expect(conditions()).toContain("ScalingActive False FailedGetExternalMetric");
});

test("the use of one container", async () => {
  usage = { p0: 100, p1: 100 };
  await make(2, {
    metrics: [
      { type: "ContainerResource", containerResource: { name: "cpu", container: "web", target: { type: "AverageValue", averageValue: "50m" } } },
    ],
  });
  expect(replicas()).toBe(4);
  expect(status().currentMetrics).toEqual([
    { type: "ContainerResource", containerResource: { name: "cpu", container: "web", current: { averageValue: "100m" } } },
  ]);
});

test("two autoscalers of the same pods are told", async () => {
  usage = { p0: 50, p1: 50 };
  const first = await make(2);
  cluster.api.put(HorizontalPodAutoscalers, { metadata: { name: "i", namespace: "default" }, spec: first.spec });
  await cluster.settle();
  await cluster.step(15_000);
  expect(conditions()).toContain("ScalingActive False AmbiguousSelector");
  expect(status().conditions!.find(({ type }) => type === "ScalingActive")!.message).toBe(
    "pods by selector app=web are controlled by multiple HPAs: [{h default} {i default}]",
  );
});

test("policies limit the rate, and windows hold against growing too", async () => {
  usage = { p0: 200, p1: 200 };
  const scaleUp = { stabilizationWindowSeconds: 30, selectPolicy: "Max", policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] };
  await make(2, { maxReplicas: 10, behavior: { scaleUp, scaleDown: { selectPolicy: "Disabled" } } });
  // The size it began with counts as recommended.
  expect(replicas()).toBe(2);
  expect(conditions()).toContain("AbleToScale True ScaleUpStabilized");
  await cluster.step(30_000);
  expect(replicas()).toBe(3);
  expect(conditions()).toContain("ScalingLimited True ScaleUpLimit");
  await cluster.step(30_000);
  expect(replicas()).toBe(3);
  await cluster.step(30_000);
  expect(replicas()).toBe(4);
  usage = { p0: 1, p1: 1 };
  await cluster.step(600_000);
  expect(replicas()).toBe(4);
  expect(conditions()).toContain("ScalingLimited True ScaleDownLimit");
});
