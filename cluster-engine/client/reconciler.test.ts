import { beforeEach, expect, test } from "vitest";
import { ConfigMaps, Secrets } from "../api/resources.ts";
import { StatusError } from "../api/statusError.ts";
import { FakeClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import { createClient } from "./client.ts";
import { FakeApi } from "./fakeApi.ts";
import { createInformers } from "./informers.ts";
import { runReconciler, source, type ReconcilerOptions } from "./reconciler.ts";
import type { Client, Informers } from "./types.ts";

let clock: FakeClock;
let api: FakeApi;
let client: Client;
let informers: Informers;

beforeEach(() => {
  clock = new FakeClock();
  api = new FakeApi({ clock });
  client = createClient(api);
  informers = createInformers({ client, clock, random: seededRandom(1), log: silentLog });
});

const run = (reconcile: ReconcilerOptions["reconcile"]) =>
  runReconciler({
    name: "test",
    client,
    informers,
    clock,
    log: silentLog,
    sources: [source(informers.of(ConfigMaps))],
    reads: [informers.of(Secrets)],
    reconcile,
  });

const put = (v: string) => api.put(ConfigMaps, { metadata: { name: "a", namespace: "default" }, data: { v } });

test("writes carry the object that woke the run as their cause", async () => {
  run(async (_, { client }) => {
    await client.resource(Secrets).create({ metadata: { name: "made", namespace: "default" } });
  });
  const { resourceVersion } = put("1").metadata;
  await clock.step(0);
  const write = api.requests.find((request) => request.method === "POST");
  expect(write?.cause).toEqual({ object: "configmaps/default/a", resourceVersion });
});

test("a failing key is retried with backoff until it succeeds", async () => {
  let runs = 0;
  run(async () => {
    if (++runs < 3) throw new StatusError(409, "Conflict", "try again");
  });
  put("1");
  await clock.step(5);
  expect(runs).toBe(2);
  await clock.step(10);
  expect(runs).toBe(3);
  await clock.step(10_000);
  expect(runs).toBe(3);
});

test("the next run of a key sees the writes of the one before, however late the watch is", async () => {
  const counts: number[] = [];
  run(async (_, { client }) => {
    counts.push(informers.of(Secrets).list().length);
    if (counts.length === 1) {
      // The watch is down while the write happens, and comes back a little later.
      api.endWatches(new Error("connection reset"));
      await client.resource(Secrets).create({ metadata: { name: "made", namespace: "default" } });
    }
  });
  put("1");
  await clock.step(0);
  put("2");
  await clock.step(5000);
  expect(counts).toEqual([0, 1]);
});

test("requeueAfter runs the key again", async () => {
  let runs = 0;
  run(async () => (++runs === 1 ? { requeueAfter: 1000 } : undefined));
  put("1");
  await clock.step(999);
  expect(runs).toBe(1);
  await clock.step(1);
  expect(runs).toBe(2);
});

test("one key is never worked on twice at a time", async () => {
  let active = 0;
  let most = 0;
  let runs = 0;
  run(async () => {
    most = Math.max(most, ++active);
    runs++;
    await new Promise<void>((resolve) => clock.after(10, resolve));
    active--;
  });
  put("1");
  await clock.step(1);
  put("2");
  put("3");
  await clock.step(100);
  expect([most, runs]).toEqual([1, 2]);
});
