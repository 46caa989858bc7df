import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Pods } from "../../api/resources.ts";
import { openTestNode, type TestNode } from "../testNode.ts";

let node: TestNode;
let folder: string;
const manifest = (image: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: fixed\n  labels: {app: fixed}\nspec:\n  containers:\n  - name: main\n    image: ${image}\n`;
const file = () => join(folder, "fixed.yaml");
const mirror = () => node.api.get(Pods, "default/fixed-wherry");
const images = async () => (await node.runtime.listContainers()).filter(({ state }) => state === "running").map(({ image }) => image);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "wherry-static-"));
  writeFileSync(file(), manifest("nginx:1"));
  node = await openTestNode({ staticPodPath: folder });
});

afterEach(async () => {
  await node.dispose();
  rmSync(folder, { recursive: true, force: true });
});

test("a manifest in the folder runs, and its mirror in the API shows its status", async () => {
  await node.until("ready", () => mirror()?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false);
  expect(mirror()!.metadata).toMatchObject({
    labels: { app: "fixed" },
    annotations: { "kubernetes.io/config.source": "file" },
    ownerReferences: [{ kind: "Node", name: "wherry" }],
  });
  expect(mirror()!.metadata.annotations!["kubernetes.io/config.mirror"]).toBe(mirror()!.metadata.annotations!["kubernetes.io/config.hash"]);
  expect(await images()).toEqual(["nginx:1"]);
});

test("deleting the mirror does not stop the pod; the mirror comes back", async () => {
  await node.until("running", () => mirror()?.status?.phase === "Running");
  const { uid } = mirror()!.metadata;
  node.api.remove(Pods, "default/fixed-wherry");
  await node.step("a new mirror", () => mirror() !== undefined && mirror()!.metadata.uid !== uid, 25);
  expect(await images()).toEqual(["nginx:1"]);
});

test("a changed manifest replaces the pod, a removed one ends it", async () => {
  await node.until("running", () => mirror()?.status?.phase === "Running");
  writeFileSync(file(), manifest("nginx:2"));
  let running: string[] = [];
  const look = () => void images().then((found) => (running = found));
  await node.step("the new image", () => (look(), running.join() === "nginx:2"), 25);
  rmSync(file());
  await node.step("nothing", () => (look(), running.length === 0 && mirror() === undefined), 25);
});
