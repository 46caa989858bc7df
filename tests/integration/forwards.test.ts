import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { silentLog } from "../../cluster-engine/base/log.ts";
import { startCluster } from "../../cluster-engine/cluster.ts";
import type { Cluster } from "../../cluster-engine/types.ts";
import type { ObjectRef } from "../../shared/contract.ts";
import { TestWindow } from "../support/testWindow.ts";

// Forwards of services as a window sees them, on a whole cluster whose pods are simulated.

const dir = mkdtempSync(join(tmpdir(), "wherry-forwards-"));
const pods = { group: "", version: "v1", resource: "pods" };
let cluster: Cluster;
let window: TestWindow;

const openWindow = () => new TestWindow({ localKubeconfig: cluster.kubeconfigPath, dataDir: join(dir, "app") });
const shop = `apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: main, image: "shop:1", ports: [{name: web, containerPort: 8080}]}]
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {selector: {app: shop}, ports: [{name: http, port: 80, targetPort: web}]}
`;

beforeAll(async () => {
  cluster = await startCluster({ dataDir: join(dir, "cluster"), port: 0, runtime: "simulated", nodes: 1, log: silentLog });
  window = openWindow();
  const { id, items } = await window.request("plans.make", { cluster: "local", namespace: "default", sources: [{ name: "shop.yaml", text: shop }] });
  const stream = window.open("apply", { plan: id, items: items.map((item) => item.id) });
  await stream.until("the end", ({ ended }) => ended);
  expect(stream.messages.flatMap(({ progress }) => progress).filter(({ state }) => state === "failed")).toEqual([]);
});
afterAll(async () => {
  await window.close();
  await cluster.stop({ pods: true });
  rmSync(dir, { recursive: true, force: true });
});

const ref = (resource: string, name: string, group = ""): ObjectRef => ({ group, version: "v1", resource, namespace: "default", name });
const get = async (port: number) => (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } })).status;
const forwards = () => window.open("forwards", {});

/** The name of the one pod that is ready, another one than `not`. */
async function podName(not = ""): Promise<string> {
  const view = window.open("view", { cluster: "local", resource: pods, filter: { text: "shop" }, range: { start: 0, count: 10 } });
  const name = await view.until(
    "a running pod",
    ({ messages }) =>
      messages
        .flatMap(({ rows = [] }) => rows.map((row) => (Array.isArray(row) ? row[1] : row) as { object?: ObjectRef; status?: string }))
        .find(({ object, status }) => status === "running" && object?.name !== not)?.object?.name,
  );
  view.close();
  return name;
}

test.each([
  ["a Service by its port's name", () => ref("services", "shop"), "http"],
  ["a Deployment by its container's port", () => ref("deployments", "shop", "apps"), "web"],
])("%s", async (_title, object, port) => {
  const forward = await window.request("forwards.start", { cluster: "local", object: object(), port });
  expect(forward).toMatchObject({ state: "running", connections: 0 });
  expect(await get(forward.localPort)).toBe(200);
  const seen = await forwards().until("its traffic", ({ messages }) =>
    messages.at(-1)?.find(({ id, received, sent }) => id === forward.id && received > 0 && sent > 0),
  );
  expect(seen.pod).toMatch(/^shop-/);
  await window.request("forwards.stop", { id: forward.id });
  await expect(get(forward.localPort)).rejects.toThrow("fetch failed");
  await window.request("forwards.resume", { id: forward.id });
  expect(await get(forward.localPort)).toBe(200);
  await window.request("forwards.remove", { id: forward.id });
});

test("a forward to a pod goes on with its successor", async () => {
  const name = await podName();
  const { localPort, id } = await window.request("forwards.start", { cluster: "local", object: ref("pods", name), port: "web" });
  expect(await get(localPort)).toBe(200);
  await window.request("actions.delete", { cluster: "local", objects: [ref("pods", name)], force: false });
  const successor = await podName(name);
  expect(await get(localPort)).toBe(200);
  const seen = await forwards().until("its pod", ({ messages }) => messages.at(-1)?.find((each) => each.id === id && each.pod !== name));
  expect(seen.pod).toBe(successor);
  await window.request("forwards.remove", { id });
});

test("a local port that is taken is refused, and who holds it is named", async () => {
  const holder: Server = createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  const { port: localPort } = holder.address() as { port: number };
  const start = window.request("forwards.start", { cluster: "local", object: ref("services", "shop"), port: "http", localPort });
  await expect(start).rejects.toMatchObject({
    code: "port-taken",
    message: expect.stringMatching(new RegExp(`^port ${localPort} is taken by .* \\(process ${process.pid}\\): choose another`)),
  });
  holder.close();
});

test.each([
  ["a port that is not there", ref("deployments", "shop", "apps"), "metrics", /no port "metrics": name a number, or one of web \(8080\)/],
  ["a Service without pods", ref("services", "kubernetes"), undefined, /selects no pods/],
])("%s is told", async (_title, object, port, message) => {
  await expect(window.request("forwards.start", { cluster: "local", object, ...(port ? { port } : {}) })).rejects.toThrow(message);
});

test("a remembered forward is there, stopped, after a restart of services", async () => {
  const wanted = { cluster: "local", object: ref("services", "shop"), port: "http", localPort: 0, remember: true };
  const { localPort, id } = await window.request("forwards.start", wanted);
  await window.close();
  window = openWindow();
  const again = await forwards().until("the forward", ({ messages }) => messages.at(-1)?.find((each) => each.id === id));
  expect(again).toMatchObject({ state: "stopped", remembered: true, localPort });
  await window.request("forwards.resume", { id });
  expect(await get(localPort)).toBe(200);
});
