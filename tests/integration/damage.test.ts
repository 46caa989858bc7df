import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "lmdb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConfigMaps } from "../../cluster-engine/api/resources.ts";
import { silentLog } from "../../cluster-engine/base/log.ts";
import { createClient } from "../../cluster-engine/client/client.ts";
import { httpsTransport } from "../../cluster-engine/client/httpsTransport.ts";
import { startCluster } from "../../cluster-engine/cluster.ts";
import { askForRecovery, dataPaths } from "../../cluster-engine/dataDir.ts";
import { eventually } from "../support/machine.ts";

// A store that something damaged is found out, set aside, and the cluster goes on from the newest snapshot.

const dir = mkdtempSync(join(tmpdir(), "wherry-damage-"));
const dataDir = join(dir, "cluster");
const paths = dataPaths(dataDir);
const start = () => startCluster({ dataDir, port: 0, runtime: "simulated", nodes: 1, log: silentLog });
const needle = "a-value-that-is-found-in-the-file";

/** Runs the cluster for as long as `work` takes. */
async function running<T>(work: (access: ReturnType<typeof createClient>, recovery: string | undefined) => Promise<T>): Promise<T> {
  const cluster = await start();
  try {
    return await work(createClient(httpsTransport(readFileSync(cluster.kubeconfigPath, "utf8"))), cluster.recovery);
  } finally {
    await cluster.stop();
  }
}

const setAside = () => readdirSync(dataDir).filter((name) => name.startsWith("damaged-"));

beforeAll(async () => {
  await running(async (client, recovery) => {
    expect(recovery).toBeUndefined();
    await client.resource(ConfigMaps).create({ metadata: { name: "early", namespace: "default" }, data: { needle } });
    await client.transport.send({ method: "POST", path: "/apis/wherry.dev/v1/snapshots", body: { metadata: { name: "early" } } });
    await client.resource(ConfigMaps).create({ metadata: { name: "late", namespace: "default" }, data: { needle: `${needle}-late` } });
  });
});

afterAll(() => rmSync(dir, { recursive: true }));

test("a whole store is left alone", async () => {
  await running(async (client, recovery) => {
    expect(recovery).toBeUndefined();
    expect((await client.resource(ConfigMaps).get({ namespace: "default", name: "late" })).data).toEqual({ needle: `${needle}-late` });
  });
  expect(setAside()).toEqual([]);
  expect(existsSync(`${paths.store}.reading`)).toBe(false);
});

function flipBit(): void {
  const bytes = readFileSync(paths.store);
  let at = bytes.indexOf(needle);
  expect(at).toBeGreaterThan(0);
  for (; at >= 0; at = bytes.indexOf(needle, at + 1)) bytes[at]! ^= 1;
  writeFileSync(paths.store, bytes);
}

const overwriteBeginning = () => writeFileSync(paths.store, Buffer.concat([Buffer.alloc(8192, 0x5a), readFileSync(paths.store).subarray(8192)]));

const damages: [name: string, damage: () => void, problem: RegExp][] = [
  [
    "a flipped bit in a value",
    flipBit,
    /is damaged: the value of \/registry\/core\/configmaps\/default\/\w+ at revision \d+ is not what was written/,
  ],
  ["a file that was cut off", () => truncateSync(paths.store, Math.floor(statSync(paths.store).size / 2)), /is damaged: it has \d+ of \d+ bytes/],
  ["a beginning that was overwritten", overwriteBeginning, /is damaged: its beginning is not that of a store/],
  ["a file that is gone", () => rmSync(paths.store), /store\.mdb is gone/],
  [
    "reads that ended the process",
    () => [1, 2, 3, 4, 5].forEach((i) => mkdirSync(join(`${paths.store}.reading`, String(i)), { recursive: true })),
    /reading it ended the process 5 times/,
  ],
];

test.each(damages)("%s: the cluster goes on from the snapshot, and says what is lost", async (_name, damage, problem) => {
  const before = setAside().length;
  damage();
  await running(async (client, recovery) => {
    expect(recovery).toMatch(problem);
    expect(recovery).toMatch(
      /goes on from snapshot "early" of 20\S+ \(\d+ objects\); writes after revision \d+ are lost\. What was there is kept in /,
    );
    const configMaps = client.resource(ConfigMaps);
    const early = await configMaps.get({ namespace: "default", name: "early" });
    expect(early.data).toEqual({ needle });
    // No client has seen a later revision: none is taken for an old one.
    expect(Number(early.metadata.resourceVersion)).toBeGreaterThan(1_000_000);
    await expect(configMaps.get({ namespace: "default", name: "late" })).rejects.toThrow(/not found/);
    await configMaps.create({ metadata: { name: "late", namespace: "default" }, data: {} });
  });
  expect(await eventually(() => setAside().length === before + 1, 1000)).toBe(true);
  const kept = join(dataDir, setAside().sort().at(-1)!);
  expect(readFileSync(join(kept, "REPORT.txt"), "utf8")).toMatch(problem);
  expect(readdirSync(kept).includes("store.mdb")).toBe(damage !== damages[3]![1]);
  await running(async (_client, recovery) => expect(recovery).toBeUndefined());
});

test("asked to, a whole store is set aside too", async () => {
  const before = setAside().length;
  askForRecovery(dataDir);
  await running(async (client, recovery) => {
    expect(recovery).toMatch(/^It was asked to go on from a snapshot\. The cluster goes on from snapshot "early"/);
    expect((await client.resource(ConfigMaps).get({ namespace: "default", name: "early" })).data).toEqual({ needle });
  });
  expect(setAside()).toHaveLength(before + 1);
  await running(async (_client, recovery) => expect(recovery).toBeUndefined());
});

test("a store of a newer format is refused, and left as it is", async () => {
  const root = open({ path: paths.store, noSubdir: true, maxDbs: 8 });
  await root.openDB({ name: "meta" }).put("format", 99);
  await root.close();
  const count = setAside().length;
  await expect(start()).rejects.toThrow(/store\.mdb has format 99, and this version reads formats up to 1: use a newer Wherry; nothing was changed/);
  expect(setAside()).toHaveLength(count);
});
