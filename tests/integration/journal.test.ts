import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JournalEntry } from "../../cluster-engine/apiserver/journal/types.ts";
import { silentLog } from "../../cluster-engine/base/log.ts";
import { startCluster } from "../../cluster-engine/cluster.ts";
import type { Cluster } from "../../cluster-engine/types.ts";
import { kubectls } from "../support/kubectl.ts";

// The journal of a whole cluster whose pods are simulated, asked by a real kubectl.

const dir = mkdtempSync(join(tmpdir(), "wherry-journal-"));
const options = { dataDir: join(dir, "cluster"), port: 0, runtime: "simulated", nodes: 2, log: silentLog } as const;
let cluster: Cluster;

const kubectl = (args: string[], input?: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const started = execFile(kubectls()[0]!, ["--kubeconfig", cluster.kubeconfigPath, ...args], { maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      error ? reject(new Error(stderr || error.message)) : resolve(stdout),
    );
    started.stdin!.end(input);
  });

type Link = JournalEntry & { component: string; at: number; depth: number; by?: number };

const ask = async <T>(path: string): Promise<T> => JSON.parse(await kubectl(["get", "--raw", `/apis/wherry.dev/v1/${path}`])) as T;
const chainOf = async (query: string, namespace = "default") =>
  (await ask<{ items: Link[] }>(`journal/chain?namespace=${namespace}&limit=2000&${query}`)).items;
const journalOf = async (query: string) => (await ask<{ items: Link[] }>(`journal?limit=10000&${query}`)).items;

/** Asks again until the chain has what is looked for: writes after the last visible one may still be on their way. */
async function chainWith(query: string, done: (links: Link[]) => boolean): Promise<Link[]> {
  const end = Date.now() + 30_000;
  for (;;) {
    const links = await chainOf(query);
    if (done(links)) return links;
    if (Date.now() > end) throw new Error(`the chain stays at\n${links.map(story).join("\n")}`);
  }
}

const story = ({ component, verb, resource, subresource, name }: Link) =>
  `${component} ${verb} ${resource}${subresource ? `/${subresource}` : ""} ${name}`;
const causesOf = ({ cause }: JournalEntry) => (cause ? [cause.resourceVersion, ...(cause.also ?? [])].map(Number) : []);
const isEvent = ({ resource }: JournalEntry) => resource === "events";

const secret = "correct horse battery staple";
const web = (name: string, more = ""): string => `
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: 2
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      terminationGracePeriodSeconds: 10
      containers:
      - name: web
        image: web:1
        env: [{name: TOKEN, value: ${secret}}]
${more}`;

beforeAll(async () => {
  cluster = await startCluster(options);
  await cluster.runtime;
});
afterAll(async () => {
  await cluster.stop({ pods: true });
  rmSync(dir, { recursive: true, force: true });
});

