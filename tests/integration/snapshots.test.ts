import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConfigMaps, Deployments, Namespaces, Pods } from "../../cluster-engine/api/resources.ts";
import { silentLog } from "../../cluster-engine/base/log.ts";
import { createClient } from "../../cluster-engine/client/client.ts";
import { httpsTransport } from "../../cluster-engine/client/httpsTransport.ts";
import type { Client } from "../../cluster-engine/client/types.ts";
import { startCluster } from "../../cluster-engine/cluster.ts";
import { dataPaths } from "../../cluster-engine/dataDir.ts";
import { snapshotPath } from "../../cluster-engine/snapshots/snapshots.ts";
import type { Cluster } from "../../cluster-engine/types.ts";
import { snapshot } from "../../main/cli/snapshot.ts";
import { kubectlAside, kubectls } from "../support/kubectl.ts";
import { eventually } from "../support/machine.ts";

// The cluster's state is kept while it runs, gone back to, and branched off.

const dir = mkdtempSync(join(tmpdir(), "wherry-snapshots-"));
const dataDir = join(dir, "cluster");
let cluster: Cluster;
let client: Client;

const start = (where: string, more: object = {}) =>
  startCluster({ dataDir: where, port: 0, runtime: "simulated", nodes: 1, log: silentLog, ...more });
const clientOf = ({ kubeconfigPath }: Cluster) => createClient(httpsTransport(readFileSync(kubeconfigPath, "utf8")));

const web = (replicas: number) => ({
  metadata: { name: "web", namespace: "default" },
  spec: {
    replicas,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "web:1" }] } },
  },
});
const configMap = (name: string, value: string) => ({ metadata: { name, namespace: "default" }, data: { value } });
const post = (path: string, body: object = {}) =>
  client.transport.send({ method: "POST", path: `/apis/wherry.dev/v1/snapshots${path}`, body }) as Promise<{
    status: Record<string, number | string>;
  }>;
const take = (name: unknown) => post("", { metadata: { name } });

/** So many pods of the Deployment run, and no other is there. */
const runs = (of: Client, count: number) =>
  eventually(async () => {
    const { items } = await of.resource(Pods).list("default");
    return (
      items.length === count &&
      items.every(({ status }) => status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True"))
    );
  }, 30_000);

beforeAll(async () => {
  cluster = await start(dataDir);
  client = clientOf(cluster);
  await client.resource(Deployments).create(web(2));
  await client.resource(ConfigMaps).create(configMap("kept", "first"));
  expect(await runs(client, 2)).toBe(true);
});

afterAll(async () => {
  await cluster?.stop();
  rmSync(dir, { recursive: true });
});

test("a snapshot is one file of its owner's, listed by kubectl", async () => {
  const { status } = await take("before-lunch");
  expect(status["objects"]).toBeGreaterThan(50);
  const path = snapshotPath(dataPaths(dataDir).snapshots, "before-lunch");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(path).size).toBe(status["bytes"]);
  const kubectl = kubectlAside(kubectls()[0]!, cluster.kubeconfigPath);
  expect((await kubectl(["get", "snapshots"])).stdout).toMatch(/before-lunch\s+\d+\s+\d+\s+\d+\s+20/);
});

test("going back: what was changed, deleted and made since is as it was; watches see it as changes", async () => {
  const configMaps = client.resource(ConfigMaps);
  const kept = await configMaps.get({ namespace: "default", name: "kept" });
  const pods = (await client.resource(Pods).list("default")).items.map(({ metadata }) => metadata.uid).sort();
  await configMaps.update({ ...kept, data: { value: "second" } });
  await configMaps.create(configMap("later", "x"));
  await client.resource(Namespaces).create({ metadata: { name: "later" } });
  await client.resource(Deployments).delete({ namespace: "default", name: "web" });
  expect(await runs(client, 0)).toBe(true);

  const seen: string[] = [];
  const { metadata } = await configMaps.list("default");
  using _watch = client.transport.watch(
    { method: "GET", path: "/api/v1/namespaces/default/configmaps", query: { watch: true, resourceVersion: metadata.resourceVersion } },
    {
      onEvent: ({ type, object }) => void seen.push(`${type} ${(object as { metadata: { name: string } }).metadata.name}`),
      onEnd: () => seen.push("ended"),
    },
  );
  const { status } = await post("/before-lunch/restore");
  expect(status).toMatchObject({ before: expect.stringMatching(/^before-before-lunch-/) as string });
  const restored = await configMaps.get({ namespace: "default", name: "kept" });
  expect(restored.data).toEqual({ value: "first" });
  expect(restored.metadata.uid).toBe(kept.metadata.uid);
  expect(Number(restored.metadata.resourceVersion)).toBeGreaterThan(Number(metadata.resourceVersion));
  await expect(configMaps.get({ namespace: "default", name: "later" })).rejects.toThrow(/not found/);
  await expect(client.resource(Namespaces).get({ name: "later" })).rejects.toThrow(/not found/);
  expect(await runs(client, 2)).toBe(true);
  expect((await client.resource(Pods).list("default")).items.map(({ metadata: { uid } }) => uid).sort()).toEqual(pods);
  expect(await eventually(() => seen.length >= 2, 10_000)).toBe(true);
  expect(seen.sort()).toEqual(["DELETED later", "MODIFIED kept"]);
  // The way back from the way back.
  await post(`/${String(status["before"])}/restore`);
  expect((await configMaps.get({ namespace: "default", name: "kept" })).data).toEqual({ value: "second" });
  await post("/before-lunch/restore");
});

