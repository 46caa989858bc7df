import { beforeEach, expect, test } from "vitest";
import type { Node, Pod, Taint, Toleration } from "../../../shared/kubernetes/types.ts";
import { Leases, Nodes, Pods } from "../../api/resources.ts";
import { rfc3339, rfc3339Micro } from "../../base/clock.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { nodeIpamController } from "./ipam.ts";
import { nodeLifecycleController } from "./lifecycle.ts";
import { podGarbageCollector, surplus } from "./podGC.ts";
import { firstFreeSubnet } from "./subnets.ts";
import { taintEvictionController } from "./taintEviction.ts";
import { withConditionTaints } from "./taints.ts";
import { evictionTime } from "./tolerations.ts";
import { nextStep, ttlController } from "./ttl.ts";

let cluster: FakeCluster;
let other: boolean;

beforeEach(async () => {
  other = false;
  cluster = new FakeCluster();
  await cluster.start(nodeIpamController, nodeLifecycleController, taintEvictionController, podGarbageCollector, ttlController);
});

async function makeNode(name = "node-1"): Promise<Node> {
  const node = cluster.api.put(Nodes, {
    metadata: { name },
    spec: { taints: [{ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }] },
    status: { conditions: [{ type: "Ready", status: "True", reason: "KubeletReady", lastHeartbeatTime: "2026-01-01T00:00:00Z" }] },
  });
  await cluster.settle();
  return node;
}

async function makePod(name: string, spec: Partial<Pod["spec"]> = {}): Promise<void> {
  cluster.api.put(Pods, {
    metadata: { name, namespace: "default" },
    spec: { containers: [], nodeName: "node-1", ...spec },
    status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
  });
  await cluster.settle();
}

const renew = (name = "node-1") =>
  cluster.api.put(Leases, { metadata: { name, namespace: "kube-node-lease" }, spec: { renewTime: rfc3339Micro(cluster.clock.now()) } });
const node = () => cluster.api.must(Nodes, "node-1");
const taints = () => (node().spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
const ready = () => node().status!.conditions!.find(({ type }) => type === "Ready")!;
const pod = (name: string) => cluster.api.get(Pods, `default/${name}`);

/** What a kubelet does every now and then. */
async function report(status: string): Promise<void> {
  const lastHeartbeatTime = rfc3339(cluster.clock.now());
  cluster.api.change(Nodes, "node-1", (draft) => Object.assign(draft.status!.conditions![0]!, { status, lastHeartbeatTime }));
  await cluster.settle();
}

/** Another node, that keeps the cluster from being all lost. */
async function makeOther(): Promise<void> {
  await makeNode("node-2");
  other = true;
}

async function beSilent(seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i += 5) {
    if (other) renew("node-2");
    await cluster.step(5000);
  }
}

test("a new node gets its pod addresses and ttl, and loses its taint when it is ready", async () => {
  const made = await makeNode();
  await makeNode("node-2");
  expect(node()).toMatchObject({
    metadata: { annotations: { "node.alpha.kubernetes.io/ttl": "0" } },
    spec: { podCIDR: "10.244.0.0/24", podCIDRs: ["10.244.0.0/24"] },
  });
  expect(cluster.api.must(Nodes, "node-2").spec?.podCIDR).toBe("10.244.1.0/24");
  expect(taints()).toEqual([]);
  expect(cluster.eventsOf(made)).toEqual(["Normal RegisteredNode Node node-1 event: Registered Node node-1 in Controller"]);
});

test("a Lease that is renewed keeps a node alive", async () => {
  await makeNode();
  for (let i = 0; i < 20; i++) {
    renew();
    await cluster.step(10_000);
  }
  expect(ready().status).toBe("True");
});

