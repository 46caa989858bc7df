import { beforeEach, expect, test } from "vitest";
import type { KubeObject } from "../../shared/kubernetes/object.ts";
import { ConfigMaps, Secrets } from "../api/resources.ts";
import { StatusError } from "../api/statusError.ts";
import { FakeClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import { createClient } from "./client.ts";
import { FakeApi } from "./fakeApi.ts";
import { createInformers } from "./informers.ts";
import { runReconciler, source, type ReconcileContext, type ReconcilerOptions } from "./reconciler.ts";
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

test("a write whose outcome is unknown is looked for before the next run", async () => {
  const counts: number[] = [];
  // It is done, its answer is lost, and the watch is down.
  const lose = () => {
    api.endWatches(new Error("connection reset"));
    api.put(Secrets, { metadata: { name: "made-1", namespace: "default" } });
    throw new StatusError(504, "Timeout", "request did not complete within requested timeout");
  };
  api.intercept(({ method }) => method === "POST", lose);
  run(async (_, { client }) => {
    counts.push(informers.of(Secrets).list().length);
    if (counts.length === 1) await client.resource(Secrets).create({ metadata: { generateName: "made-", namespace: "default" } });
  });
  put("1");
  await clock.step(5000);
  expect(counts).toEqual([0, 1]);
});

test("a deletion whose outcome is unknown is looked for before the next run", async () => {
  api.put(Secrets, { metadata: { name: "old", namespace: "default" } });
  const counts: number[] = [];
  const lose = () => {
    api.endWatches(new Error("connection reset"));
    api.remove(Secrets, "default/old");
    throw new Error("read ECONNRESET");
  };
  api.intercept(({ method }) => method === "DELETE", lose);
  run(async (_, { client }) => {
    counts.push(informers.of(Secrets).list().length);
    if (counts.length === 1) await client.resource(Secrets).delete({ name: "old", namespace: "default" });
  });
  put("1");
  await clock.step(5000);
  expect(counts).toEqual([1, 0]);
});

const causesOfRuns = () => {
  const causes: ReconcileContext["cause"][] = [];
  return { causes, note: (context: ReconcileContext) => void causes.push(context.cause) };
};

const causedBy = ({ metadata: { resourceVersion } }: KubeObject, ...also: KubeObject[]) => ({
  object: "configmaps/default/a",
  resourceVersion,
  ...(also.length ? { also: also.map(({ metadata }) => metadata.resourceVersion) } : {}),
});

test("a retry acts on what woke the run that failed", async () => {
  const { causes, note } = causesOfRuns();
  run(async (_, context) => {
    note(context);
    if (causes.length === 1) throw new StatusError(409, "Conflict", "try again");
  });
  const woken = put("1");
  await clock.step(5);
  expect(causes).toEqual([causedBy(woken), causedBy(woken)]);
});

test("a run that waited for its time acts on what the run before did, unless something new woke the key", async () => {
  const { causes, note } = causesOfRuns();
  run(async (_, context) => {
    note(context);
    return { requeueAfter: 1000 };
  });
  const first = put("1");
  await clock.step(1000);
  const second = put("2");
  await clock.step(0);
  expect(causes).toEqual([causedBy(first), causedBy(first), causedBy(second)]);
});

test("a run that several events woke names the first and knows the others", async () => {
  const { causes, note } = causesOfRuns();
  run(async (_, context) => {
    note(context);
    if (causes.length === 1) await new Promise<void>((resolve) => clock.after(10, resolve));
  });
  const first = put("1");
  await clock.step(1);
  const meanwhile = [put("2"), put("3"), put("4")];
  await clock.step(10);
  expect(causes).toEqual([causedBy(first), causedBy(meanwhile[0]!, meanwhile[1]!, meanwhile[2]!)]);
});

test("of very many events the first and the last are known", async () => {
  const { causes, note } = causesOfRuns();
  run(async (_, context) => {
    note(context);
    if (causes.length === 1) await new Promise<void>((resolve) => clock.after(10, resolve));
  });
  put("1");
  await clock.step(1);
  const meanwhile = Array.from({ length: 100 }, (_, index) => put(`more ${index}`).metadata.resourceVersion);
  await clock.step(10);
  expect(causes[1]).toEqual({
    object: "configmaps/default/a",
    resourceVersion: meanwhile[0],
    also: [...meanwhile.slice(1, 9), ...meanwhile.slice(-8)],
  });
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

test("a run that looks at many objects names the one that each write is for; its writes are waited for all the same", async () => {
  const seen: number[] = [];
  run(async (_, { client: own }) => {
    seen.push(informers.of(Secrets).list().length);
    const cause = { object: "nodes/a", resourceVersion: "7" };
    if (seen.length > 1) return;
    api.endWatches(new Error("connection reset"));
    await own
      .because(cause)
      .resource(Secrets)
      .create({ metadata: { name: "made", namespace: "default" } });
  });
  put("1");
  await clock.step(0);
  put("2");
  await clock.step(5000);
  expect(api.requests.find(({ method }) => method === "POST")?.cause).toEqual({ object: "nodes/a", resourceVersion: "7" });
  expect(seen).toEqual([0, 1]);
});
