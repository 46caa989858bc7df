import { describe, expect, test } from "vitest";
import type { HPAScalingRules, Pod } from "../../../shared/kubernetes/types.ts";
import { fromPods, fromShare, fromValue } from "./calculator.ts";
import { limitByPolicies, limitReplicas, type Changes } from "./limits.ts";
import { ScalingMemory } from "./memory.ts";
import type { PodMetrics } from "./metricsApi.ts";

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
const tolerances = { up: 0.1, down: 0.1 };
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
  expect(fromPods({ tolerances, current: 2, pods, metrics: metrics(values), resource: "cpu", target: { utilization: 50 }, now }).replicas).toBe(
    expected,
  );
});

test("a container without a request can't be measured against it", () => {
  const bare = { ...pod("a"), spec: { containers: [{ name: "c" }] } } as Pod;
  expect(() =>
    fromPods({ tolerances, current: 1, pods: [bare], metrics: metrics({ a: 1 }), resource: "cpu", target: { utilization: 50 }, now }),
  ).toThrow("missing request for cpu in container c of Pod a");
});

test.each([
  [2, 3, 3, "DesiredWithinRange"],
  [2, 9, 4, "ScaleUpLimit"],
  [4, 12, 6, "TooManyReplicas"],
  [2, 0, 1, "TooFewReplicas"],
])("from %i to %i within 1 to 6 gives %i", (current, desired, expected, reason) => {
  expect(limitReplicas(desired, { current, min: 1, max: 6 })).toMatchObject({ replicas: expected, reason });
});

test.each<[string, Pod, string | undefined, number | string]>([
  [
    "a sidecar counts",
    {
      ...pod("a"),
      spec: { containers: [], initContainers: [{ name: "s", restartPolicy: "Always", resources: { requests: { cpu: "50m" } } }] },
    } as never,
    undefined,
    2,
  ],
  [
    "one container of several",
    { ...pod("a"), spec: { containers: [{ name: "c", resources: { requests: { cpu: "200m" } } }, { name: "d" }] } } as never,
    "c",
    1,
  ],
  ["a container that is not there", pod("a"), "x", "container x not found in Pod a"],
  ["the pod as a whole", { ...pod("a"), spec: { containers: [{ name: "c" }], resources: { requests: { cpu: "25m" } } } } as never, undefined, 4],
  [
    "the pod as a whole, but not for this",
    { ...pod("a"), spec: { containers: [], resources: { requests: { memory: "1Gi" } } } } as never,
    undefined,
    "missing pod-level request for cpu in Pod a",
  ],
])("requests: %s", (_, one, container, expected) => {
  const compute = () =>
    fromPods({ tolerances, current: 1, pods: [one], metrics: metrics({ a: 100 }), resource: "cpu", container, target: { utilization: 100 }, now });
  if (typeof expected === "string") expect(compute).toThrow(expected);
  else expect(compute().replicas).toBe(expected);
});

test.each([
  [{ up: 0.1, down: 0.1 }, { a: 109, b: 109 }, 2],
  [{ up: 0.05, down: 0.1 }, { a: 109, b: 109 }, 3],
  [{ up: 0.1, down: 0.1 }, { a: 45, b: 45 }, 1],
  [{ up: 0.1, down: 0.6 }, { a: 45, b: 45 }, 2],
])("tolerances %o with %o", (own, values, expected) => {
  const input = { tolerances: own, current: 2, pods: [pod("a"), pod("b")], metrics: metrics(values), target: { average: 100 }, now };
  expect(fromPods(input).replicas).toBe(expected);
});

test.each([
  ["as it is", 200, 100, 2, 4],
  ["within tolerance", 105, 100, 2, 2],
  ["from nothing", 250, 100, 0, 3],
])("one value for all: %s", (_, value, target, current, expected) => {
  expect(fromValue(value, target, { current, pods: [pod("a"), pod("b")], tolerances })).toBe(expected);
});

test.each([
  ["grows", 500, 100, 2, { replicas: 5, average: 250 }],
  ["within tolerance", 210, 100, 2, { replicas: 2, average: 105 }],
])("one value shared among all: %s", (_, value, target, present, expected) => {
  expect(fromShare(value, target, { present, tolerances })).toEqual(expected);
});

describe("policies", () => {
  const minute = { periodSeconds: 60 };
  const pods = (value: number) => ({ type: "Pods", value, ...minute });
  const percent = (value: number) => ({ type: "Percent", value, ...minute });
  const none: Changes = { up: [], down: [] };
  const ago = (by: number, seconds: number) => ({ by, at: now - seconds * 1000 });

  test.each<[string, HPAScalingRules, Changes, number, number, number, string]>([
    ["so many more", { policies: [pods(2)] }, none, 4, 9, 6, "ScaleUpLimit"],
    ["so many per cent more, rounded up", { policies: [percent(30)] }, none, 4, 9, 6, "ScaleUpLimit"],
    ["the larger of two", { policies: [pods(1), percent(100)], selectPolicy: "Max" }, none, 4, 9, 8, "ScaleUpLimit"],
    ["the smaller of two", { policies: [pods(1), percent(100)], selectPolicy: "Min" }, none, 4, 9, 5, "ScaleUpLimit"],
    ["none", { policies: [pods(1)], selectPolicy: "Disabled" }, none, 4, 9, 4, "ScaleUpLimit"],
    ["less what was added in the period", { policies: [pods(4)] }, { up: [ago(3, 30), ago(9, 61)], down: [] }, 7, 9, 8, "ScaleUpLimit"],
    ["and what was taken away", { policies: [pods(1)] }, { up: [], down: [ago(2, 30)] }, 4, 9, 7, "ScaleUpLimit"],
    ["the maximum first", { policies: [percent(400)] }, none, 4, 19, 10, "TooManyReplicas"],
    ["as wanted", { policies: [percent(400)] }, none, 4, 9, 9, "DesiredWithinRange"],
    ["so many less", { policies: [pods(2)] }, none, 8, 2, 6, "ScaleDownLimit"],
    ["so many per cent less, rounded down", { policies: [percent(30)] }, none, 8, 2, 5, "ScaleDownLimit"],
    ["the larger loss of two", { policies: [pods(1), percent(50)] }, none, 8, 2, 4, "ScaleDownLimit"],
    ["the smaller loss of two", { policies: [pods(1), percent(50)], selectPolicy: "Min" }, none, 8, 2, 7, "ScaleDownLimit"],
    ["the minimum first", { policies: [percent(100)] }, none, 4, 0, 1, "TooFewReplicas"],
  ])("%s", (_, rules, changes, current, desired, expected, reason) => {
    const limited = limitByPolicies(desired, { current, min: 1, max: 10 }, { scaleUp: rules, scaleDown: rules, changes, now });
    expect(limited).toMatchObject({ replicas: expected, reason });
  });
});

test("a window holds the highest recommendation while shrinking, the lowest while growing", () => {
  const memory = new ScalingMemory();
  const behavior = { scaleUp: { stabilizationWindowSeconds: 60 }, scaleDown: { stabilizationWindowSeconds: 120 } };
  const at = (seconds: number, replicas: number, current: number) => memory.stabilizeBy(behavior, current, replicas, seconds * 1000).replicas;
  expect(at(0, 4, 4)).toBe(4);
  expect(at(30, 8, 4)).toBe(4);
  expect(at(61, 8, 4)).toBe(8);
  expect(at(90, 2, 8)).toBe(8);
  expect(at(182, 2, 8)).toBe(2);
});
