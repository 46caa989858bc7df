import { afterEach, expect, test } from "vitest";
import { Events, Nodes, Pods } from "../api/resources.ts";
import { StatusError } from "../api/statusError.ts";
import { FakeClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import { FakeApi } from "../client/fakeApi.ts";
import { startScheduler } from "./scheduler.ts";

let stop = () => {};
afterEach(() => stop());

async function cluster() {
  const clock = new FakeClock();
  const api = new FakeApi({ clock });
  const scheduler = startScheduler({ transport: api, clock, random: seededRandom(1), log: silentLog });
  stop = () => scheduler[Symbol.dispose]();
  const node = (name: string, cpu: string) =>
    api.put(Nodes, { metadata: { name }, spec: {}, status: { allocatable: { cpu, memory: "4Gi", pods: "10" } } } as never);
  const pod = (name: string, cpu: string, priority = 0) =>
    api.put(Pods, {
      metadata: { name, namespace: "default" },
      spec: { schedulerName: "default-scheduler", priority, containers: [{ name: "c", image: "i", resources: { requests: { cpu } } }] },
    } as never);
  const nodeOf = (name: string) => api.get(Pods, `default/${name}`)?.spec.nodeName;
  const events = () => api.all(Events).map((event) => `${event.reason}: ${event.message}`);
  const run = async (ms: number) => {
    for (let i = 0; i < 10; i++) await clock.step(ms / 10);
  };
  return { run, api, scheduler, node, pod, nodeOf, events };
}

test("a pod is bound, and the decision is told and kept", async () => {
  const { run, node, pod, nodeOf, events, scheduler } = await cluster();
  node("a", "1");
  node("b", "4");
  pod("web", "500m");
  await run(10);
  await run(10);
  expect(nodeOf("web")).toBe("b");
  expect(events()).toEqual(["Scheduled: Successfully assigned default/web to b"]);
  const [trace] = scheduler.traces("default", "web");
  expect(trace?.nodes.map((entry) => entry.name)).toEqual(["a", "b"]);
  expect(trace?.nodes[1]?.total).toBeGreaterThan(trace?.nodes[0]?.total ?? Infinity);
});

test("pods bound together never overfill a node", async () => {
  const { run, node, pod, api } = await cluster();
  node("a", "1");
  node("b", "1");
  for (let i = 0; i < 6; i++) pod(`p${i}`, "400m");
  await run(100);
  const placed = api.all(Pods).map((each) => each.spec.nodeName);
  expect([placed.filter((name) => name === "a").length, placed.filter((name) => name === "b").length]).toEqual([2, 2]);
});

test("a pod without room waits with a reason, and is bound when room comes", async () => {
  const { run, api, node, pod, nodeOf } = await cluster();
  node("a", "1");
  pod("big", "2");
  await run(10);
  expect(api.must(Pods, "default/big").status?.conditions?.[0]).toMatchObject({
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    message:
      "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
  });
  node("b", "4");
  await run(2_000);
  expect(nodeOf("big")).toBe("b");
});

test("a refused binding frees the room and is tried again", async () => {
  const { run, api, node, pod, nodeOf } = await cluster();
  node("a", "1");
  api.fail("POST", "/binding", new StatusError(500, "InternalError", "no"));
  pod("web", "1");
  await run(10);
  expect(nodeOf("web")).toBeUndefined();
  await run(2_000);
  expect(nodeOf("web")).toBe("a");
});

test("a more important pod takes the place of a lesser one", async () => {
  const { run, api, node, pod, nodeOf } = await cluster();
  node("a", "1");
  pod("low", "1", 1);
  await run(10);
  expect(nodeOf("low")).toBe("a");
  pod("high", "1", 100);
  await run(10);
  expect(api.get(Pods, "default/high")?.status?.nominatedNodeName).toBe("a");
  expect(api.must(Pods, "default/low").metadata.deletionTimestamp).toBeDefined();
  api.remove(Pods, "default/low");
  await run(10_000);
  expect([nodeOf("low"), nodeOf("high")]).toEqual([undefined, "a"]);
});

test("pods of other schedulers are left alone", async () => {
  const { run, api, node, nodeOf } = await cluster();
  node("a", "1");
  api.put(Pods, { metadata: { name: "other", namespace: "default" }, spec: { schedulerName: "mine", containers: [] } } as never);
  await run(10);
  expect(nodeOf("other")).toBeUndefined();
});
