import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { PodSpec, TopologySpreadConstraint } from "../../../shared/kubernetes/types.ts";
import { ReplicaSets, Services } from "../../api/resources.ts";
import { refusalMessage } from "../decide.ts";
import { node, type NodeShape, type NodeWithPods, object, pod, type PodShape, testScheduler } from "../testWorld.ts";

const zone = "topology.kubernetes.io/zone";
const web = { labels: { app: "web" } };
const webs = (count: number, more: PodShape = {}): PodShape[] => Array.from({ length: count }, () => ({ ...web, ...more }));

const hard = (more: Partial<TopologySpreadConstraint> = {}): Partial<PodSpec> => ({
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: zone, whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: { app: "web" } }, ...more },
  ],
});
const soft = (more: Partial<TopologySpreadConstraint> = {}) => hard({ whenUnsatisfiable: "ScheduleAnyway", ...more });

const inZone = (name: string, value: string, pods: PodShape[] = [], more: NodeShape = {}): NodeWithPods =>
  node(name, { ...more, labels: { [zone]: value, ...more.labels }, pods });

const place = (shape: PodShape, nodes: NodeWithPods[], objects: KubeObject[] = []) => {
  const decision = testScheduler(nodes, objects).decide(pod(shape));
  return decision.node?.name ?? refusalMessage(decision);
};
const broken = (nodes: number) => `0/${nodes} nodes are available: ${nodes} node(s) didn't match pod topology spread constraints.`;
const taints: NodeShape = { spec: { taints: [{ key: "k", effect: "NoSchedule" }] } };

describe("a constraint that must hold", () => {
  test.each<[string, PodShape, NodeWithPods[], string]>([
    ["evens zones, not nodes", { ...web, spec: hard() }, [inZone("a1", "a", webs(1)), inZone("a2", "a"), inZone("b1", "b")], "b1"],
    [
      "allows maxSkew",
      { ...web, spec: { ...hard({ maxSkew: 2 }), nodeSelector: { [zone]: "a" } } },
      [inZone("a1", "a", webs(1)), inZone("b1", "b")],
      "a1",
    ],
    [
      "counts only nodes that the pod selects",
      { ...web, spec: { ...hard(), nodeSelector: { [zone]: "a" } } },
      [inZone("a1", "a", webs(3)), inZone("b1", "b")],
      "a1",
    ],
    [
      "counts all nodes when told to",
      { ...web, spec: { ...hard({ nodeAffinityPolicy: "Ignore" }), nodeSelector: { [zone]: "a" } } },
      [inZone("a1", "a", webs(3)), inZone("b1", "b")],
      "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) didn't match pod topology spread constraints.",
    ],
    [
      "counts tainted nodes",
      { ...web, spec: hard() },
      [inZone("a1", "a", webs(1)), inZone("b1", "b", [], taints)],
      "0/2 nodes are available: 1 node(s) didn't match pod topology spread constraints, 1 node(s) had untolerated taint(s).",
    ],
    [
      "does not count tainted nodes when told so",
      { ...web, spec: hard({ nodeTaintsPolicy: "Honor" }) },
      [inZone("a1", "a", webs(1)), inZone("b1", "b", [], taints)],
      "a1",
    ],
    [
      "wants as many domains as it says",
      { ...web, spec: hard({ minDomains: 3 }) },
      [inZone("a1", "a", webs(1)), inZone("b1", "b", webs(1))],
      broken(2),
    ],
    [
      "does not count pods that are ending",
      { ...web, spec: hard() },
      [inZone("a1", "a", webs(1, { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } })), inZone("b1", "b", webs(1))],
      "a1",
    ],
    [
      "does not count pods of other namespaces",
      { ...web, spec: hard() },
      [inZone("a1", "a", webs(1, { namespace: "other" })), inZone("b1", "b", webs(1))],
      "a1",
    ],
    [
      "counts only pods of its own revision",
      { labels: { app: "web", rev: "2" }, spec: hard({ matchLabelKeys: ["rev"] }) },
      [inZone("a1", "a", webs(1, { labels: { app: "web", rev: "2" } })), inZone("b1", "b", webs(3, { labels: { app: "web", rev: "1" } }))],
      "b1",
    ],
    ["binds a pod that is not counted itself less", { spec: hard() }, [inZone("a1", "a", webs(1)), inZone("b1", "b", [], taints)], "a1"],
  ])("%s", (_, shape, nodes, expected) => expect(place(shape, nodes)).toBe(expected));
});

describe("a constraint that should hold", () => {
  test.each<[string, PodShape, NodeWithPods[], string]>([
    ["prefers the emptier zone", { ...web, spec: soft() }, [inZone("a1", "a", webs(2)), inZone("b1", "b", webs(1))], "b1"],
    [
      "prefers the emptier node",
      { ...web, spec: soft({ topologyKey: "kubernetes.io/hostname" }) },
      [inZone("a1", "a", webs(2)), inZone("a2", "a", webs(1))],
      "a2",
    ],
    ["prefers nodes that have the key", { ...web, spec: soft() }, [node("none"), inZone("b1", "b")], "b1"],
  ])("%s", (_, shape, nodes, expected) => expect(place(shape, nodes)).toBe(expected));
});

describe("pods without constraints spread as their kind", () => {
  const service = object(Services, { metadata: { name: "web", namespace: "default" }, spec: { selector: { app: "web" } } });
  const replicaSet = object(ReplicaSets, { metadata: { name: "web-1", namespace: "default" }, spec: { selector: { matchLabels: { app: "web" } } } });
  const owned = { ...web, metadata: { ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-1", uid: "u", controller: true }] } };
  // The fuller node is otherwise the better one: it has the image.
  const nodes = () => [node("full", { pods: webs(4), images: ["web:1"] }), node("free")];
  test.each<[string, PodShape, KubeObject[], string]>([
    ["of a Service", web, [service], "free"],
    ["of a ReplicaSet", owned, [replicaSet], "free"],
    ["but not without either", web, [], "full"],
  ])("%s", (_, shape, objects, expected) => expect(place({ ...shape }, nodes(), objects)).toBe(expected));

  test("or as the profile says", () => {
    const defaultConstraints = [{ maxSkew: 1, topologyKey: zone, whenUnsatisfiable: "DoNotSchedule" }];
    const pluginConfig = [{ name: "PodTopologySpread", args: { defaultingType: "List", defaultConstraints } }];
    const scheduler = testScheduler([inZone("a1", "a", webs(2)), inZone("b1", "b", webs(1), taints)], [service], { profiles: [{ pluginConfig }] });
    expect(refusalMessage(scheduler.decide(pod(web)))).toContain("1 node(s) didn't match pod topology spread constraints");
  });
});
