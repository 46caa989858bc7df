import { describe, expect, test } from "vitest";
import type { PodDisruptionBudget, PodSpec } from "../../shared/kubernetes/types.ts";
import { PodDisruptionBudgets } from "../api/resources.ts";
import { node, type NodeWithPods, object, pod, type PodShape, testScheduler } from "./testWorld.ts";

const budget = (app: string, disruptionsAllowed: number, disruptedPods: Record<string, string> = {}) =>
  object(PodDisruptionBudgets, {
    metadata: { name: app, namespace: "default" },
    spec: { selector: { matchLabels: { app } } },
    status: { disruptionsAllowed, disruptedPods },
  }) as PodDisruptionBudget;

const victim = (name: string, cpu: string, priority = 0, more: PodShape = {}): PodShape => ({ name, cpu, priority, ...more });
const started = (startTime: string): PodShape => ({ status: { startTime } });
const important = (cpu: string, spec: Partial<PodSpec> = {}) => pod({ name: "preemptor", cpu, priority: 100, spec });
const web = { app: "web" };
const apart: Partial<PodSpec> = {
  affinity: {
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "zone", labelSelector: { matchLabels: web } }] },
  },
};
const spread: Partial<PodSpec> = {
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: web } },
  ],
};

const outcome = (wanted: ReturnType<typeof pod>, nodes: NodeWithPods[], budgets: PodDisruptionBudget[] = []) => {
  const { nominatedNode, victims, message } = testScheduler(nodes, budgets).postFilter(wanted);
  return nominatedNode ? [nominatedNode, ...(victims ?? []).map(({ metadata }) => metadata.name).sort()] : message;
};

describe("room is made", () => {
  test.each<[string, ReturnType<typeof pod>, NodeWithPods[], PodDisruptionBudget[], string[]]>([
    ["by as few as possible", important("1"), [node("a", { pods: [victim("x", "1"), victim("y", "1")] })], [], ["a", expect.any(String) as string]],
    [
      "where the highest victim is least important",
      important("2"),
      [node("a", { pods: [victim("x", "2", 50)] }), node("b", { pods: [victim("y", "1", 10), victim("z", "1", 20)] })],
      [],
      ["b", "y", "z"],
    ],
    [
      "where the sum of priorities is least",
      important("2"),
      [node("a", { pods: [victim("x", "1", 10), victim("y", "1", 9)] }), node("b", { pods: [victim("z", "2", 10)] })],
      [],
      ["b", "z"],
    ],
    [
      "where victims run the shortest",
      important("2"),
      [
        node("a", { pods: [victim("old", "2", 0, started("2026-01-01T00:00:00Z"))] }),
        node("b", { pods: [victim("young", "2", 0, started("2026-01-02T00:00:00Z"))] }),
      ],
      [],
      ["b", "young"],
    ],
    [
      "and those who run longest stay",
      important("1"),
      [node("a", { pods: [victim("old", "1", 0, started("2026-01-01T00:00:00Z")), victim("young", "1", 0, started("2026-01-02T00:00:00Z"))] })],
      [],
      ["a", "young"],
    ],
    [
      "where no budget is broken",
      important("2"),
      [node("a", { pods: [victim("kept", "2", 0, { labels: web })] }), node("b", { pods: [victim("free", "2", 50)] })],
      [budget("web", 0)],
      ["b", "free"],
    ],
    [
      "within the budget",
      important("2"),
      [node("a", { pods: [victim("kept", "2", 0, { labels: web })] }), node("b", { pods: [victim("free", "2", 50)] })],
      [budget("web", 1)],
      ["a", "kept"],
    ],
    [
      "and a pod whose budget is spent already counts no more",
      important("2"),
      [node("a", { pods: [victim("kept", "2", 0, { labels: web })] }), node("b", { pods: [victim("free", "2", 50)] })],
      [budget("web", 0, { kept: "now" })],
      ["a", "kept"],
    ],
    [
      "by those that no budget keeps, on the same node",
      important("1"),
      [node("a", { pods: [victim("kept", "1", 0, { labels: web }), victim("free", "1", 50)] })],
      [budget("web", 0)],
      ["a", "free"],
    ],
    [
      "against a budget when there is no other way",
      important("2"),
      [node("a", { pods: [victim("kept", "2", 0, { labels: web })] })],
      [budget("web", 0)],
      ["a", "kept"],
    ],
    [
      "by a pod that is disliked",
      important("1", apart),
      [node("a", { labels: { zone: "z" }, pods: [victim("web", "100m", 0, { labels: web }), victim("other", "100m")] })],
      [],
      ["a", "web"],
    ],
    [
      "by one of too many",
      pod({ name: "preemptor", cpu: "1", priority: 100, labels: web, spec: spread }),
      [
        node("a", { pods: [victim("w1", "100m", 0, { labels: web }), victim("w2", "100m", 0, { labels: web })] }),
        node("b", { cpu: "500m", pods: [victim("w3", "100m", 200, { labels: web })] }),
      ],
      [],
      ["a", "w2"],
    ],
  ])("%s", (_, wanted, nodes, budgets, expected) => expect(outcome(wanted, nodes, budgets)).toEqual(expected));
});

describe("no room is made", () => {
  const leaving: PodShape = {
    metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" },
    status: { conditions: [{ type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler" }] },
  };
  const nominated = pod({ name: "preemptor", cpu: "2", priority: 100, status: { nominatedNodeName: "a" } });
  test.each<[string, ReturnType<typeof pod>, NodeWithPods[], string]>([
    [
      "by equals",
      pod({ cpu: "2", priority: 5 }),
      [node("a", { pods: [victim("x", "1", 5)] })],
      "0/1 nodes are available: 1 No preemption victims found for incoming pod.",
    ],
    [
      "when it would not be enough",
      important("2"),
      [node("a", { pods: [victim("x", "1"), victim("y", "1", 200)] })],
      "0/1 nodes are available: 1 Insufficient cpu.",
    ],
    [
      "while victims of before are ending",
      nominated,
      [node("a", { pods: [victim("x", "2", 0, leaving)] })],
      "not eligible due to a terminating pod on the nominated node.",
    ],
  ])("%s", (_, wanted, nodes, message) => expect(outcome(wanted, nodes)).toBe(`no new claims to deallocate, preemption: ${message}`));
});
