import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Nodes, Pods } from "../../cluster-engine/api/resources.ts";
import { silentLog } from "../../cluster-engine/base/log.ts";
import { createClient } from "../../cluster-engine/client/client.ts";
import { httpsTransport } from "../../cluster-engine/client/httpsTransport.ts";
import type { Client } from "../../cluster-engine/client/types.ts";
import { startCluster } from "../../cluster-engine/cluster.ts";
import type { DecisionTrace } from "../../cluster-engine/scheduler/types.ts";
import type { Cluster } from "../../cluster-engine/types.ts";
import type { ObjectRef } from "../../shared/contract.ts";
import type { SchedulingExplanation, WhatIfChange } from "../../shared/scheduling.ts";
import { assemble, TestWindow } from "../support/testWindow.ts";

// Why a pod has no node, and what would give it one: over the API's paths, and as a window is told.

const dir = mkdtempSync(join(tmpdir(), "wherry-pending-"));
let cluster: Cluster;
let client: Client;
let window: TestWindow;

beforeAll(async () => {
  cluster = await startCluster({ dataDir: join(dir, "cluster"), port: 0, runtime: "simulated", nodes: 2, log: silentLog });
  await cluster.runtime;
  client = createClient(httpsTransport(readFileSync(cluster.kubeconfigPath, "utf8")));
  window = new TestWindow({ localKubeconfig: cluster.kubeconfigPath, dataDir: join(dir, "app") });
  const nodes = window.open("view", {
    cluster: "local",
    resource: { group: "", version: "v1", resource: "nodes" },
    filter: {},
    range: { start: 0, count: 10 },
  });
  await nodes.until("two nodes that are ready", (stream) => assemble(stream).shown.filter((row) => row?.status === "running").length === 2);
  nodes.close();
  await client
    .resource(Nodes)
    .patch({ name: "wherry-2" }, { spec: { taints: [{ key: "gpu", value: "yes", effect: "NoSchedule" }] } }, { type: "merge" });
  await makePod("big", { nodeSelector: { disk: "ssd" }, cpu: "1000" });
});
afterAll(async () => {
  await window.close();
  await cluster.stop({ pods: true });
  rmSync(dir, { recursive: true, force: true });
});

const makePod = (name: string, { cpu, ...spec }: { cpu?: string; nodeSelector?: object; schedulingGates?: object[] }) =>
  client.resource(Pods).create({
    metadata: { name, namespace: "default" },
    spec: { ...spec, containers: [{ name: "app", image: "app:1", ...(cpu ? { resources: { requests: { cpu } } } : {}) }] } as never,
  });

const pod = (name: string): ObjectRef => ({ group: "", version: "v1", resource: "pods", namespace: "default", name });

/** As a window is told, once it is told what is looked for. */
async function explained(name: string, found: (told: SchedulingExplanation) => boolean): Promise<SchedulingExplanation> {
  const stream = window.open("scheduling", { cluster: "local", object: pod(name) });
  const told = await stream.until(`why ${name} is pending`, ({ messages, ended }) => {
    if (ended) throw new Error(JSON.stringify(ended));
    return messages.findLast(found);
  });
  stream.close();
  return told;
}

const whatIf = (name: string, change: WhatIfChange) => window.request("scheduling.whatIf", { cluster: "local", object: pod(name), change });

const review = (spec: object, namespace = "default") =>
  client.transport.send({
    method: "POST",
    path: `/apis/wherry.dev/v1/namespaces/${namespace}/schedulingreviews`,
    body: { apiVersion: "wherry.dev/v1", kind: "SchedulingReview", spec },
  }) as Promise<{ status: DecisionTrace }>;

