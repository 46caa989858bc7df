import { beforeEach, expect, test } from "vitest";
import type { ConfigMap } from "../../shared/kubernetes/types.ts";
import { ConfigMaps, Pods } from "../api/resources.ts";
import { StatusError } from "../api/statusError.ts";
import { FakeClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import { createClient } from "./client.ts";
import { FakeApi } from "./fakeApi.ts";
import { createInformers } from "./informers.ts";
import type { Informer, Informers } from "./types.ts";

let clock: FakeClock;
let api: FakeApi;
let informers: Informers;
let configMaps: Informer<ConfigMap>;
let seen: string[];

beforeEach(() => {
  clock = new FakeClock();
  api = new FakeApi({ clock });
  informers = createInformers({ client: createClient(api), clock, random: seededRandom(1), log: silentLog });
  configMaps = informers.of(ConfigMaps);
  seen = [];
  configMaps.handle({
    onAdd: (object) => seen.push(`add ${object.metadata.name}`),
    onUpdate: (object, old) => seen.push(`update ${object.metadata.name} ${old.data?.v}->${object.data?.v}`),
    onDelete: (object) => seen.push(`delete ${object.metadata.name}`),
  });
});

const put = (name: string, v: string, namespace = "default") => api.put(ConfigMaps, { metadata: { name, namespace }, data: { v } });
const lists = () => api.requests.filter((request) => !request.query?.watch).length;

test("the cache follows list and watch, and its objects are frozen", async () => {
  put("a", "1");
  await configMaps.synced;
  put("a", "2");
  put("b", "1", "other");
  api.remove(ConfigMaps, "default/a");
  expect(seen).toEqual(["add a", "update a 1->2", "add b", "delete a"]);
  expect(configMaps.list("other").map((object) => object.metadata.name)).toEqual(["b"]);
  expect(configMaps.list("default")).toEqual([]);
  expect(Object.isFrozen(configMaps.get("other/b")!.data)).toBe(true);
});

test("a late handler sees what is there as adds", async () => {
  put("a", "1");
  await configMaps.synced;
  const late: string[] = [];
  configMaps.handle({ onAdd: (object) => late.push(object.metadata.name) });
  expect(late).toEqual(["a"]);
});

test("a lost watch resumes where it stopped, without a new list", async () => {
  await configMaps.synced;
  put("a", "1");
  api.endWatches(new Error("connection reset"));
  put("b", "1");
  expect(seen).toEqual(["add a"]);
  await clock.step(2000);
  expect(seen).toEqual(["add a", "add b"]);
  expect(lists()).toBe(1);
});

test("an expired revision leads to a new list, and what went meanwhile is deleted", async () => {
  put("a", "1");
  put("b", "1");
  await configMaps.synced;
  api.endWatches(new Error("connection reset"));
  api.remove(ConfigMaps, "default/a");
  put("b", "2");
  api.compact();
  await clock.step(3000);
  expect(seen).toEqual(["add a", "add b", "delete a", "update b 1->2"]);
  expect(lists()).toBe(2);
});

test("a list that fails is repeated with growing delays", async () => {
  const pods = informers.of(Pods);
  api.fail("GET", "/pods", new StatusError(500, "InternalError", "broken"), 3);
  let synced = false;
  void pods.synced.then(() => (synced = true));
  await clock.step(800);
  expect(synced).toBe(false);
  await clock.step(20_000);
  expect(synced).toBe(true);
});

test("an index follows changes", async () => {
  put("a", "x");
  await configMaps.synced;
  configMaps.addIndex("v", (object) => [object.data?.v ?? ""]);
  put("b", "x");
  put("a", "y");
  expect(configMaps.byIndex("v", "x").map((object) => object.metadata.name)).toEqual(["b"]);
  expect(() => configMaps.byIndex("none", "x")).toThrow("no index none");
});

test("reaches resolves once the cache reflects a revision, also by a bookmark", async () => {
  await configMaps.synced;
  let reached = false;
  api.put(Pods, { metadata: { name: "p", namespace: "default" }, spec: { containers: [] } });
  void configMaps.reaches(api.resourceVersion).then(() => (reached = true));
  await clock.step(0);
  expect(reached).toBe(false);
  api.bookmark();
  await clock.step(0);
  expect(reached).toBe(true);
});
