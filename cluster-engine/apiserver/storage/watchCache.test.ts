import { expect, test } from "vitest";
import { silentLog } from "../../base/log.ts";
import { ConflictError } from "../../store/types.ts";
import { MemoryStore } from "../../store/memory.ts";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import { encodeObject } from "./storedObject.ts";
import type { CacheEvent } from "./watchCache.ts";
import { keyPrefix, WatchCaches } from "./watchCaches.ts";

const prefix = keyPrefix({ group: "", resource: "configmaps" });
const configMap = (namespace: string, name: string, value: string) =>
  ({ kind: "ConfigMap", apiVersion: "v1", metadata: { name, namespace }, data: { value } }) as unknown as KubeObject;

async function start() {
  const store = new MemoryStore();
  const caches = await WatchCaches.start(store, silentLog);
  const put = (namespace: string, name: string, value = "1") =>
    caches.write({
      key: `${prefix}${namespace}/${name}`,
      type: "put",
      encode: (revision) => encodeObject(configMap(namespace, name, value), String(revision)),
    });
  const remove = (namespace: string, name: string) =>
    caches.write({
      key: `${prefix}${namespace}/${name}`,
      type: "delete",
      encode: (revision) => encodeObject(configMap(namespace, name, "gone"), String(revision)),
    });
  return { store, caches, cache: caches.of(prefix), put, remove };
}

const summary = (events: CacheEvent[]) =>
  events.map(({ type, object, previous }) => `${type} ${object.namespace}/${object.name}${previous ? " after" : ""}`);

test("a write is in the cache when it is acknowledged", async () => {
  const { cache, put } = await start();
  const { modRevision } = await put("a", "x");
  expect(cache.get("a", "x")?.object.metadata.resourceVersion).toBe(String(modRevision));
});

test("who waits for a key to settle finds it changed, or as it was when the write failed", async () => {
  let commit: () => void = () => undefined;
  let fail = false;
  const store = new MemoryStore({
    beforeCommit: () => new Promise<void>((resolve, reject) => (commit = () => (fail ? reject(new Error("disk")) : resolve()))),
  });
  const caches = await WatchCaches.start(store, silentLog);
  const key = `${prefix}a/x`;
  const put = (value: string) => caches.write({ key, type: "put", encode: (revision) => encodeObject(configMap("a", "x", value), String(revision)) });
  const value = () => (caches.of(prefix).get("a", "x")?.object as { data?: { value: string } } | undefined)?.data?.value;
  for (const [next, failing, expected] of [
    ["1", false, "1"],
    ["2", true, "1"],
    ["3", false, "3"],
  ] as const) {
    fail = failing;
    const written = put(next).catch(() => undefined);
    const refused = caches.write({ key, type: "put", expected: 999, encode: () => new Uint8Array() }).catch((error: Error) => error);
    expect(await refused).toBeInstanceOf(ConflictError);
    const settled = caches.settled(key);
    commit();
    await settled;
    expect(value()).toBe(expected);
    await written;
  }
  await caches.settled("nothing is written here");
});

test("objects are listed in the order of store keys", async () => {
  const { cache, put, caches } = await start();
  for (const [namespace, name] of [
    ["b", "x"],
    ["a-b", "x"],
    ["a", "z"],
    ["a", "y"],
  ] as const)
    await put(namespace, name);
  const keys = (await caches.store.range({ prefix })).items.map(({ key }) => key.slice(prefix.length));
  expect(cache.list().map(({ namespace, name }) => `${namespace}/${name}`)).toEqual(keys);
  expect(cache.list("a").map(({ name }) => name)).toEqual(["y", "z"]);
});

test("a subscriber gets what it missed, then what comes, each once", async () => {
  const { cache, put, remove } = await start();
  const first = await put("a", "x");
  await put("a", "x", "2");
  const seen: CacheEvent[] = [];
  cache.subscribe(first.modRevision, { onEvents: (events) => void seen.push(...events), onError: () => undefined });
  await remove("a", "x");
  await put("a", "x", "3");
  expect(summary(seen)).toEqual(["put a/x after", "delete a/x after", "put a/x"]);
});

test("a store that has objects fills the caches at the start", async () => {
  const { store, put } = await start();
  await put("a", "x");
  const again = await WatchCaches.start(store, silentLog);
  expect(again.of(prefix).get("a", "x")?.object).toMatchObject({ kind: "ConfigMap", data: { value: "1" } });
  expect(again.revision).toBe(store.revision);
});

test("a revision from before the start is read from the store's history", async () => {
  const { store, put } = await start();
  const first = await put("a", "x");
  await put("a", "y");
  const again = await WatchCaches.start(store, silentLog);
  const seen = await new Promise<CacheEvent[]>((resolve, reject) =>
    again.of(prefix).subscribe(first.modRevision, { onEvents: resolve, onError: reject }),
  );
  expect(summary(seen)).toEqual(["put a/y"]);
});

test("objects are parsed once and frozen", async () => {
  const { cache, put } = await start();
  await put("a", "x");
  const stored = cache.get("a", "x")!;
  expect(stored.object).toBe(stored.object);
  expect(Object.isFrozen((stored.object as unknown as { data: object }).data)).toBe(true);
});

test("who asks for one name is told of it alone, and finds it in every namespace", async () => {
  const { caches, cache, put, remove } = await start();
  const seen: CacheEvent[] = [];
  const route = { field: "metadata.name", value: "x" } as const;
  const receiver = { onEvents: (events: CacheEvent[]) => void seen.push(...events), onError: () => undefined };
  const subscription = cache.subscribe(caches.revision, receiver, route);
  for (const [namespace, name] of [
    ["b", "x"],
    ["a", "y"],
    ["a", "x"],
  ] as const)
    await put(namespace, name);
  expect(cache.listRoute(route).map(({ namespace }) => namespace)).toEqual(["a", "b"]);
  expect(cache.listRoute(route, "b").map(({ namespace }) => namespace)).toEqual(["b"]);
  await remove("a", "x");
  subscription[Symbol.dispose]();
  await put("c", "x");
  expect(summary(seen)).toEqual(["put b/x", "put a/x", "delete a/x after"]);
});

test("pods are found by their node, also when they come to it later", async () => {
  const { caches } = await start();
  const pods = keyPrefix({ group: "", resource: "pods" });
  const place = (name: string, nodeName?: string) =>
    caches.write({
      key: `${pods}a/${name}`,
      type: "put",
      encode: (revision) =>
        encodeObject(
          { kind: "Pod", apiVersion: "v1", metadata: { name, namespace: "a" }, spec: { nodeName } } as unknown as KubeObject,
          String(revision),
        ),
    });
  const route = { field: "spec.nodeName", value: "n1" } as const;
  await place("early", "n1");
  await place("late");
  const seen: CacheEvent[] = [];
  const names = () =>
    caches
      .of(pods)
      .listRoute(route)
      .map(({ name }) => name);
  expect(names()).toEqual(["early"]);
  caches.of(pods).subscribe(caches.revision, { onEvents: (events) => void seen.push(...events), onError: () => undefined }, route);
  await place("other", "n2");
  await place("late", "n1");
  await place("early", "n2");
  expect(names()).toEqual(["late"]);
  expect(summary(seen)).toEqual(["put a/late after", "put a/early after"]);
});