test("a silent node becomes Unknown and unreachable, its pods unready and then evicted; all is well when it returns", async () => {
  const made = await makeNode();
  await makeOther();
  await makePod("default-tolerations", {
    tolerations: [{ key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }],
  });
  await makePod("intolerant");
  await makePod("daemon", { tolerations: [{ operator: "Exists" }] });
  await beSilent(45);
  expect(ready().status).toBe("True");
  await beSilent(10);
  expect(ready()).toMatchObject({ status: "Unknown", reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status." });
  expect(taints()).toEqual(["node.kubernetes.io/unreachable:NoSchedule", "node.kubernetes.io/unreachable:NoExecute"]);
  expect(cluster.eventsOf(made)).toContain("Normal NodeNotReady Node node-1 status is now: NodeNotReady");
  expect(pod("daemon")!.status!.conditions![0]).toMatchObject({ type: "Ready", status: "False" });
  expect(cluster.eventsOf(pod("intolerant")!)).toContain("Normal TaintManagerEviction Marking for deletion Pod default/intolerant");
  expect(pod("intolerant")!.metadata.deletionTimestamp).toBeDefined();
  expect(pod("intolerant")!.status!.conditions).toContainEqual(
    expect.objectContaining({ type: "DisruptionTarget", reason: "DeletionByTaintManager" }),
  );
  await beSilent(290);
  expect(pod("default-tolerations")!.metadata.deletionTimestamp).toBeUndefined();
  await beSilent(15);
  expect(pod("default-tolerations")!.metadata.deletionTimestamp).toBeDefined();
  expect(pod("daemon")!.metadata.deletionTimestamp).toBeUndefined();
  await report("True");
  expect(taints()).toEqual([]);
});

test("what the loss of a node brings about has that node as its cause", async () => {
  await makeNode();
  await makeOther();
  await makePod("web", { tolerations: [{ key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 }] });
  cluster.api.requests.length = 0;
  await beSilent(90);
  const causes = cluster.api.requests
    .filter(({ method, path }) => method !== "GET" && /nodes\/node-1|pods\/web/.test(path))
    .map(({ method, path, cause }) => [`${method} ${path}`, cause?.object]);
  expect(causes.length).toBeGreaterThan(3);
  expect(causes.filter(([, cause]) => cause !== "nodes/node-1")).toEqual([]);
});

test("a node that comes back in time calls the eviction off", async () => {
  await makeNode();
  await makeOther();
  await makePod("web", { tolerations: [{ key: "node.kubernetes.io/not-ready", operator: "Exists", tolerationSeconds: 60 }] });
  await report("False");
  await cluster.step(30_000);
  await report("True");
  await beSilent(40);
  expect(pod("web")!.metadata.deletionTimestamp).toBeUndefined();
  expect(cluster.eventsOf(pod("web")!)).toContain("Normal TaintManagerEviction Cancelling deletion of Pod default/web");
});

test("pods of a node that is gone fail and go, after a quarantine", async () => {
  await makeNode();
  await makePod("web");
  cluster.api.remove(Nodes, "node-1");
  await beSilent(35);
  expect(pod("web")).toBeDefined();
  await beSilent(30);
  expect(pod("web")).toBeUndefined();
});

test("pods that end on a node that is out of service go at once", async () => {
  await makeNode();
  await makePod("web");
  cluster.api.change(Pods, "default/web", (draft) => {
    draft.metadata.deletionTimestamp = rfc3339(cluster.clock.now());
    draft.metadata.deletionGracePeriodSeconds = 30;
  });
  await report("Unknown");
  await beSilent(25);
  expect(pod("web")).toBeDefined();
  cluster.api.change(Nodes, "node-1", (draft) => void (draft.spec!.taints = [{ key: "node.kubernetes.io/out-of-service", effect: "NoExecute" }]));
  await beSilent(25);
  expect(pod("web")).toBeUndefined();
});

const nodeWith = (conditions: [string, string][], spec: Node["spec"] = {}): Node =>
  ({ spec, status: { conditions: conditions.map(([type, status]) => ({ type, status })) } }) as Node;

test.each<[string, Node, string[]]>([
  ["ready", nodeWith([["Ready", "True"]]), []],
  ["not ready", nodeWith([["Ready", "False"]]), ["node.kubernetes.io/not-ready:NoSchedule"]],
  ["unreachable", nodeWith([["Ready", "Unknown"]]), ["node.kubernetes.io/unreachable:NoSchedule"]],
  ["without a network", nodeWith([["NetworkUnavailable", "True"]]), ["node.kubernetes.io/network-unavailable:NoSchedule"]],
  [
    "under pressure",
    nodeWith([
      ["Ready", "True"],
      ["MemoryPressure", "True"],
      ["DiskPressure", "False"],
    ]),
    ["node.kubernetes.io/memory-pressure:NoSchedule"],
  ],
  ["cordoned", nodeWith([["Ready", "True"]], { unschedulable: true }), ["node.kubernetes.io/unschedulable:NoSchedule"]],
  ["with a taint of its own", nodeWith([["Ready", "True"]], { taints: [{ key: "gpu", effect: "NoSchedule" }] }), ["gpu:NoSchedule"]],
  [
    "ready again",
    nodeWith([["Ready", "True"]], {
      taints: [
        { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" },
        { key: "node.kubernetes.io/not-ready", effect: "NoExecute" },
      ],
    }),
    ["node.kubernetes.io/not-ready:NoExecute"],
  ],
])("taints of a node that is %s", (_, tainted, expected) => {
  expect(withConditionTaints(tainted, "2026-01-01T00:00:00Z").map(({ key, effect }) => `${key}:${effect}`)).toEqual(expected);
});

const taint: Taint = { key: "k", value: "v", effect: "NoExecute", timeAdded: "1970-01-01T00:00:10Z" };

test.each<[string, Toleration[], number]>([
  ["no toleration", [], 20_000],
  ["one for good", [{ key: "k", operator: "Exists" }], Number.POSITIVE_INFINITY],
  ["one for a time", [{ key: "k", operator: "Exists", tolerationSeconds: 30 }], 40_000],
  [
    "the shorter of two",
    [
      { key: "k", operator: "Exists", tolerationSeconds: 30 },
      { operator: "Exists", tolerationSeconds: 5 },
    ],
    15_000,
  ],
  ["by value", [{ key: "k", value: "v", effect: "NoExecute" }], Number.POSITIVE_INFINITY],
  ["by another value", [{ key: "k", value: "w" }], 20_000],
  ["another effect", [{ key: "k", operator: "Exists", effect: "NoSchedule" }], 20_000],
])("a pod with %s is evicted in time", (_, tolerations, expected) => {
  expect(evictionTime({ spec: { tolerations } } as unknown as Pod, [taint], 20_000)).toBe(expected);
});

test.each([
  [0, 100, 0],
  [0, 101, 1],
  [1, 90, 1],
  [1, 89, 0],
  [0, 3000, 4],
  [4, 1799, 3],
])("at step %d a cluster of %d nodes goes to step %d", (current, count, expected) => {
  expect(nextStep(current, count)).toBe(expected);
});

test("subnets are given in order, freed ones again, none when all are taken", () => {
  expect(firstFreeSubnet("10.244.0.0/16", 24, new Set(["10.244.0.0/24", "10.244.2.0/24"]))).toBe("10.244.1.0/24");
  expect(firstFreeSubnet("10.244.0.0/23", 24, new Set(["10.244.0.0/24", "10.244.1.0/24"]))).toBeUndefined();
});

test("of ended pods those that were evicted are too many first, then the oldest", () => {
  const ended = [3, 1, 2].map(
    (day) =>
      ({
        metadata: { name: String(day), creationTimestamp: `2026-01-0${day}T00:00:00Z` },
        status: { phase: "Failed", ...(day === 3 ? { reason: "Evicted" } : {}) },
      }) as Pod,
  );
  expect(surplus(ended, 1).map(({ metadata }) => metadata.name)).toEqual(["3", "1"]);
});
