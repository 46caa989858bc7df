import { expect, test } from "vitest";
import { CompactedError, ConflictError, FutureRevisionError, type Store, type StoreEvent } from "./types.ts";

const text = (bytes: Uint8Array | undefined) => (bytes ? Buffer.from(bytes).toString() : undefined);
const put = (store: Store, key: string, value: string, expected?: number) =>
  store.write({ key, type: "put", encode: (revision) => Buffer.from(`${value}@${revision}`), ...(expected === undefined ? {} : { expected }) });
const remove = (store: Store, key: string, expected?: number) =>
  store.write({ key, type: "delete", encode: (revision) => Buffer.from(`gone@${revision}`), ...(expected === undefined ? {} : { expected }) });
const keys = async (store: Store, prefix: string, more: Partial<Parameters<Store["range"]>[0]> = {}) =>
  (await store.range({ prefix, ...more })).items.map((item) => item.key);

/** Collects a watch's events; `until(n)` resolves when n have come. */
function collect(store: Store, prefix: string, after: number) {
  const events: StoreEvent[] = [];
  let wake = () => {};
  const watch = store.watch({
    prefix,
    after,
    onEvents(more) {
      events.push(...more);
      wake();
    },
    onError: (error) => expect.unreachable(String(error)),
  });
  const until = async (count: number) => {
    while (events.length < count) await new Promise<void>((resolve) => (wake = resolve));
    return events.map((event) => `${event.type} ${event.current.key} ${text(event.current.value)}`);
  };
  return { events, until, [Symbol.dispose]: () => watch[Symbol.dispose]() };
}

