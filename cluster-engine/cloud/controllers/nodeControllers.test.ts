import { beforeEach, expect, test } from "vitest";
import type { Node } from "../../../shared/kubernetes/types.ts";
import { Nodes } from "../../api/resources.ts";
import { simulatedCloud, type SimulatedCloud } from "../simulated/simulatedCloud.ts";
import type { Route } from "../types.ts";
import { initialized, staleLabels, uninitializedTaint } from "./nodeController.ts";
import { contains } from "./ranges.ts";
import { planRoutes } from "./routeController.ts";
import { TestCluster } from "./testCluster.ts";

let cluster: TestCluster;
let cloud: SimulatedCloud;

beforeEach(async () => {
  cluster = new TestCluster();
  cloud = simulatedCloud({ clusterId: "c", clock: cluster.clock });
  await cluster.start(cloud);
});

const otherTaint = { key: "gpu", effect: "NoSchedule" as const };

async function makeNode(name = "node-1", podCIDR = "10.244.0.0/24"): Promise<Node> {
  const launched = cloud.machines.launch(name);
  await cluster.step(1000);
  await launched;
  const node = await cluster.makeNode(name, { taints: [uninitializedTaint, otherTaint], podCIDR, podCIDRs: [podCIDR] });
  await cluster.step(1000);
  return node;
}

const taints = (name = "node-1") => (cluster.node(name).spec?.taints ?? []).map(({ key }) => key);
const condition = (name: string) => cluster.node(name).status!.conditions!.find(({ type }) => type === "NetworkUnavailable");

test("a new node gets id, labels and addresses from the cloud, then pods", async () => {
  const made = await makeNode();
  const { metadata, spec, status } = cluster.node("node-1");
  expect(metadata.labels).toEqual({
    "beta.kubernetes.io/instance-type": "sim.medium",
    "node.kubernetes.io/instance-type": "sim.medium",
    "failure-domain.beta.kubernetes.io/region": "sim-north",
    "topology.kubernetes.io/region": "sim-north",
    "failure-domain.beta.kubernetes.io/zone": "sim-north-a",
    "topology.kubernetes.io/zone": "sim-north-a",
  });
  expect(spec?.providerID).toMatch(/^simulated:\/\/\/sim-north-a\/i-[0-9a-f]{17}$/);
  expect(taints()).toEqual(["gpu"]);
  expect(status?.addresses?.map(({ type }) => type).sort()).toEqual(["ExternalDNS", "ExternalIP", "Hostname", "InternalIP"]);
  expect(cluster.eventsOf(made)).toContain("Normal Synced Node synced successfully");
});

test("a node waits for a machine that the cloud does not know yet", async () => {
  await cluster.makeNode("node-1", { taints: [uninitializedTaint] });
  expect(taints()).toEqual([uninitializedTaint.key]);
  void cloud.machines.launch("node-1");
  await cluster.step(60_000);
  expect(taints()).toEqual([]);
});

test("the node of a lost machine is deleted, with its route, and of one shut down tainted", async () => {
  const lost = await makeNode("node-1");
  await makeNode("node-2", "10.244.1.0/24");
  await cloud.machines.setState("node-1", "terminated");
  await cloud.machines.setState("node-2", "stopped");
  await cluster.step(10_000);
  expect(cluster.node("node-1")).toBeDefined();
  await cluster.setReady("node-1", "Unknown");
  await cluster.setReady("node-2", "Unknown");
  await cluster.step(10_000);
  expect(cluster.api.get(Nodes, "node-1")).toBeUndefined();
  expect(cluster.eventsOf(lost)).toContain("Normal DeletingNode Deleting node node-1 because it does not exist in the cloud provider");
  expect((await cloud.routes.list()).map(({ targetNode }) => targetNode)).toEqual(["node-2"]);
  expect(taints("node-2")).toContain("node.cloudprovider.kubernetes.io/shutdown");
  await cloud.machines.setState("node-2", "running");
  await cluster.setReady("node-2", "True");
  expect(taints("node-2")).toEqual(["gpu"]);
});