describe("the chain of an apply", () => {
  let links: Link[];

  beforeAll(async () => {
    await kubectl(["apply", "-f", "-"], web("shop"));
    await kubectl(["rollout", "status", "deployment/shop", "--timeout=60s"]);
    // Both pods are counted, and both have endpoints.
    links = await chainWith("group=apps&resource=deployments&name=shop", (found) => {
      const changes = found.flatMap(({ resource, changes: told = [] }) => told.map((change) => ({ resource, ...change })));
      const counted = changes.some(({ resource, path, to }) => resource === "deployments" && path === "status.readyReplicas" && to === 2);
      const ready = changes.filter(({ path, to }) => /^endpoints.*ready$/.test(path) && to === true);
      return counted && new Set(ready.map(({ path }) => path)).size === 2;
    });
  });

  const first = (wanted: Partial<Link>) => links.find((link) => Object.entries(wanted).every(([key, value]) => link[key as keyof Link] === value))!;

  test("goes from the apply to the endpoints, in order, each by its actor and caused by the one before", () => {
    const applied = first({ resource: "deployments", verb: "create" });
    expect(applied).toMatchObject({ component: "kubectl", user: "kubernetes-admin", at: 0, depth: 0 });
    expect(applied.userAgent).toMatch(/^kubectl\/v1\./);
    expect(applied.cause).toBeUndefined();

    const replicaSet = first({ resource: "replicasets", verb: "create" });
    expect(replicaSet).toMatchObject({
      component: "deployment-controller",
      user: "system:serviceaccount:kube-system:deployment-controller",
      cause: { object: "deployments.apps/default/shop", resourceVersion: String(applied.revision) },
      by: applied.revision,
    });

    const pods = links.filter(({ resource, verb }) => resource === "pods" && verb === "create");
    expect(pods).toHaveLength(2);
    for (const pod of pods) {
      expect(pod).toMatchObject({
        component: "replicaset-controller",
        cause: { object: `replicasets.apps/default/${replicaSet.name}`, resourceVersion: String(replicaSet.revision) },
      });
      const bound = first({ name: pod.name, subresource: "binding" });
      expect(bound).toMatchObject({ component: "kube-scheduler", user: "system:kube-scheduler", by: pod.revision });
      const node = bound.changes!.find(({ path }) => path === "spec.nodeName")!.to;
      const running = links.find(
        ({ name, subresource, changes }) =>
          name === pod.name && subresource === "status" && changes?.some(({ path, to }) => path === "status.phase" && to === "Running"),
      )!;
      expect(running).toMatchObject({ component: "kubelet", user: `system:node:${node}` });
      const published = links.find((link) => link.resource === "endpointslices" && causesOf(link).includes(running.revision))!;
      expect(published).toMatchObject({ component: "endpointslice-controller" });
      const steps = [applied, replicaSet, pod, bound, running, published].map(({ revision }) => revision);
      expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    }
  });

  test("has no link that its cause does not explain, and no time before the first", () => {
    const revisions = new Set(links.map(({ revision }) => revision));
    for (const link of links.slice(1)) {
      const { by, revision } = link;
      expect(revisions.has(by!)).toBe(true);
      expect(by!).toBeLessThan(revision);
      expect(causesOf(link)).toContain(by);
    }
    for (const { at } of links) expect(at).toBeGreaterThanOrEqual(0);
  });

  test("holds the events that tell of it", () => {
    const told = links.filter(isEvent).map(({ changes = [] }) => changes.find(({ path }) => path === "reason")?.to);
    expect(told).toEqual(expect.arrayContaining(["ScalingReplicaSet", "SuccessfulCreate", "Scheduled", "Started"]));
  });

  test("a pod tells its own part, and the chain it belongs to", async () => {
    const pod = links.find(({ resource }) => resource === "pods")!;
    const own = await journalOf(`resource=pods&name=${pod.name}`);
    expect(own.map(({ component }) => component)).toEqual(expect.arrayContaining(["replicaset-controller", "kube-scheduler", "kubelet"]));
    expect((await chainOf(`resource=pods&name=${pod.name}`))[0]).toMatchObject({ resource: "deployments", name: "shop", component: "kubectl" });
  });

  test("a scale is a chain of its own", async () => {
    await kubectl(["scale", "deployment/shop", "--replicas=3"]);
    const scaled = await chainWith("group=apps&resource=deployments&name=shop", (found) =>
      found.some(({ resource, verb }) => resource === "pods" && verb === "create"),
    );
    expect(scaled[0]).toMatchObject({ component: "kubectl", changes: expect.arrayContaining([{ path: "spec.replicas", from: 2, to: 3 }]) as object });
    expect(scaled.filter(({ resource, verb }) => resource === "pods" && verb === "create")).toHaveLength(1);
  });

  test("a deletion is one: the garbage collector says for whom it deletes", async () => {
    await kubectl(["delete", "deployment/shop", "--wait=false"]);
    const deleted = await chainWith(
      "group=apps&resource=deployments&name=shop",
      (found) => found.filter(({ resource, verb }) => resource === "pods" && verb === "delete").length === 3,
    );
    expect(story(deleted[0]!)).toBe("kubectl delete deployments shop");
    expect(deleted.find(({ resource }) => resource === "replicasets")).toMatchObject({ component: "generic-garbage-collector", verb: "delete" });
    expect(deleted.filter(({ resource, verb }) => resource === "pods" && verb === "delete").map(({ component }) => component)).toEqual([
      "kubelet",
      "kubelet",
      "kubelet",
    ]);
  });

  test("kubectl get shows it as rows", async () => {
    const rows = await kubectl(["get", "journal", "-n", "default"]);
    expect(rows).toMatch(/^REVISION +TIME +COMPONENT +VERB +OBJECT +CAUSE +CHANGES/);
    expect(rows).toMatch(/kube-scheduler +update +pods\/shop-\S+ \(binding\) +pods\/default\/shop-\S+@\d+ +spec.nodeName: wherry/);
  });
});