test("names are checked, and nothing is overwritten", async () => {
  await expect(take("before-lunch")).rejects.toThrow('snapshots.wherry.dev "before-lunch" already exists');
  await expect(take("../../etc/passwd")).rejects.toThrow(/metadata\.name: Invalid value: "\.\.\/\.\.\/etc\/passwd"/);
  await expect(take(undefined)).rejects.toThrow(/metadata\.name: Invalid value/);
  await expect(post("/none/restore")).rejects.toThrow('snapshots.wherry.dev "none" not found');
});

test("a damaged file is found out before anything is changed", async () => {
  await take("damaged");
  const path = snapshotPath(dataPaths(dataDir).snapshots, "damaged");
  const whole = readFileSync(path);
  whole[Math.floor(whole.length / 2)]! ^= 1;
  writeFileSync(path, whole);
  const kept = await client.resource(ConfigMaps).get({ namespace: "default", name: "kept" });
  await client.resource(ConfigMaps).update({ ...kept, data: { value: "newer" } });
  await expect(post("/damaged/restore")).rejects.toThrow(/damaged\.snapshot is damaged: its contents do not have its checksum/);
  writeFileSync(path, whole.subarray(0, whole.length - 20));
  await expect(post("/damaged/restore")).rejects.toThrow(/its end is missing/);
  appendFileSync(path, "more");
  await expect(post("/damaged/restore")).rejects.toThrow(/is damaged/);
  expect((await client.resource(ConfigMaps).get({ namespace: "default", name: "kept" })).data).toEqual({ value: "newer" });
});

test("a branch is a cluster of its own that begins there, with the same certificates", async () => {
  const from = snapshotPath(dataPaths(dataDir).snapshots, "before-lunch");
  const branch = await start(join(dir, "branch"), { fromSnapshot: from });
  try {
    const other = clientOf(branch);
    expect((await other.resource(ConfigMaps).get({ namespace: "default", name: "kept" })).data).toEqual({ value: "first" });
    expect(await runs(other, 2)).toBe(true);
    await other.resource(Deployments).patch({ namespace: "default", name: "web" }, { spec: { replicas: 3 } });
    expect(await runs(other, 3)).toBe(true);
    expect(await runs(client, 2)).toBe(true);
    await other.resource(ConfigMaps).delete({ namespace: "default", name: "kept" });
    expect((await client.resource(ConfigMaps).get({ namespace: "default", name: "kept" })).data).toEqual({ value: "newer" });
  } finally {
    await branch.stop();
  }
  await expect(start(join(dir, "branch"), { fromSnapshot: from })).rejects.toThrow(/a cluster is there already: choose an empty --data-dir/);
});

test("wherry snapshot makes, lists, goes back and deletes", async () => {
  const said: string[] = [];
  const log = console.log;
  console.log = (line: string) => void said.push(line);
  try {
    for (const line of [["create", "by-hand"], ["list"], ["restore", "by-hand"], ["delete", "by-hand"]])
      await snapshot.run({ "data-dir": dataDir }, line);
  } finally {
    console.log = log;
  }
  expect(said[0]).toMatch(/^snapshot "by-hand" has \d+ objects, up to revision \d+ \(\d+ KiB\)$/);
  expect(said.join("\n")).toMatch(/by-hand {2}20.* objects/);
  expect(said.join("\n")).toMatch(/the cluster is as in snapshot "by-hand": \d+ objects written, \d+ deleted/);
  expect(said.at(-1)).toBe('snapshot "by-hand" deleted');
  await expect(snapshot.run({ "data-dir": dataDir }, ["burn"])).rejects.toThrow('"burn" is no action');
});
