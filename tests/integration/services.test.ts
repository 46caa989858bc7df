import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { silentLog } from "../../cluster-engine/base/log.ts";
import { httpsTransport } from "../../cluster-engine/client/httpsTransport.ts";
import { startCluster } from "../../cluster-engine/cluster.ts";
import type { Cluster } from "../../cluster-engine/types.ts";
import type { ObjectRef, PlanItem } from "../../shared/contract.ts";
import { assemble, TestWindow } from "../support/testWindow.ts";

// Services as a window sees them, on a whole cluster whose pods are simulated.

const ref = (resource: string, name: string, group = "", namespace: string | undefined = "default"): ObjectRef => ({
  group,
  version: "v1",
  resource,
  ...(namespace ? { namespace } : {}),
  name,
});
const kind = (resource: string, group = "") => ({ group, version: "v1", resource });
const whole = { filter: {}, range: { start: 0, count: 100 } };

const web = (name: string, replicas: number, change = ""): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: ${replicas}
  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - name: web
        image: web:1
${change}`;

const service = (name: string): string => `---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {type: NodePort, selector: {app: ${name}}, ports: [{port: 80}]}
`;

describe("services on a simulated cluster", () => {
  const dir = mkdtempSync(join(tmpdir(), "wherry-services-"));
  const deadKubeconfig = join(dir, "dead.yaml");
  let cluster: Cluster;
  let window: TestWindow;

  const start = () => startCluster({ dataDir: join(dir, "cluster"), port: 0, runtime: "simulated", nodes: 2, log: silentLog });

  beforeAll(async () => {
    cluster = await start();
    const admin = parse(readFileSync(cluster.kubeconfigPath, "utf8")) as { clusters: { cluster: { server: string } }[] };
    admin.clusters[0]!.cluster.server = "https://127.0.0.1:1";
    writeFileSync(deadKubeconfig, stringify(admin));
    window = new TestWindow({
      localKubeconfig: cluster.kubeconfigPath,
      dataDir: join(dir, "app"),
      kubeconfigPaths: [deadKubeconfig, join(dir, "limited.yaml")],
    });
  });
  afterAll(async () => {
    await window.close();
    await cluster.stop({ pods: true });
    rmSync(dir, { recursive: true, force: true });
  });

  const plan = (text: string, namespace = "default") =>
    window.request("plans.make", { cluster: "local", namespace, sources: [{ name: "web.yaml", text }] });

  /** Applies a text and waits for its end. */
  const apply = async (text: string) => {
    const { id, items } = await plan(text);
    const stream = window.open("apply", { plan: id, items: items.map((item) => item.id) });
    await stream.until("the end", ({ ended }) => ended);
    const progress = new Map(stream.messages.flatMap((message) => message.progress.map((one) => [one.item, one.state])));
    return { states: [...progress.values()], receipt: stream.messages.flatMap((message) => message.receipt ?? [])[0]!, items };
  };

  test("a text is planned, applied until ready, seen in the views, and undone", async () => {
    const pods = window.open("view", {
      cluster: "local",
      resource: kind("pods"),
      ...whole,
      namespaces: ["default"],
      filter: { labelSelector: "app=shop" },
    });
    const { states, receipt, items } = await apply(web("shop", 2) + service("shop"));
    expect(items.map(({ kind: of, action }) => [of, action])).toEqual([
      ["Service", "create"],
      ["Deployment", "create"],
    ]);
    expect(states).toEqual(["ready", "ready"]);
    expect(receipt).toMatchObject({ title: "Applied 2 objects", undoable: true });

    const rows = await pods.until("two running pods", (stream) => assemble(stream).statusCounts?.running === 2 && assemble(stream).shown);
    expect(rows[0]).toMatchObject({
      status: "running",
      cells: { status: { text: "Running" }, ready: { value: 1, of: 1 }, owner: { text: "Deployment/shop" } },
    });

    const services = window.open("view", { cluster: "local", resource: kind("services"), ...whole, filter: { text: "shop" } });
    await services.until(
      "two ready endpoints",
      (stream) => JSON.stringify(assemble(stream).shown[0]?.cells["endpoints"]) === '{"kind":"ratio","value":2,"of":2}',
    );
    const { url } = await window.request("services.open", { cluster: "local", object: ref("services", "shop") });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:3\d{4}$/);

    expect(await window.request("actions.undo", { receipt: receipt.id })).toMatchObject({ failures: [] });
    await pods.until("no pod", (stream) => assemble(stream).matched === 0);
    await expect(window.request("actions.undo", { receipt: receipt.id })).rejects.toMatchObject({ code: "undone" });
  });

  test("scaling has a receipt with its kubectl line; applying the file again takes it back without a conflict", async () => {
    await apply(web("scaled", 1));
    const target = { cluster: "local", object: ref("deployments", "scaled", "apps") };
    const deployments = window.open("view", { cluster: "local", resource: kind("deployments", "apps"), ...whole, filter: { text: "scaled" } });
    const { receipt } = await window.request("actions.scale", { ...target, replicas: 3 });
    expect(receipt).toMatchObject({ title: "Scaled scaled from 1 to 3", kubectl: "kubectl scale deployment/scaled --replicas=3", undoable: true });
    await deployments.until("3 of 3", (stream) => JSON.stringify(assemble(stream).shown[0]?.cells["ready"]) === '{"kind":"ratio","value":3,"of":3}');

    const again = await plan(web("scaled", 1));
    expect(again.items[0]).toMatchObject({ action: "change", errors: [], diff: [{ path: "spec.replicas", before: 3, after: 1 }] });

    await window.request("actions.undo", { receipt: receipt!.id });
    await deployments.until("1 of 1", (stream) => JSON.stringify(assemble(stream).shown[0]?.cells["ready"]) === '{"kind":"ratio","value":1,"of":1}');
    expect((await plan(web("scaled", 1))).items[0]).toMatchObject({ action: "same", diff: [] });
  });

  test("undo restores what an application changed", async () => {
    await apply(web("kept", 1));
    const { receipt } = await apply(web("kept", 2).replace("web:1", "web:2"));
    expect(await window.request("actions.undo", { receipt: receipt.id })).toMatchObject({ failures: [], receipt: { undone: true } });
    const object = window.open("object", { cluster: "local", object: ref("deployments", "kept", "apps") });
    const restored = { spec: { replicas: 1, template: { spec: { containers: [{ image: "web:1" }] } } } };
    await object.until("what was before", ({ messages }) => {
      const spec = (parse(messages.at(-1)?.yaml ?? "") as typeof restored | null)?.spec;
      return spec?.replicas === restored.spec.replicas && spec.template.spec.containers[0]!.image === "web:1";
    });
  });

  const bad: [string, string, Partial<Omit<PlanItem["errors"][number], "message">> & { message: string | RegExp }][] = [
    ["malformed YAML", "apiVersion: v1\nkind: Pod\n  metadata:\n", { line: 2, message: /./ }],
    ["an unknown kind", "apiVersion: v1\nkind: Podd\nmetadata: {name: x}\n", { line: 2, message: /no kind "Podd" in apiVersion "v1"/ }],
    [
      "a kind of another group",
      "apiVersion: v1\nkind: Deployment\nmetadata: {name: x}\n",
      { line: 2, message: /this cluster has it as apiVersion apps\/v1/ },
    ],
    [
      "an unknown field",
      web("x", 1, "        imagee: y\n"),
      { line: 17, field: 'spec.template.spec.containers[name="web"].imagee', message: /field not declared in schema/ },
    ],
    ["a wrong type", web("x", 1).replace("replicas: 1", "replicas: one"), { line: 6, field: "spec.replicas", message: /expected numeric/ }],
    ["a name that YAML reads as something else", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: y\n", { line: 4, message: /put it in quotes/ }],
    ["an invalid value", web("x", -1), { line: 6, field: "spec.replicas", message: /must be greater than or equal to 0/ }],
    ["a namespace that is not there", web("x", 1).replace("name: x", "name: x\n  namespace: nowhere"), { message: /namespaces "nowhere" not found/ }],
    ["a document that is no object", "- a\n- b\n", { line: 1, message: /must be a map/ }],
  ];
  test.each(bad)("%s is named with its line", async (_name, text, { message, ...place }) => {
    const { items } = await plan(text);
    expect(items[0]).toMatchObject({ action: "invalid", source: { name: "web.yaml" } });
    expect(items[0]!.errors).toContainEqual(expect.objectContaining({ ...place, message: expect.stringMatching(message) as string }));
  });

  test("an immutable field is refused with its name, and what is missing is warned of", async () => {
    await apply(web("fixed", 1));
    const changed = await plan(web("fixed", 1).replaceAll("app: fixed", "app: other"));
    expect(changed.items[0]).toMatchObject({ action: "invalid", errors: [{ field: "spec.selector" }] });
    expect(changed.items[0]!.errors[0]!.message).toContain("field is immutable");

    const risky = await plan(web("risky", 1, "        envFrom: [{configMapRef: {name: none}}]\n") + service("nobody"));
    expect(Object.fromEntries(risky.items.map((item) => [item.kind, item.warnings.length]))).toEqual({ Service: 1, Deployment: 1 });
  });

  test("part of a plan can fail, and the rest is told to be done", async () => {
    const { id, items } = await plan(web("whole", 1) + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: late}\ndata: {a: b}\n");
    // Between plan and application somebody else makes the Deployment with another selector.
    await apply(web("whole", 1).replaceAll("app: whole", "app: rival"));
    const stream = window.open("apply", { plan: id, items: items.map((item) => item.id) });
    await stream.until("the end", ({ ended }) => ended);
    const last = new Map(stream.messages.flatMap((message) => message.progress.map((one) => [one.item, one])));
    const byKind = Object.fromEntries(items.map((item) => [item.kind, last.get(item.id)!.state]));
    expect(byKind).toEqual({ ConfigMap: "ready", Deployment: "failed" });
    expect(stream.messages.flatMap(({ receipt }) => receipt ?? [])[0]!.title).toBe("Applied 1 object, 1 failed");
  });

  test("a view keeps its namespaces when only its range moves, and follows its filter", async () => {
    const view = window.open("view", { cluster: "local", resource: kind("serviceaccounts"), ...whole, namespaces: ["kube-system"] });
    await view.until("live", (stream) => assemble(stream).freshness?.state === "live" && assemble(stream).matched === 1);
    view.update({ range: { start: 0, count: 1 } });
    view.update({ sort: { column: "name", descending: true } });
    view.update({ namespaces: [] });
    await view.until("all namespaces", (stream) => (assemble(stream).total ?? 0) >= 4);
    expect(view.messages.every(({ total }) => total === undefined || total <= 1 || total >= 4)).toBe(true);
    view.update({ filter: { text: "no-such-account" } });
    const state = await view.until("no match", (stream) => assemble(stream).matched === 0 && assemble(stream));
    expect(state.total).toBeGreaterThanOrEqual(4);
    view.update({ filter: { labelSelector: "a=b=c" } });
    await view.until("the reason", (stream) => assemble(stream).freshness?.message?.includes("label selector"));
  });

  test("a view of what an object owns follows through ReplicaSets, Services and nodes", async () => {
    await apply(web("owner", 2) + service("owner"));
    const owners: [ObjectRef, (matched: number) => boolean][] = [
      [ref("deployments", "owner", "apps"), (matched) => matched === 2],
      [ref("services", "owner"), (matched) => matched === 2],
      [ref("nodes", "wherry", "", ""), (matched) => matched >= 1],
    ];
    for (const [owner, enough] of owners) {
      const pods = window.open("view", { cluster: "local", resource: kind("pods"), ...whole, filter: { owner } });
      await pods.until(`pods of ${owner.resource}`, (stream) => enough(assemble(stream).matched ?? 0));
    }
    const events = window.open("view", {
      cluster: "local",
      resource: kind("events"),
      ...whole,
      filter: { owner: ref("deployments", "owner", "apps") },
    });
    const reasons = await events.until("events of pods", (stream) => {
      const shown = new Set(assemble(stream).shown.map((row) => row?.cells["reason"]));
      return shown.has("ScalingReplicaSet") && shown.has("Started") && shown;
    });
    expect(reasons).toContain("SuccessfulCreate");
  });

  test("a custom kind has its printer columns, in the list of kinds as soon as it is defined", async () => {
    const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.example.com}
spec:
  group: example.com
  names: {kind: Boat, plural: boats, singular: boat}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns: [{name: Sails, type: integer, jsonPath: .spec.sails}]
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {sails: {type: integer}}}}}}
---
apiVersion: example.com/v1
kind: Boat
metadata: {name: wherry}
spec: {sails: 1}
`;
    const { states } = await apply(crd);
    expect(states).toEqual(["ready", "ready"]);
    const resources = await window.request("resources.list", { cluster: "local" });
    expect(resources).toContainEqual(expect.objectContaining({ resource: "boats", kind: "Boat", namespaced: true }));
    const boats = window.open("view", { cluster: "local", resource: kind("boats", "example.com"), ...whole });
    const state = await boats.until("the boat", (stream) => assemble(stream).matched === 1 && assemble(stream));
    const sails = state.columns!.find(({ title }) => title === "Sails")!;
    expect(sails.type).toBe("number");
    expect(state.shown[0]!.cells[sails.id]).toBe(1);
  });

  test("a ConfigMap tells which workload uses it", async () => {
    await apply(
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: used}\ndata: {a: b}\n---\n${web("user", 1, "        envFrom: [{configMapRef: {name: used}}]\n")}`,
    );
    const view = window.open("view", { cluster: "local", resource: kind("configmaps"), ...whole, filter: { text: "used" } });
    await view.until(
      "its user",
      (stream) => JSON.stringify(assemble(stream).shown[0]?.cells["usedBy"]) === '{"kind":"list","items":["Deployment/user"]}',
    );
  });

  test("values of Secrets stay in services until one is asked for", async () => {
    await apply("apiVersion: v1\nkind: Secret\nmetadata: {name: hidden}\nstringData: {password: correct-horse}\n");
    const secrets = window.open("view", { cluster: "local", resource: kind("secrets"), ...whole, filter: { text: "hidden" } });
    const object = window.open("object", { cluster: "local", object: ref("secrets", "hidden") });
    await secrets.until("the row", (stream) => assemble(stream).matched === 1);
    await object.until("the object", ({ messages }) => messages.at(-1)?.object);
    const sent = JSON.stringify([secrets.messages, object.messages]);
    expect(sent).toContain("password");
    expect(sent).not.toContain("correct-horse");
    expect(sent).not.toContain(Buffer.from("correct-horse").toString("base64"));
    expect(await window.request("secrets.reveal", { cluster: "local", object: ref("secrets", "hidden"), key: "password" })).toEqual({
      value: "correct-horse",
    });
  });

  test("one dead cluster is told with its cause, and keeps no other waiting", async () => {
    const clusters = window.open("clusters", {});
    const dead = (await clusters.until("the contexts", ({ messages }) => messages.at(-1)?.find(({ source }) => source === deadKubeconfig))).id;
    const view = window.open("view", { cluster: dead, resource: kind("pods"), ...whole });
    const local = window.open("view", { cluster: "local", resource: kind("namespaces"), ...whole });
    await local.until("live", (stream) => assemble(stream).freshness?.state === "live");
    const freshness = await view.until("the failure", (stream) => assemble(stream).freshness?.state === "failed" && assemble(stream).freshness);
    expect(freshness!.message).toContain("ECONNREFUSED");
    const summary = await clusters.until("down", ({ messages }) => messages.at(-1)?.find(({ id, phase }) => id === dead && phase === "down"));
    expect(summary.problem).toMatchObject({ cause: "refused" });
  });

  test("with few rights a list says which is missing, and works in the namespace that is allowed", async () => {
    await apply(`apiVersion: v1
kind: ServiceAccount
metadata: {name: reader}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: reader, namespace: default}]
`);
    const token = await tokenOf(cluster.kubeconfigPath, "reader");
    const limited = parse(readFileSync(cluster.kubeconfigPath, "utf8")) as { users: { name: string; user: object }[]; contexts: { name: string }[] };
    limited.users[0]!.user = { token };
    writeFileSync(join(dir, "limited.yaml"), stringify(limited));
    const clusters = window.open("clusters", {});
    const id = (
      await clusters.until("the new context", ({ messages }) => messages.at(-1)?.find(({ source }) => source === join(dir, "limited.yaml")))
    ).id;

    const all = window.open("view", { cluster: id, resource: kind("pods"), ...whole });
    const freshness = await all.until("forbidden", (stream) => assemble(stream).freshness?.state === "forbidden" && assemble(stream).freshness);
    expect(freshness!.missing).toEqual({ verb: "list", resource: "pods" });
    const one = window.open("view", { cluster: id, resource: kind("pods"), ...whole, namespaces: ["default"] });
    await one.until("live", (stream) => assemble(stream).freshness?.state === "live");
    const [may, mayNot] = await window.request("access.can", {
      cluster: id,
      checks: [
        { verb: "list", group: "", resource: "pods", namespace: "default" },
        { verb: "delete", group: "", resource: "pods", namespace: "default" },
      ],
    });
    expect([may!.allowed, mayNot!.allowed]).toEqual([true, false]);
  });

  test("the previous log of a container that never ended says so before it ends", async () => {
    await apply(web("first", 1));
    const log = window.open("logs", { cluster: "local", object: ref("deployments", "first", "apps"), previous: true });
    await log.until("the end", ({ ended }) => ended);
    expect(log.messages.flat()).toMatchObject([{ marker: "error", text: expect.stringContaining("not found") as string }]);
  });

  test("read-only is kept: no change is sent", async () => {
    await window.request("clusters.set", { cluster: "local", readOnly: true });
    await expect(
      window.request("actions.scale", { cluster: "local", object: ref("deployments", "kept", "apps"), replicas: 5 }),
    ).rejects.toMatchObject({ code: "read-only" });
    await window.request("clusters.set", { cluster: "local", readOnly: false });
  });

  test("when the API goes away rows stay, dimmed with their age, and are live again when it is back", async () => {
    const view = window.open("view", { cluster: "local", resource: kind("deployments", "apps"), ...whole, filter: { text: "kept" } });
    await view.until("live", (stream) => assemble(stream).freshness?.state === "live" && assemble(stream).matched === 1);
    await cluster.stop();
    const stale = await view.until("stale", (stream) => assemble(stream).freshness?.state === "stale" && assemble(stream));
    expect(stale.shown).toHaveLength(1);
    expect(stale.freshness!.at).toBeGreaterThan(0);
    cluster = await start();
    await view.until(
      "live again",
      (stream) =>
        stream.messages.findLastIndex(({ freshness }) => freshness?.state === "live") >
        stream.messages.findLastIndex(({ freshness }) => freshness?.state === "stale"),
    );
    await window.request("actions.scale", { cluster: "local", object: ref("deployments", "kept", "apps"), replicas: 2 });
    await view.until("2 wanted", (stream) => assemble(stream).shown[0]?.facts.replicas === 2);
  });
});

/** A token by the TokenRequest subresource. */
async function tokenOf(kubeconfigPath: string, account: string): Promise<string> {
  const transport = httpsTransport(readFileSync(kubeconfigPath, "utf8"));
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  const answer = (await transport.send({ method: "POST", path: `/api/v1/namespaces/default/serviceaccounts/${account}/token`, body })) as {
    status: { token: string };
  };
  return answer.status.token;
}