test("everything that components write to a namespace has a cause", async () => {
  await kubectl(["create", "namespace", "whole"]);
  await kubectl(["apply", "-n", "whole", "-f", "-"], web("whole"));
  await kubectl(["autoscale", "deployment/whole", "-n", "whole", "--cpu=50%", "--max=3"]);
  await kubectl(["create", "quota", "pods", "-n", "whole", "--hard=pods=50"]);
  await kubectl(["create", "job", "once", "-n", "whole", "--image=busybox:1", "--", "true"]);
  await kubectl(["rollout", "status", "deployment/whole", "-n", "whole", "--timeout=60s"]);
  await kubectl(["delete", "namespace", "whole", "--timeout=60s"]);
  const writes = await journalOf("namespace=whole");
  const causeless = writes.filter(({ cause, component }) => !cause && component !== "kubectl");
  expect([...new Set(causeless.map(story))]).toEqual([]);
  expect(new Set(writes.map(({ component }) => component)).size).toBeGreaterThan(8);
});

test("no secret is in it, on disk or in an answer", async () => {
  await kubectl(["create", "secret", "generic", "vault", `--from-literal=password=${secret}`]);
  await kubectl(["patch", "secret", "vault", "-p", JSON.stringify({ stringData: { password: `${secret}2` } })]);
  const entries = await journalOf("resource=secrets&name=vault");
  expect(entries.map(({ verb, changes }) => [verb, changes])).toEqual([
    ["create", undefined],
    ["update", [{ path: "data" }]],
  ]);
  await cluster.stop();
  const folder = join(options.dataDir, "journal");
  const written = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("");
  cluster = await startCluster(options);
  expect(written).toContain('"name":"vault"');
  for (const text of [secret, Buffer.from(secret).toString("base64").slice(0, 20)]) {
    expect(written).not.toContain(text);
    expect(JSON.stringify(await journalOf(""))).not.toContain(text);
  }
});

test("it outlives a restart", async () => {
  expect(await journalOf("resource=deployments&name=shop")).toEqual(
    expect.arrayContaining([expect.objectContaining({ verb: "create", component: "kubectl" })]),
  );
  expect(story((await chainOf("resource=secrets&name=vault"))[0]!)).toBe("kubectl update secrets vault");
});

describe("who may read it", () => {
  const as = (user: string, path: string) => kubectl(["get", "--raw", `/apis/wherry.dev/v1/${path}`, "--as", user]);

  test("nobody without a role", async () => {
    await expect(as("eve", "journal")).rejects.toThrow('User "eve" cannot list resource "journal" in API group "wherry.dev" at the cluster scope');
    await expect(as("eve", "journal/chain?revision=1")).rejects.toThrow('cannot get resource "journal"');
  });

  test("a role of a namespace gives that namespace's writes alone", async () => {
    await kubectl(["create", "namespace", "team"]);
    await kubectl(["create", "configmap", "noted", "-n", "team"]);
    await kubectl(["create", "role", "reader", "-n", "team", "--verb=get,list", "--resource=journal.wherry.dev"]);
    await kubectl(["create", "rolebinding", "reader", "-n", "team", "--role=reader", "--user=tom"]);
    const { items } = JSON.parse(await as("tom", "namespaces/team/journal?namespace=default")) as { items: Link[] };
    expect(items.map(({ name }) => name)).toContain("noted");
    expect(new Set(items.map(({ namespace }) => namespace))).toEqual(new Set(["team"]));
    const { revision } = items.find(({ name }) => name === "noted")!;
    expect(JSON.parse(await as("tom", `namespaces/team/journal/${revision}`))).toMatchObject({ kind: "JournalEntry", name: "noted", verb: "create" });
    const other = (await journalOf("namespace=default&limit=1"))[0]!;
    await expect(as("tom", `namespaces/team/journal/${other.revision}`)).rejects.toThrow("not found");
    expect(JSON.parse(await as("tom", `namespaces/team/journal/chain?revision=${other.revision}`))).toMatchObject({ items: [] });
    await expect(as("tom", "journal")).rejects.toThrow("at the cluster scope");
    await expect(as("tom", "namespaces/default/journal")).rejects.toThrow('in the namespace "default"');
  });
});

test.each([
  ["journal/chain?revision=x", "is no list of revisions"],
  ["journal?limit=x", "invalid syntax"],
  ["journal/99999999", "not found"],
  ["nothing", "could not find the requested resource"],
])("GET %s is refused: %s", async (path, problem) => expect(ask(path)).rejects.toThrow(problem));
