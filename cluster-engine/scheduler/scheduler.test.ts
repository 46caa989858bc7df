import { afterEach, describe, expect, test } from "vitest";
import type { New } from "../../shared/kubernetes/object.ts";
import type { Pod } from "../../shared/kubernetes/types.ts";
import { Events, Nodes, PersistentVolumeClaims, PersistentVolumes, Pods, StorageClasses } from "../api/resources.ts";
import { StatusError } from "../api/statusError.ts";
import { FakeClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import { FakeApi } from "../client/fakeApi.ts";
import type { SchedulerConfiguration } from "./config/types.ts";
import { startScheduler } from "./scheduler.ts";

let stop = () => {};
afterEach(() => stop());

async function cluster(configuration: SchedulerConfiguration = {}) {
  const clock = new FakeClock();
  const api = new FakeApi({ clock });
  const scheduler = startScheduler({ transport: api, clock, random: seededRandom(1), log: silentLog, configuration });
  stop = () => scheduler[Symbol.dispose]();
  const node = (name: string, cpu: string, labels: Record<string, string> = {}) =>
    api.put(Nodes, {
      metadata: { name, labels: { "kubernetes.io/hostname": name, ...labels } },
      spec: {},
      status: { allocatable: { cpu, memory: "4Gi", pods: "10" } },
    } as never);
  const pod = (name: string, cpu: string, priority = 0, spec: Partial<Pod["spec"]> = {}) =>
    api.put(Pods, {
      metadata: { name, namespace: "default" },
      spec: { schedulerName: "default-scheduler", priority, containers: [{ name: "c", image: "i", resources: { requests: { cpu } } }], ...spec },
    } as New<Pod>);
  const nodeOf = (name: string) => api.get(Pods, `default/${name}`)?.spec.nodeName;
  const conditionOf = (name: string) => api.must(Pods, `default/${name}`).status?.conditions?.find(({ type }) => type === "PodScheduled");
  const events = () => api.all(Events).map((event) => `${event.reason}: ${event.message}`);
  const run = async (ms: number) => {
    for (let i = 0; i < 10; i++) await clock.step(ms / 10);
  };
  return { run, api, scheduler, node, pod, nodeOf, conditionOf, events };
}

test("a binding is caused by its pod and, when that had to wait, by what made room for it", async () => {
  const { run, api, node, pod } = await cluster();
  node("a", "1");
  pod("web", "2");
  await run(2000);
  const { resourceVersion } = api.must(Pods, "default/web").metadata;
  const big = node("b", "4");
  await run(12_000);
  const binding = api.requests.find(({ path }) => path.endsWith("/web/binding"))!;
  expect(binding.cause).toEqual({ object: "pods/default/web", resourceVersion, also: [big.metadata.resourceVersion] });
});

describe("placing", () => {
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
    expect(trace).toMatchObject({
      pod: "default/web",
      node: "b",
      attempt: 1,
      nodeCount: 2,
      evaluated: 2,
      feasible: 2,
      scheduler: "default-scheduler",
    });
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

  test("a refused binding frees the room and is tried again", async () => {
    const { run, api, node, pod, nodeOf, events, conditionOf } = await cluster();
    node("a", "1");
    api.fail("POST", "/binding", new StatusError(500, "InternalError", "no"));
    pod("web", "1");
    await run(10);
    expect(nodeOf("web")).toBeUndefined();
    expect(conditionOf("web")).toMatchObject({ reason: "SchedulerError", message: 'running Bind plugin "DefaultBinder": no' });
    expect(events()).toEqual(['FailedScheduling: running Bind plugin "DefaultBinder": no']);
    await run(2_000);
    expect(nodeOf("web")).toBe("a");
  });

  test("more important pods go first, then those that came first", async () => {
    const { run, node, pod, api } = await cluster();
    for (const [name, priority] of [
      ["first", 0],
      ["second", 0],
      ["important", 10],
    ] as const)
      pod(name, "1", priority);
    node("a", "1");
    await run(10);
    expect(api.all(Pods).find(({ spec }) => spec.nodeName)?.metadata.name).toBe("important");
  });

  test("gates hold a pod back until they are gone, without a word", async () => {
    const { run, api, node, pod, nodeOf, events } = await cluster();
    node("a", "1");
    pod("gated", "1", 0, { schedulingGates: [{ name: "wait" }] });
    await run(400_000);
    expect([nodeOf("gated"), events()]).toEqual([undefined, []]);
    api.change(Pods, "default/gated", (draft) => void delete draft.spec.schedulingGates);
    await run(10);
    expect(nodeOf("gated")).toBe("a");
  });
});

describe("pods that fit nowhere", () => {
  test("wait with a reason, and are bound when room comes", async () => {
    const { run, conditionOf, node, pod, nodeOf } = await cluster();
    node("a", "1");
    pod("big", "2");
    await run(10);
    expect(conditionOf("big")).toMatchObject({
      status: "False",
      reason: "Unschedulable",
      observedGeneration: 1,
      message:
        "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
    });
    node("b", "4");
    await run(2_000);
    expect(nodeOf("big")).toBe("b");
  });

  test("are not tried again by events that can't help them, and are after five minutes", async () => {
    const { run, api, node, pod, scheduler } = await cluster();
    node("a", "1");
    pod("big", "2");
    await run(10);
    pod("small", "100m");
    api.change(Nodes, "a", (draft) => void (draft.metadata.labels = { more: "labels" }));
    await run(60_000);
    expect(scheduler.traces("default", "big").length).toBe(1);
    await run(330_000);
    expect(scheduler.traces("default", "big").length).toBe(2);
  });

  test("keep the time of their condition while the reason changes", async () => {
    const { run, conditionOf, node, pod } = await cluster();
    pod("big", "2");
    await run(10);
    const first = conditionOf("big")!;
    expect(first.message).toBe("no nodes available to schedule pods");
    node("a", "1");
    await run(5_000);
    expect(conditionOf("big")).toMatchObject({ lastTransitionTime: first.lastTransitionTime, reason: "Unschedulable" });
    expect(conditionOf("big")?.message).toContain("Insufficient cpu");
  });

  test("tell for every node what every plugin says", async () => {
    const { run, node, pod, scheduler } = await cluster();
    node("a", "1");
    pod("picky", "2", 0, { nodeSelector: { disk: "ssd" } });
    await run(10);
    expect(scheduler.traces("default", "picky")[0]?.nodes).toEqual([
      {
        name: "a",
        filters: [
          { plugin: "NodeAffinity", reasons: ["node(s) didn't match Pod's node affinity/selector"] },
          { plugin: "NodeResourcesFit", reasons: ["Insufficient cpu"] },
        ],
        scores: [],
      },
    ]);
  });
});

describe("preemption", () => {
  test("a more important pod takes the place of a lesser one", async () => {
    const { run, api, node, pod, nodeOf, events, scheduler } = await cluster();
    node("a", "1");
    pod("low", "1", 1);
    await run(10);
    expect(nodeOf("low")).toBe("a");
    const { metadata } = pod("high", "1", 100);
    await run(10);
    expect(api.get(Pods, "default/high")?.status?.nominatedNodeName).toBe("a");
    const victim = api.must(Pods, "default/low");
    expect(victim.metadata.deletionTimestamp).toBeDefined();
    expect(victim.status?.conditions).toMatchObject([
      {
        type: "DisruptionTarget",
        status: "True",
        reason: "PreemptionByScheduler",
        message: "default-scheduler: preempting to accommodate a higher priority pod",
      },
    ]);
    expect(events()).toContain(`Preempted: Preempted by pod ${metadata.uid} on node a`);
    expect(scheduler.traces("default", "high")[0]?.preemption).toEqual({ node: "a", victims: ["default/low"] });
    api.remove(Pods, "default/low");
    await run(10_000);
    expect([nodeOf("low"), nodeOf("high")]).toEqual([undefined, "a"]);
  });

  test("the room that was made is kept from lesser pods", async () => {
    const { run, api, node, pod, nodeOf } = await cluster();
    node("a", "1");
    pod("low", "1", 1);
    await run(10);
    pod("high", "1", 100);
    await run(10);
    pod("sneaky", "1", 50);
    await run(10);
    api.remove(Pods, "default/low");
    await run(10_000);
    expect([nodeOf("high"), nodeOf("sneaky")]).toEqual(["a", undefined]);
  });

  test("a pod does not preempt again while its victims are ending", async () => {
    const { run, api, node, pod } = await cluster();
    node("a", "2");
    pod("low", "1", 1);
    pod("other", "1", 1);
    await run(10);
    pod("high", "1", 100);
    await run(10);
    api.put(Nodes, { metadata: { name: "b", labels: {} }, spec: {}, status: { allocatable: { cpu: "100m", pods: "1" } } } as never);
    await run(20_000);
    expect(api.all(Pods).filter(({ metadata }) => metadata.deletionTimestamp).length).toBe(1);
  });
});

describe("volumes that wait for their first consumer", () => {
  async function withClaim() {
    const all = await cluster();
    const { api, node, pod } = all;
    api.put(StorageClasses, { metadata: { name: "csi" }, provisioner: "p", volumeBindingMode: "WaitForFirstConsumer" } as never);
    api.put(PersistentVolumeClaims, {
      metadata: { name: "data", namespace: "default" },
      spec: { storageClassName: "csi", accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    } as never);
    node("a", "1");
    await all.run(10);
    pod("db", "1", 0, { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] });
    await all.run(10);
    return all;
  }
  const claim = "default/data";

  test("are asked for on the chosen node, and waited for", async () => {
    const { api, run, nodeOf } = await withClaim();
    expect(api.must(PersistentVolumeClaims, claim).metadata.annotations).toEqual({ "volume.kubernetes.io/selected-node": "a" });
    expect(nodeOf("db")).toBeUndefined();
    api.put(PersistentVolumes, { metadata: { name: "v" }, spec: { capacity: { storage: "1Gi" } } } as never);
    api.change(PersistentVolumeClaims, claim, (draft) => {
      draft.spec!.volumeName = "v";
      draft.metadata.annotations!["pv.kubernetes.io/bind-completed"] = "yes";
    });
    await run(10);
    expect(nodeOf("db")).toBe("a");
  });

  test("are chosen anew when the provisioner gives up on the node", async () => {
    const { api, run, conditionOf } = await withClaim();
    api.change(PersistentVolumeClaims, claim, (draft) => void delete draft.metadata.annotations!["volume.kubernetes.io/selected-node"]);
    await run(10);
    expect(conditionOf("db")?.message).toBe('running PreBind plugin "VolumeBinding": binding volumes: selectedNode annotation reset for PVC "data"');
    await run(2_000);
    expect(api.must(PersistentVolumeClaims, claim).metadata.annotations).toEqual({ "volume.kubernetes.io/selected-node": "a" });
  });

  test("are given up after ten minutes", async () => {
    const { run, events } = await withClaim();
    await run(610_000);
    expect(events()).toContain('FailedScheduling: running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded');
  });
});

describe("profiles", () => {
  test("pods of other schedulers are left alone", async () => {
    const { run, pod, node, nodeOf } = await cluster();
    node("a", "1");
    pod("other", "100m", 0, { schedulerName: "mine" });
    await run(10);
    expect(nodeOf("other")).toBeUndefined();
  });

  test("each pod is placed by the profile that it names", async () => {
    const args = { scoringStrategy: { type: "MostAllocated" } };
    const packing = { schedulerName: "packing", pluginConfig: [{ name: "NodeResourcesFit", args }] };
    const { run, node, pod, nodeOf } = await cluster({ profiles: [{ schedulerName: "default-scheduler" }, packing] });
    node("empty", "4");
    node("busy", "4");
    pod("first", "2", 0, { nodeSelector: { "kubernetes.io/hostname": "busy" } });
    await run(10);
    pod("spread", "1");
    pod("packed", "1", 0, { schedulerName: "packing" });
    await run(10);
    expect([nodeOf("spread"), nodeOf("packed")]).toEqual(["empty", "busy"]);
  });
});

describe("what if", () => {
  test("a changed world is decided in, and nothing is written", async () => {
    const { run, api, node, pod, scheduler } = await cluster();
    node("a", "1");
    const first = pod("first", "1");
    await run(10);
    const wanted = { ...first, metadata: { ...first.metadata, name: "second", uid: "second" } };
    const writes = api.writes.length;
    const bigger = { ...api.must(Nodes, "a"), status: { allocatable: { cpu: "2", memory: "4Gi", pods: "10" } } };
    const other = { ...bigger, metadata: { ...bigger.metadata, name: "b", uid: "b" } };
    expect(scheduler.whatIf({ pod: wanted }).message).toContain("1 Insufficient cpu");
    expect(scheduler.whatIf({ pod: wanted, nodes: [bigger] }).node).toBe("a");
    expect(scheduler.whatIf({ pod: wanted, nodes: [other], removedNodes: ["a"] })).toMatchObject({ node: "b", nodeCount: 1 });
    expect(scheduler.whatIf({ pod: wanted, removedPods: [{ namespace: "default", name: "first" }] }).node).toBe("a");
    const important = { ...wanted, spec: { ...wanted.spec, priority: 9 } };
    expect(scheduler.whatIf({ pod: important }).preemption).toEqual({ node: "a", victims: ["default/first"] });
    await run(10);
    expect(api.writes.length).toBe(writes);
    expect(scheduler.whatIf({ pod: wanted }).node).toBeUndefined();
  });
});