test("a window is told node by node, with numbers and what would help", async () => {
  const { nodes, ...told } = await explained("big", ({ source }) => source === "trace");
  expect(told).toMatchObject({
    nodeCount: 2,
    feasible: 0,
    attempt: expect.any(Number) as number,
    message: expect.stringMatching(/^0\/2 nodes are available: /) as string,
  });
  const refusals = Object.fromEntries(nodes.map(({ name, refusals: all }) => [name, all.map(({ plugin, detail }) => `${plugin}: ${detail}`)]));
  expect(refusals["wherry"]).toEqual(
    expect.arrayContaining([
      "NodeAffinity: lacks disk=ssd",
      expect.stringMatching(/^NodeResourcesFit: asks 1000 cores, [\d.]+ of \d+ cores? are free$/),
    ]),
  );
  expect(refusals["wherry-2"]).toEqual(expect.arrayContaining(["TaintToleration: gpu=yes:NoSchedule"]));
  expect(told.reasons.map(({ next }) => next)).toEqual(expect.arrayContaining(["Add a toleration to the pod, or remove the taint from the node."]));
});

test("a pod that is placed tells its scores", async () => {
  await makePod("small", { cpu: "10m" });
  const { node, nodes } = await explained("small", (told) => told.node !== undefined && told.source === "trace");
  expect(node).toBe("wherry");
  expect(nodes.find(({ name }) => name === "wherry-2")?.refusals[0]?.plugin).toBe("TaintToleration");
});

describe("what if", () => {
  test.each<[string, WhatIfChange, string | undefined]>([
    ["nothing changed", {}, undefined],
    ["it asked for less", { cpu: 0.1 }, undefined],
    ["it asked for less and any node would do", { cpu: 0.1, anyNode: true }, "wherry"],
    ["any node would do, and it asked for as much", { anyNode: true, openNodes: true }, undefined],
  ])("%s", async (_what, change, node) => {
    const told = await whatIf("big", change);
    expect(told).toMatchObject({ source: "trace", attempt: 0, feasible: node ? expect.any(Number) : 0 });
    expect(told.node).toBe(node);
  });

  test("the taints were gone", async () => {
    const { nodes } = await whatIf("big", { openNodes: true, anyNode: true, cpu: 0.1 });
    expect(nodes.map(({ name, refusals }) => [name, refusals])).toEqual([
      ["wherry", []],
      ["wherry-2", []],
    ]);
  });

  test("there were one more node", async () => {
    const { nodeCount, nodes } = await whatIf("big", { another: "wherry" });
    expect([nodeCount, nodes.map(({ name }) => name).sort()]).toEqual([3, ["wherry", "wherry-2", "wherry-more"]]);
  });

  test("a node were empty", async () => {
    const [only] = [...(await client.resource(Nodes).list()).items].filter(({ metadata }) => metadata.name === "wherry");
    const whole = Number(only!.status!.allocatable!["cpu"]);
    await makePod("filler", { cpu: String(whole - 0.5) });
    await explained("filler", ({ node }) => node !== undefined);
    await makePod("next", { cpu: String(whole - 0.1) });
    const { reasons } = await explained("next", ({ source }) => source === "trace");
    expect(reasons.map(({ reason }) => reason)).toContain("Insufficient cpu");
    expect((await whatIf("next", {})).node).toBeUndefined();
    expect((await whatIf("next", { emptied: "wherry" })).node).toBe("wherry");
  });

  test("nothing of it is written", async () => {
    const names = async () =>
      [(await client.resource(Nodes).list()).items, (await client.resource(Pods).list()).items]
        .flat()
        .map(({ metadata }) => `${metadata.name}@${metadata.uid}`);
    const before = await names();
    const told = await review({
      pod: { metadata: { name: "imagined" }, spec: { containers: [{ name: "a", image: "a" }] } },
      nodes: [{ metadata: { name: "dream" }, status: { allocatable: { cpu: "64", memory: "64Gi", pods: "10" } } }],
    });
    expect(told.status.nodes.map(({ name }) => name)).toContain("dream");
    expect(await names()).toEqual(before);
  });
});

