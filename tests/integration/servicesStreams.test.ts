import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLog } from "../../cluster-engine/base/log.ts";
import { startCluster } from "../../cluster-engine/cluster.ts";
import type { Cluster } from "../../cluster-engine/types.ts";
import type { ObjectRef } from "../../shared/contract.ts";
import { assemble, TestWindow } from "../support/testWindow.ts";

// Logs, terminals, actions, Home and metrics as a window sees them, on a whole cluster whose pods are simulated.

const ref = (resource: string, name: string, group = "", namespace: string | undefined = "default"): ObjectRef => ({
  group,
  version: "v1",
  resource,
  ...(namespace ? { namespace } : {}),
  name,
});
const target = (object: ObjectRef) => ({ cluster: "local", object });
const deployment = (name: string): ObjectRef => ref("deployments", name, "apps");
const view = { filter: {}, range: { start: 0, count: 100 }, cluster: "local" };

const workload = (name: string, { replicas = 1, script = "while true; do sleep 1; done", image = "web:1" } = {}): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - name: main
        image: ${image}
        command: [sh, -c, ${JSON.stringify(script)}]
`;

describe("streams and actions of services on a simulated cluster", () => {
  const dir = mkdtempSync(join(tmpdir(), "wherry-streams-"));
  let cluster: Cluster;
  let window: TestWindow;

  beforeAll(async () => {
    cluster = await startCluster({ dataDir: join(dir, "cluster"), port: 0, runtime: "simulated", nodes: 1, log: silentLog });
    window = new TestWindow({ localKubeconfig: cluster.kubeconfigPath, dataDir: join(dir, "app") });
  });
  afterAll(async () => {
    await window.close();
    await cluster.stop({ pods: true });
    rmSync(dir, { recursive: true, force: true });
  });

  const apply = async (text: string): Promise<void> => {
    const { id, items } = await window.request("plans.make", { cluster: "local", namespace: "default", sources: [{ name: "a.yaml", text }] });
    const stream = window.open("apply", { plan: id, items: items.map((item) => item.id) });
    const { error } = await stream.until("the end", ({ ended }) => ended);
    expect(error).toBeUndefined();
    expect(stream.messages.at(-1)?.progress.filter(({ state }) => state === "failed") ?? []).toEqual([]);
  };
  const ofDeployment = (name: string) =>
    window.open("view", { ...view, resource: { group: "apps", version: "v1", resource: "deployments" }, filter: { text: name } });
  const ready = (stream: ReturnType<typeof ofDeployment>, count: number) =>
    stream.until(
      `${count} of ${count}`,
      (now) => JSON.stringify(assemble(now).shown[0]?.cells["ready"]) === `{"kind":"ratio","value":${count},"of":${count}}`,
    );

  test("the log of a Deployment is of all its pods, in the order of time, later pods included, and can be saved", async () => {
    await apply(workload("talker", { replicas: 2, script: "echo hello; echo second line; while true; do sleep 1; done" }));
    const log = window.open("logs", target(deployment("talker")));
    const podsIn = () =>
      new Set(
        log.messages
          .flat()
          .filter(({ text, marker }) => !marker && text === "second line")
          .map(({ pod }) => pod),
      );
    await log.until("lines of two pods", () => podsIn().size === 2);
    await window.request("actions.scale", { ...target(deployment("talker")), replicas: 3 });
    await log.until("lines of the third pod", () => podsIn().size === 3);
    const entries = log.messages.flat();
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index));
    for (const pod of podsIn()) {
      const times = entries.filter((entry) => entry.pod === pod && !entry.marker).map(({ at }) => at);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
    expect(entries.some(({ marker }) => marker === "started")).toBe(true);

    const path = join(dir, "talker.log");
    await window.request("logs.save", { stream: window.idOf(log), path });
    expect(readFileSync(path, "utf8").match(/second line$/gm)).toHaveLength(3);
    log.close();
  });

  test("the log of a pod that ended is whole, and says so", async () => {
    await apply(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: brief}\nspec: {restartPolicy: Never, containers: [{name: main, image: web:1, command: [sh, -c, echo done]}]}\n",
    );
    const log = window.open("logs", target(ref("pods", "brief")));
    await log.until("the end of the pod", ({ messages }) => messages.flat().some(({ marker }) => marker === "ended"));
    expect(
      log.messages
        .flat()
        .filter(({ marker }) => !marker)
        .map(({ text }) => text),
    ).toEqual(["done"]);
  });

  test("a terminal gives back what is typed, and ends with the command's exit code", async () => {
    await apply(workload("shell"));
    const size = { columns: 80, rows: 24 };
    const echo = window.open("terminal", { ...target(deployment("shell")), command: ["cat"], ...size });
    echo.update({ size: { columns: 120, rows: 40 } });
    echo.update({ data: "ahoy ⚓\n" });
    await echo.until("the echo", ({ messages }) =>
      messages
        .map(({ data }) => data ?? "")
        .join("")
        .includes("ahoy ⚓"),
    );
    expect(echo.messages[0]!.notice).toMatch(/^shell-.* · main$/);
    echo.close();

    const ending = window.open("terminal", { ...target(deployment("shell")), command: ["sh", "-c", "echo bye; exit 3"], ...size });
    await ending.until("the end", ({ ended }) => ended);
    expect(ending.messages.at(-1)).toEqual({ exit: 3 });
    expect(ending.messages.map(({ data }) => data ?? "").join("")).toContain("bye");
  });

  test.each([
    ["a pod that is not there", ref("pods", "nowhere"), undefined, /"nowhere" not found/],
    ["a container that is not there", ref("pods", "brief"), "side", /side/],
  ])("a terminal in %s says why not", async (_name, object, container, message) => {
    const terminal = window.open("terminal", { ...target(object), ...(container ? { container } : {}), command: ["sh"], columns: 80, rows: 24 });
    const { error } = await terminal.until("the end", ({ ended }) => ended);
    expect(error!.message).toMatch(message);
  });

  test("a deletion tells what goes too, and undo makes it again", async () => {
    await apply(workload("deleted", { replicas: 2 }));
    const list = ofDeployment("deleted");
    await ready(list, 2);
    const dependants = await window.request("actions.dependants", { cluster: "local", objects: [deployment("deleted")] });
    expect(dependants.map(({ kind }) => kind)).toEqual(["ReplicaSet", "Pod", "Pod"]);
    const { receipt } = await window.request("actions.delete", { cluster: "local", objects: [deployment("deleted")] });
    expect(receipt).toMatchObject({ title: "Deleted deleted", kubectl: "kubectl delete deployment/deleted", undoable: true });
    await list.until("no row", (stream) => assemble(stream).matched === 0);
    await window.request("actions.undo", { receipt: receipt!.id });
    await ready(list, 2);
  });

  test("one of several deletions that fails is named, the others are done", async () => {
    await apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: there}\n");
    const result = await window.request("actions.delete", { cluster: "local", objects: [ref("configmaps", "missing"), ref("configmaps", "there")] });
    expect(result.failures).toEqual([{ object: ref("configmaps", "missing"), message: 'configmaps "missing" not found' }]);
    expect(result.receipt!.undoable).toBe(true);
  });

  test("a rollout is restarted, rolled back, and the roll back undone", async () => {
    await apply(workload("rolled", { image: "web:1" }));
    await apply(workload("rolled", { image: "web:2" }));
    const revisions = () => window.request("actions.revisions", target(deployment("rolled")));
    expect((await revisions()).map(({ revision, images, current }) => [revision, images, current])).toEqual([
      [2, ["web:2"], true],
      [1, ["web:1"], false],
    ]);
    const object = window.open("object", target(deployment("rolled")));
    const image = (wanted: string) => object.until(wanted, ({ messages }) => messages.at(-1)?.yaml.includes(`image: ${wanted}`));
    const { receipt } = await window.request("actions.rollback", { ...target(deployment("rolled")), revision: 1 });
    await image("web:1");
    await window.request("actions.undo", { receipt: receipt!.id });
    await image("web:2");
    const restarted = await window.request("actions.restart", { cluster: "local", objects: [deployment("rolled")] });
    expect(restarted.receipt).toMatchObject({ kubectl: "kubectl rollout restart deployment/rolled", undoable: false });
    await object.until("the annotation", ({ messages }) => messages.at(-1)?.yaml.includes("kubectl.kubernetes.io/restartedAt"));
  });

  test("a cordoned node is unschedulable until that is undone", async () => {
    const node = ref("nodes", "wherry", "", "");
    const nodes = window.open("view", { ...view, resource: { group: "", version: "v1", resource: "nodes" } });
    const { receipt } = await window.request("actions.cordon", { ...target(node), unschedulable: true });
    await nodes.until("cordoned", (stream) => assemble(stream).shown[0]?.facts.unschedulable === true);
    await window.request("actions.undo", { receipt: receipt!.id });
    await nodes.until("uncordoned", (stream) => assemble(stream).shown[0]?.facts.unschedulable !== true);
    expect((await window.request("actions.recent", { cluster: "local" }))[0]).toMatchObject({ title: "Cordoned wherry", undone: true });
  });

  test("Home groups problems with their next step, and lists apps and the node", async () => {
    await apply(workload("fine"));
    const home = window.open("home", { cluster: "local" });
    const message = await home.until(
      "the app",
      ({ messages }) => messages.at(-1)?.apps.some(({ name, ready: count }) => name === "fine" && count === 1) && messages.at(-1),
    );
    expect(message.nodes.map(({ name, status }) => [name, status])).toEqual([["wherry", "running"]]);
    const { id, items } = await window.request("plans.make", {
      cluster: "local",
      namespace: "default",
      sources: [{ name: "big.yaml", text: `${workload("big")}        resources: {requests: {cpu: 1000}}\n` }],
    });
    window.open("apply", { plan: id, items: items.map((item) => item.id) });
    const { problems } = await home.until("the problem", ({ messages }) => (messages.at(-1)?.problems.length ?? 0) > 0 && messages.at(-1));
    expect(problems).toMatchObject([
      { cause: "No node can take it", next: expect.stringContaining("request for cpu") as string, objects: [{ resource: "pods" }] },
    ]);
  });

  test("the palette finds an object once, though several lists know it", async () => {
    await apply(workload("sought"));
    const resource = { group: "apps", version: "v1", resource: "deployments" };
    for (const namespaces of [[], ["default"]]) {
      const list = window.open("view", { ...view, resource, namespaces, filter: { text: "sought" } });
      await list.until("the row", (stream) => assemble(stream).matched === 1);
    }
    const hits = await window.request("palette.search", { cluster: "local", query: "sought" });
    expect(hits.filter(({ title, object }) => title === "sought" && object?.resource === "deployments")).toHaveLength(1);
  });
});