/** What every store must do. `create` gives an empty one; `reopen` closes it and opens the same data again. */
export function storeContract(create: () => Promise<Store>, reopen?: (store: Store) => Promise<Store>): void {
  test("a created key is read back with its revisions", async () => {
    const store = await create();
    await put(store, "/a", "x", 0);
    const stored = await store.get("/a");
    expect([text(stored?.value), stored?.createRevision, stored?.modRevision, store.revision]).toEqual(["x@1", 1, 1, 1]);
    await put(store, "/a", "y", 1);
    expect(await store.get("/a")).toMatchObject({ createRevision: 1, modRevision: 2 });
    await store.close();
  });

  test.each([
    ["creating what exists", "put", 0],
    ["updating at another revision", "put", 7],
    ["deleting at another revision", "delete", 7],
  ] as const)("%s is a conflict and changes nothing", async (_, type, expected) => {
    const store = await create();
    await put(store, "/a", "x");
    const refused = type === "put" ? put(store, "/a", "y", expected) : remove(store, "/a", expected);
    await expect(refused).rejects.toBeInstanceOf(ConflictError);
    await expect(refused).rejects.toMatchObject({ current: { modRevision: 1 } });
    expect([text((await store.get("/a"))?.value), store.revision]).toEqual(["x@1", 1]);
    await store.close();
  });

  test("deleting what is absent is a conflict", async () => {
    const store = await create();
    await expect(remove(store, "/a")).rejects.toBeInstanceOf(ConflictError);
    await store.close();
  });

  test("preconditions see writes that are ordered but not yet durable", async () => {
    const store = await create();
    const results = await Promise.allSettled([put(store, "/a", "first", 0), put(store, "/a", "second", 0), put(store, "/a", "third", 1)]);
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(text((await store.get("/a"))?.value)).toBe("third@2");
    await store.close();
  });

  test("nothing is readable before it is durable", async () => {
    const store = await create();
    await put(store, "/a", "old");
    const writing = put(store, "/a", "new");
    expect(text((await store.get("/a"))?.value)).toBe("old@1");
    await writing;
    expect(text((await store.get("/a"))?.value)).toBe("new@2");
    await store.close();
  });

  test("ranges are in order, by page, with what remains, at one revision", async () => {
    const store = await create();
    await Promise.all(["/p/c", "/p/a", "/q/x", "/p/b", "/p/d"].map((key) => put(store, key, key)));
    const page = await store.range({ prefix: "/p/", limit: 2 });
    expect([page.items.map((item) => item.key), page.more, page.remaining, page.revision]).toEqual([["/p/a", "/p/b"], true, 2, 5]);
    await remove(store, "/p/c");
    await put(store, "/p/cc", "new");
    await put(store, "/p/d", "changed");
    const rest = await store.range({ prefix: "/p/", startAfter: "/p/b", revision: page.revision });
    expect(rest.items.map((item) => text(item.value))).toEqual(["/p/c@1", "/p/d@5"]);
    expect(await keys(store, "/p/")).toEqual(["/p/a", "/p/b", "/p/cc", "/p/d"]);
    expect(await store.count("/p/")).toBe(4);
    await store.close();
  });

  test("a value can be read as it was", async () => {
    const store = await create();
    await put(store, "/a", "one");
    await put(store, "/a", "two");
    await remove(store, "/a");
    expect([text((await store.get("/a", 1))?.value), text((await store.get("/a", 2))?.value), await store.get("/a", 3)]).toEqual([
      "one@1",
      "two@2",
      undefined,
    ]);
    await expect(store.get("/a", 4)).rejects.toBeInstanceOf(FutureRevisionError);
    await store.close();
  });

  test("a watch gets history, then what follows, each once and in order", async () => {
    const store = await create();
    await put(store, "/p/a", "1");
    await put(store, "/q/a", "other");
    await put(store, "/p/a", "2");
    using watch = collect(store, "/p/", 1);
    await Promise.all([put(store, "/p/b", "3"), remove(store, "/p/a")]);
    expect(await watch.until(3)).toEqual(["put /p/a 2@3", "put /p/b 3@4", "delete /p/a gone@5"]);
    expect(text(watch.events[2]!.previous?.value)).toBe("2@3");
    await store.close();
  });

  test("watches that begin at any revision while writes go on lose and double nothing", async () => {
    const store = await create();
    const watches = [];
    const writes = [];
    for (let i = 1; i <= 200; i++) {
      writes.push(put(store, `/p/${i % 7}`, String(i)));
      if (i % 10 === 0) {
        await writes.at(-5);
        watches.push({ after: store.revision, watch: collect(store, "/p/", store.revision) });
      }
    }
    await Promise.all(writes);
    for (const { after, watch } of watches) {
      await watch.until(200 - after);
      expect(watch.events.map((event) => event.revision)).toEqual(Array.from({ length: 200 - after }, (_, i) => after + 1 + i));
      watch[Symbol.dispose]();
    }
    await store.close();
  });

  test("compaction keeps what is current and refuses older reads and watches", async () => {
    const store = await create();
    for (const value of ["1", "2", "3"]) await put(store, "/a", value);
    await put(store, "/b", "x");
    await remove(store, "/b");
    await put(store, "/c", "y");
    await store.compact(5);
    await expect(store.get("/a", 4)).rejects.toBeInstanceOf(CompactedError);
    await expect(store.range({ prefix: "/", revision: 4 })).rejects.toBeInstanceOf(CompactedError);
    expect(() => store.watch({ prefix: "/", after: 4, onEvents() {}, onError() {} })).toThrow(CompactedError);
    expect(await keys(store, "/", { revision: 5 })).toEqual(["/a"]);
    expect(await keys(store, "/")).toEqual(["/a", "/c"]);
    using watch = collect(store, "/", 5);
    expect(await watch.until(1)).toEqual(["put /c y@6"]);
    await put(store, "/a", "4");
    await remove(store, "/c");
    await store.compact(8);
    expect((await store.range({ prefix: "/" })).items.map((item) => text(item.value))).toEqual(["4@7"]);
    await store.close();
  });

  test("a disposed watch gets nothing more", async () => {
    const store = await create();
    const watch = collect(store, "/", 0);
    await put(store, "/a", "1");
    await watch.until(1);
    watch[Symbol.dispose]();
    await put(store, "/a", "2");
    expect(watch.events).toHaveLength(1);
    await store.close();
  });

  if (!reopen) return;
  test("a reopened store has all that was acknowledged, and its history", async () => {
    let store = await create();
    await Promise.all(Array.from({ length: 50 }, (_, i) => put(store, `/k/${i}`, String(i))));
    await remove(store, "/k/7");
    await store.compact(3);
    store = await reopen(store);
    expect([store.revision, store.compacted, await store.count("/k/")]).toEqual([51, 3, 49]);
    using watch = collect(store, "/k/", 49);
    expect(await watch.until(2)).toEqual(["put /k/49 49@50", "delete /k/7 gone@51"]);
    await put(store, "/k/7", "again", 0);
    expect(store.revision).toBe(52);
    await store.close();
  });
}