test("a node has a network once its route is there", async () => {
  const create = cloud.routes.create.bind(cloud.routes);
  cloud.routes.create = async () => {
    throw new Error("table is full");
  };
  const made = await makeNode();
  expect(condition("node-1")).toMatchObject({ status: "True", reason: "NoRouteCreated", message: "RouteController failed to create a route" });
  const text = `Could not create route ${made.metadata.uid} 10.244.0.0/24 for node node-1 after 0ms: table is full`;
  expect(cluster.eventsOf(made)).toContain(`Warning FailedToCreateRoute ${text}`);
  cloud.routes.create = create;
  await cluster.step(11_000);
  expect(condition("node-1")).toMatchObject({ status: "False", reason: "RouteCreated", message: "RouteController created a route" });
  expect(await cloud.routes.list()).toEqual([{ name: made.metadata.uid, targetNode: "node-1", destinationCIDR: "10.244.0.0/24" }]);
});

const route = (targetNode: string, destinationCIDR: string, more: Partial<Route> = {}): Route => ({
  name: targetNode,
  targetNode,
  destinationCIDR,
  ...more,
});
const nodeOf = (name: string, ...podCIDRs: string[]) => ({ metadata: { name, uid: name }, spec: { podCIDRs } }) as unknown as Node;
const own = "10.244.0.0/24";

test.each<[string, Node[], Route[], { create: string[]; remove: string[] }]>([
  ["missing", [nodeOf("a", own)], [], { create: ["a 10.244.0.0/24"], remove: [] }],
  ["there", [nodeOf("a", own)], [route("a", own)], { create: [], remove: [] }],
  ["to a node that is gone", [], [route("a", own)], { create: [], remove: ["a 10.244.0.0/24"] }],
  ["to another node", [nodeOf("b", own)], [route("a", own)], { create: ["b 10.244.0.0/24"], remove: ["a 10.244.0.0/24"] }],
  ["leading nowhere", [nodeOf("a", own)], [route("a", own, { blackhole: true })], { create: ["a 10.244.0.0/24"], remove: ["a 10.244.0.0/24"] }],
  ["not of this cluster", [], [route("x", "192.168.0.0/24")], { create: [], remove: [] }],
  ["of a node without addresses", [nodeOf("a")], [], { create: [], remove: [] }],
])("a route that is %s", (_, nodes, existing, expected) => {
  const { create, remove } = planRoutes(nodes, existing, "10.244.0.0/16");
  const names = (routes: Route[]) => routes.map(({ targetNode, destinationCIDR }) => `${targetNode} ${destinationCIDR}`);
  expect({ create: names(create), remove: names(remove) }).toEqual(expected);
});

test.each([
  ["10.244.0.0/16", "10.244.3.0/24", true],
  ["10.244.0.0/16", "10.245.0.0/24", false],
  ["10.244.3.0/24", "10.244.0.0/16", false],
  ["10.244.0.0/16", "not a range", false],
])("%s contains %s: %s", (outer, inner, expected) => {
  expect(contains(outer, inner)).toBe(expected);
});

test("an id that a node has stays, labels without a value are left out", () => {
  const node = { metadata: { name: "a" }, spec: { providerID: "mine://1" } } as Node;
  const made = initialized(node, { providerID: "other://2", instanceType: "t", zone: "", region: "r" });
  expect(made.spec).toEqual({ providerID: "mine://1" });
  expect(Object.keys(made.metadata.labels!)).not.toContain("topology.kubernetes.io/zone");
});

test("stable labels follow the older ones", () => {
  const labels = { "failure-domain.beta.kubernetes.io/zone": "z", "topology.kubernetes.io/zone": "y", "topology.kubernetes.io/region": "r" };
  expect(staleLabels({ metadata: { labels } } as unknown as Node)).toEqual({ "topology.kubernetes.io/zone": "z" });
});
