import { describe, expect, test } from "vitest";
import type { Pod } from "../../shared/kubernetes/types.ts";
import { refusalMessage } from "./decide.ts";
import { node, type NodeWithPods, pod, testScheduler } from "./testWorld.ts";

const place = (wanted: Pod, nodes: NodeWithPods[]) => {
  const decision = testScheduler(nodes).decide(wanted);
  return decision.node?.name ?? refusalMessage(decision);
};

const antiAffinity = (app: string) => ({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app } }, topologyKey: "kubernetes.io/hostname" }],
    },
  },
});
const affinity = (app: string) => ({
  affinity: {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app } }, topologyKey: "kubernetes.io/hostname" }],
    },
  },
});
const spread = {
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "DoNotSchedule" as const,
      labelSelector: { matchLabels: { app: "web" } },
    },
  ],
};
const web = { labels: { app: "web" } };
const taint = { taints: [{ key: "dedicated", value: "db", effect: "NoSchedule" as const }] };

describe("a pod goes to the node that", () => {
  test.each<[string, Pod, NodeWithPods[], string]>([
    ["has room", pod({ cpu: "1500m" }), [node("a", { pods: [{ cpu: "1" }] }), node("b")], "b"],
    ["is emptier", pod({ cpu: "100m" }), [node("a", { pods: [{ cpu: "1" }] }), node("b", { pods: [{ cpu: "100m" }] })], "b"],
    ["it selects", pod({ spec: { nodeSelector: { disk: "ssd" } } }), [node("a"), node("b", { labels: { disk: "ssd" } })], "b"],
    [
      "it names by field",
      pod({
        spec: {
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["b"] }] }],
              },
            },
          },
        },
      }),
      [node("a"), node("b")],
      "b",
    ],
    [
      "it prefers",
      pod({
        spec: {
          affinity: {
            nodeAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                { weight: 50, preference: { matchExpressions: [{ key: "zone", operator: "In", values: ["x"] }] } },
              ],
            },
          },
        },
      }),
      [node("a"), node("b", { labels: { zone: "x" } })],
      "b",
    ],
    ["has no taint", pod(), [node("a", { spec: taint }), node("b")], "b"],
    [
      "it tolerates",
      pod({ spec: { tolerations: [{ key: "dedicated", operator: "Equal", value: "db", effect: "NoSchedule" }] } }),
      [node("a", { spec: taint })],
      "a",
    ],
    ["is not cordoned", pod(), [node("a", { spec: { unschedulable: true } }), node("b")], "b"],
    ["has the image", pod(), [node("a"), node("b", { images: ["web:1"] })], "b"],
    ["has no pod that it avoids", pod({ spec: antiAffinity("web") }), [node("a", { pods: [web] }), node("b")], "b"],
    ["has a pod that it wants", pod({ spec: affinity("web") }), [node("a"), node("b", { pods: [web] })], "b"],
    ["evens the spread", pod({ ...web, spec: spread }), [node("a", { pods: [web] }), node("b")], "b"],
  ])("%s", (_, wanted, nodes, expected) => expect(place(wanted, nodes)).toBe(expected));

  test("is the first of its kind, when it wants its own kind", () => expect(place(pod({ ...web, spec: affinity("web") }), [node("a")])).toBe("a"));
});

describe("a pod that no node takes is told why", () => {
  test.each<[Pod, NodeWithPods[], string]>([
    [pod({ cpu: "3" }), [node("a"), node("b", { spec: taint })], "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s)."],
    [pod({ spec: { nodeSelector: { a: "b" } } }), [node("a")], "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."],
    [
      pod({ spec: { containers: [{ name: "c", image: "x", ports: [{ containerPort: 80, hostPort: 80, protocol: "TCP" }] }] } }),
      [node("a", { pods: [{ spec: { containers: [{ name: "c", image: "x", ports: [{ containerPort: 80, hostPort: 80, protocol: "TCP" }] }] } }] })],
      "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
    ],
    [
      pod(web),
      [node("a", { pods: [{ spec: antiAffinity("web") }] })],
      "0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules.",
    ],
    [
      pod({ spec: { topologySpreadConstraints: [{ ...spread.topologySpreadConstraints[0]!, topologyKey: "rack" }] } }),
      [node("a")],
      "0/1 nodes are available: 1 node(s) didn't match pod topology spread constraints (missing required label).",
    ],
  ])("case %#", (wanted, nodes, message) => expect(place(wanted, nodes)).toBe(message));
});

describe("preemption", () => {
  test("chooses the node with the least important victims, and the fewest that must go", () => {
    const busy = node("a", { pods: [{ cpu: "2", priority: 50 }] });
    const cheap = node("b", {
      pods: [
        { cpu: "1500m", priority: 10 },
        { cpu: "500m", priority: 20 },
      ],
    });
    const result = testScheduler([busy, cheap]).postFilter(pod({ cpu: "1500m", priority: 100 }));
    expect([result.nominatedNode, result.victims?.map((victim) => victim.spec.priority)]).toEqual(["b", [10]]);
  });

  test.each<[string, Pod, NodeWithPods[], string]>([
    [
      "no pod is less important",
      pod({ cpu: "2" }),
      [node("a", { pods: [{ cpu: "1" }] })],
      "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
    ],
    ["no departure would help", pod({ cpu: "3" }), [node("a")], "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."],
    [
      "it must not",
      pod({ cpu: "2", priority: 9, spec: { preemptionPolicy: "Never" } }),
      [node("a", { pods: [{ cpu: "1" }] })],
      "preemption: not eligible due to preemptionPolicy=Never.",
    ],
  ])("says when %s", (_, wanted, nodes, message) =>
    expect(testScheduler(nodes).postFilter(wanted).message).toBe(`no new claims to deallocate, ${message}`),
  );
});