describe("a review that makes no sense is refused", () => {
  test.each<[string, object, string]>([
    ["no pod", {}, "spec.pod: Required value"],
    [
      "an amount that is none",
      { pod: { spec: { containers: [{ name: "a", image: "a", resources: { requests: { cpu: "much" } } }] } } },
      "quantities must match",
    ],
    ["a pod without containers", { pod: { metadata: { name: "none" }, spec: {} } }, "spec.containers"],
    ["a field that no pod has", { pod: { spec: { container: [] } } }, 'unknown field "spec.container"'],
    ["nodes that are no list", { pod: { metadata: { name: "big" } }, nodes: {} }, "spec.nodes: must be a list"],
  ])("%s", async (_what, spec, problem) => expect(review(spec)).rejects.toThrow(problem));
});

describe("who may ask", () => {
  const as = (user: string, method: "GET" | "POST", path: string) =>
    client.transport.send({
      method,
      path: `/apis/wherry.dev/v1/namespaces/default/${path}`,
      headers: { "impersonate-user": user },
      body: method === "POST" ? { spec: { pod: { metadata: { name: "big" } } } } : undefined,
    });

  test("only who is allowed to", async () => {
    await expect(as("eve", "GET", "podschedulings/big")).rejects.toThrow(
      'cannot get resource "podschedulings" in API group "wherry.dev" in the namespace "default"',
    );
    await expect(as("eve", "POST", "schedulingreviews")).rejects.toThrow('cannot create resource "schedulingreviews"');
  });

  test("a pod that is not there is not found", async () => {
    await expect(client.transport.send({ method: "GET", path: "/apis/wherry.dev/v1/namespaces/default/podschedulings/none" })).rejects.toThrow(
      'pods "none" not found',
    );
  });
});

describe("the past, as a window is told", () => {
  test("the writes to an object, the newest first, and the chain of one", async () => {
    const stream = window.open("history", { cluster: "local", object: pod("small") });
    const { source, writes } = await stream.until("the kubelet's writes", ({ messages }) =>
      messages.findLast((told) => told.writes.some(({ component }) => component === "kubelet")),
    );
    stream.close();
    expect(source).toBe("journal");
    const created = writes.at(-1)!;
    expect(created).toMatchObject({ verb: "create", kind: "Pod", user: "kubernetes-admin" });
    expect(created.cause).toBeUndefined();
    expect(writes.find(({ subresource }) => subresource === "binding")).toMatchObject({
      component: "kube-scheduler",
      cause: { text: "Pod small", revision: created.revision },
    });

    const chain = window.open("chain", { cluster: "local", revisions: [created.revision] });
    const { steps } = await chain.until("that it runs", ({ messages }) =>
      messages.findLast((told) => told.steps.some(({ changes }) => changes.some(({ path, to }) => path === "status.phase" && to === "Running"))),
    );
    chain.close();
    expect(steps[0]).toMatchObject({ revision: created.revision, after: 0, depth: 0 });
    expect(steps.map(({ component }) => component)).toEqual(expect.arrayContaining(["kube-scheduler", "kubelet"]));
    expect(steps.find(({ reason }) => reason === "Scheduled")).toBeDefined();
  });

  test("a plan says where each of its chains begins", async () => {
    const text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: planned}\ndata: {a: b}\n";
    const { id, items } = await window.request("plans.make", { cluster: "local", namespace: "default", sources: [{ name: "a.yaml", text }] });
    const stream = window.open("apply", { plan: id, items: items.map((item) => item.id) });
    await stream.until("the end", ({ ended }) => ended);
    const revision = stream.messages.flatMap(({ progress }) => progress).find(({ state }) => state === "ready")?.revision;
    const chain = window.open("chain", { cluster: "local", revisions: [revision!] });
    const { steps } = await chain.until("its step", ({ messages }) => messages[0]);
    chain.close();
    expect(steps).toMatchObject([
      { verb: "create", kind: "ConfigMap", object: { name: "planned" }, component: expect.stringMatching(/^wherry/i) as string },
    ]);
  });
});
