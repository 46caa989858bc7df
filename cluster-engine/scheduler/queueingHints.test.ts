import { describe, expect, test } from "vitest";
import type { Node, Pod } from "../../shared/kubernetes/types.ts";
import { PersistentVolumeClaims, ResourceSlices } from "../api/resources.ts";
import { node, type NodeShape, object, pod, type PodShape, testScheduler } from "./testWorld.ts";
import type { ClusterEvent } from "./types.ts";

const { profile } = testScheduler([]);
const wakes = (plugin: string, event: ClusterEvent, wanted: Pod) => profile.named(new Set([plugin]))[0]!.wakesOn(event, wanted);

const added = (shape: NodeShape = {}): ClusterEvent => ({ type: "nodeAdded", node: node("n", shape).node });
const updated = (before: NodeShape, after: NodeShape): ClusterEvent => ({
  type: "nodeUpdated",
  old: node("n", before).node,
  node: node("n", after).node,
});
const bound = (shape: PodShape): ClusterEvent => ({ type: "podBound", pod: pod(shape) });
const gone = (shape: PodShape): ClusterEvent => ({ type: "podDeleted", pod: pod(shape) });
const changed = (before: PodShape, after: PodShape): ClusterEvent => ({
  type: "podUpdated",
  old: pod({ name: "x", ...before }),
  pod: pod({ name: "x", ...after }),
});
const self = (before: PodShape, after: PodShape): ClusterEvent => ({
  type: "self",
  old: pod({ name: "x", ...before }),
  pod: pod({ name: "x", ...after }),
});

const port = (hostPort: number): PodShape => ({
  spec: { containers: [{ name: "c", image: "i", ports: [{ containerPort: 80, hostPort, protocol: "TCP" }] }] },
});
const taints: Node["spec"] = { taints: [{ key: "k", effect: "NoSchedule" }] };
const cordoned: Node["spec"] = { unschedulable: true };
const ssd: PodShape = { spec: { nodeSelector: { disk: "ssd" } } };
const web = { labels: { app: "web" } };
const term = { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "web" } } };
const likes: PodShape = { spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } } };
const dislikes: PodShape = { spec: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } } };
const spread: PodShape = { ...web, spec: { topologySpreadConstraints: [{ maxSkew: 1, whenUnsatisfiable: "DoNotSchedule", ...term }] } };
const volumes: PodShape = { spec: { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }] } };
const claim = (name: string): ClusterEvent => ({
  type: "added",
  resource: "persistentvolumeclaims",
  object: object(PersistentVolumeClaims, { metadata: { name, namespace: "default" } }),
});

describe("a pod that a plugin refused is tried again", () => {
  test.each<[string, string, PodShape, ClusterEvent, boolean]>([
    ["NodeResourcesFit", "when a node with room comes", { cpu: "1" }, added({ cpu: "2" }), true],
    ["NodeResourcesFit", "not when the new node is too small", { cpu: "4" }, added({ cpu: "2" }), false],
    ["NodeResourcesFit", "when a node grows", { cpu: "2" }, updated({ cpu: "1" }, { cpu: "2" }), true],
    ["NodeResourcesFit", "not when a node changes otherwise", { cpu: "2" }, updated({ cpu: "2" }, { cpu: "2", labels: { a: "b" } }), false],
    ["NodeResourcesFit", "when a pod goes", { cpu: "1" }, gone({ cpu: "1" }), true],
    ["NodeResourcesFit", "when a pod is scaled down", { cpu: "1" }, changed({ cpu: "2" }, { cpu: "1" }), true],
    ["NodeResourcesFit", "not when a pod grows", { cpu: "1" }, changed({ cpu: "1" }, { cpu: "2" }), false],
    ["NodeResourcesFit", "not when a pod is bound", { cpu: "1" }, bound({ cpu: "1" }), false],
    ["NodePorts", "when the port is free", port(80), gone(port(80)), true],
    ["NodePorts", "not when another port is", port(80), gone(port(81)), false],
    ["TaintToleration", "when the taint goes", {}, updated({ spec: taints }, {}), true],
    ["TaintToleration", "not when the new node is tainted", {}, added({ spec: taints }), false],
    ["NodeUnschedulable", "when a node is uncordoned", {}, updated({ spec: cordoned }, {}), true],
    ["NodeUnschedulable", "not when it is cordoned", {}, updated({}, { spec: cordoned }), false],
    ["NodeAffinity", "when a node gets the label", ssd, updated({}, { labels: { disk: "ssd" } }), true],
    ["NodeAffinity", "not when it gets another", ssd, updated({}, { labels: { disk: "hdd" } }), false],
    ["NodeAffinity", "not when only its status changes", ssd, self(ssd, { ...ssd, status: { phase: "Pending" } }), false],
    ["NodeAffinity", "when its selection changes", ssd, self(ssd, {}), true],
    ["InterPodAffinity", "when a pod that it likes comes", likes, bound(web), true],
    ["InterPodAffinity", "not when another comes", likes, bound({}), false],
    ["InterPodAffinity", "when a pod that it dislikes goes", dislikes, gone(web), true],
    ["InterPodAffinity", "when a pod goes that disliked it", web, gone(dislikes), true],
    ["InterPodAffinity", "not when another goes", web, gone({}), false],
    ["InterPodAffinity", "when a pod is relabelled to its liking", likes, changed({}, web), true],
    ["PodTopologySpread", "when a pod that counts goes", spread, gone(web), true],
    ["PodTopologySpread", "not when one that does not count goes", spread, gone({}), false],
    ["PodTopologySpread", "not when one of another namespace goes", spread, gone({ ...web, namespace: "other" }), false],
    ["PodTopologySpread", "when a node with the key comes", spread, added(), true],
    ["VolumeBinding", "when its claim comes", volumes, claim("data"), true],
    ["VolumeBinding", "not when another claim comes", volumes, claim("other"), false],
    ["VolumeRestrictions", "when a pod with the same claim goes", volumes, gone(volumes), true],
    ["NodeVolumeLimits", "not when a pod without volumes goes", volumes, gone({}), false],
    [
      "DynamicResources",
      "when devices come",
      {},
      { type: "added", resource: "resourceslices", object: object(ResourceSlices, { metadata: { name: "s" } }) },
      true,
    ],
    ["SchedulingGates", "when its gates go", {}, self({ spec: { schedulingGates: [{ name: "g" }] } }, {}), true],
  ])("%s: %s", (plugin, _, shape, event, expected) => expect(wakes(plugin, event, pod(shape))).toBe(expected));
});
