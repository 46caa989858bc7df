import { beforeEach, expect, test } from "vitest";
import { Leases, Nodes, Pods } from "../../api/resources.ts";
import { StatusError } from "../../api/statusError.ts";
import { rfc3339, rfc3339Micro } from "../../base/clock.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { nodeLifecycleController } from "./lifecycle.ts";

let cluster: FakeCluster;
let alive: Set<string>;

beforeEach(async () => {
  cluster = new FakeCluster();
  alive = new Set();
  await cluster.start(nodeLifecycleController);
});

async function makeNodes(zone: string, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, i) => `${zone}-${i}`);
  for (const name of names) {
    alive.add(name);
    cluster.api.put(Nodes, {
      metadata: { name, labels: { "topology.kubernetes.io/zone": zone, "kubernetes.io/os": "linux" } },
      status: { conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: rfc3339(cluster.clock.now()) }] },
    });
  }
  await cluster.settle();
  return names;
}

/** Lets time pass in which those that live renew their Leases. */
async function pass(seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i += 5) {
    const spec = { renewTime: rfc3339Micro(cluster.clock.now()) };
    for (const name of alive) cluster.api.put(Leases, { metadata: { name, namespace: "kube-node-lease" }, spec });
    await cluster.step(5000);
  }
}

/** The kubelets come back, and say so. */
async function revive(...names: string[]): Promise<void> {
  for (const name of names) {
    alive.add(name);
    cluster.api.change(Nodes, name, (draft) => {
      const ready = draft.status!.conditions!.find(({ type }) => type === "Ready")!;
      Object.assign(ready, { status: "True", lastHeartbeatTime: rfc3339(cluster.clock.now()) });
    });
  }
  await cluster.settle();
}

const lose = (...names: string[]) => names.forEach((name) => alive.delete(name));
const statusOf = (name: string) => cluster.api.must(Nodes, name).status!.conditions!.find(({ type }) => type === "Ready")!.status;
const emptied = () =>
  cluster.api
    .all(Nodes)
    .filter(({ spec }) => spec?.taints?.some(({ effect }) => effect === "NoExecute"))
    .map(({ metadata }) => metadata.name);

test("lost nodes of a healthy zone are emptied one each ten seconds", async () => {
  const [a, b] = await makeNodes("a", 5);
  await pass(30);
  lose(a!, b!);
  await pass(55);
  expect([statusOf(a!), statusOf(b!), emptied().length]).toEqual(["Unknown", "Unknown", 1]);
  await pass(10);
  expect(emptied()).toEqual([a, b]);
});

test("when most of a small zone is lost none of it is emptied, but those of other zones are", async () => {
  const zoneA = await makeNodes("a", 5);
  const [other] = await makeNodes("b", 3);
  await pass(30);
  lose(...zoneA.slice(0, 3), other!);
  await pass(200);
  expect(emptied()).toEqual([other]);
  await revive(zoneA[0]!);
  await pass(40);
  expect(emptied()).toEqual([zoneA[1], zoneA[2], other]);
});

test("a zone that is lost as a whole is emptied while another lives", async () => {
  const zoneA = await makeNodes("a", 2);
  await makeNodes("b", 2);
  await pass(30);
  lose(...zoneA);
  await pass(80);
  expect(emptied()).toEqual(zoneA);
});

test("when every node is lost nothing is emptied, and those that were are spared; the first that returns ends it", async () => {
  const zoneA = await makeNodes("a", 3);
  const zoneB = await makeNodes("b", 3);
  await pass(30);
  lose(zoneA[0]!);
  await pass(60);
  expect(emptied()).toEqual([zoneA[0]]);
  lose(...zoneA, ...zoneB);
  await pass(300);
  expect([emptied(), [...zoneA, ...zoneB].map(statusOf)]).toEqual([[], Array(6).fill("Unknown")]);
  await revive(...zoneB);
  await pass(15);
  expect(emptied().length).toBeGreaterThan(0);
  await revive(...zoneA);
  await pass(10);
  expect(emptied()).toEqual([]);
});

test("a node that is not ready by its own word is emptied too, and changes its taint at once when it falls silent", async () => {
  const [a] = await makeNodes("a", 3);
  cluster.api.change(Nodes, a!, (draft) => (draft.status!.conditions![0]!.status = "False"));
  await cluster.settle();
  const keys = () =>
    cluster.api
      .must(Nodes, a!)
      .spec!.taints!.filter(({ effect }) => effect === "NoExecute")
      .map(({ key }) => key);
  expect(keys()).toEqual(["node.kubernetes.io/not-ready"]);
  lose(a!);
  await pass(60);
  expect(keys()).toEqual(["node.kubernetes.io/unreachable"]);
});

test("nodes that are excluded from disruption do not count", async () => {
  const [a, b] = await makeNodes("a", 2);
  cluster.api.change(Nodes, b!, (draft) => (draft.metadata.labels!["node.kubernetes.io/exclude-disruption"] = ""));
  await pass(30);
  lose(a!);
  await pass(100);
  expect([statusOf(a!), emptied()]).toEqual(["Unknown", []]);
});

test("pods that could not be marked are marked in the next pass; a pod that arrives late is marked as well", async () => {
  const [a] = await makeNodes("a", 2);
  const put = (name: string) =>
    cluster.api.put(Pods, {
      metadata: { name, namespace: "default" },
      spec: { containers: [], nodeName: a! },
      status: { conditions: [{ type: "Ready", status: "True" }] },
    });
  put("early");
  await pass(30);
  cluster.api.fail("PUT", "pods/early", new StatusError(500, "InternalError", "oops"));
  lose(a!);
  await pass(55);
  put("late");
  await pass(5);
  const ready = (name: string) => cluster.api.must(Pods, `default/${name}`).status!.conditions![0]!.status;
  expect([ready("early"), ready("late")]).toEqual(["False", "False"]);
});

test("older labels follow the stable ones", async () => {
  const [a] = await makeNodes("a", 1);
  expect(cluster.api.must(Nodes, a!).metadata.labels!["beta.kubernetes.io/os"]).toBe("linux");
});
