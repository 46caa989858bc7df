import { PassThrough, type Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { ApiRequest, Connection } from "../clusters/connection.ts";
import { ApiError, ConnectionError } from "../errors.ts";
import { FakeClock } from "../fakeClock.ts";
import { ObjectCache, type CacheChange } from "./objectCache.ts";

const pod = (name: string, version: number) => ({
  metadata: { name, namespace: "n", uid: name, resourceVersion: String(version), creationTimestamp: "" },
});

/** An API that answers lists and watches by script. */
class ScriptedApi {
  readonly asked: ApiRequest["query"][] = [];
  watches: PassThrough[] = [];
  lists: (() => unknown)[] = [];
  refusal: Error | undefined;

  async json(request: ApiRequest): Promise<unknown> {
    this.asked.push(request.query);
    const list = this.lists.shift();
    if (!list) throw new ConnectionError("refused", "nothing answers");
    return list();
  }

  async stream(request: ApiRequest): Promise<Readable> {
    this.asked.push(request.query);
    if (this.refusal) throw this.refusal;
    const body = new PassThrough();
    this.watches.push(body);
    return body;
  }

  send(type: string, object: unknown): void {
    this.watches.at(-1)!.write(`${JSON.stringify({ type, object })}\n`);
  }
}

const list = (version: number, items: unknown[], more?: string) => () => ({
  kind: "PodList",
  apiVersion: "v1",
  metadata: { resourceVersion: String(version), ...(more ? { continue: more } : {}) },
  items,
});

async function start(lists: (() => unknown)[]) {
  const api = new ScriptedApi();
  api.lists = lists;
  const clock = new FakeClock();
  const cache = new ObjectCache({ group: "", version: "v1", resource: "pods" }, api as unknown as Connection, clock);
  const changes: CacheChange[] = [];
  const states: string[] = [];
  cache.subscribe({ changed: (some) => void (some === "reset" ? undefined : changes.push(...some)), status: () => states.push(cache.status.state) });
  cache.start();
  await clock.step(0);
  const keys = () => [...cache.entries()].map(({ key }) => key);
  return { api, clock, cache, changes, states, keys };
}

describe("ObjectCache", () => {
  it("lists in pages, then watches from the list's version", async () => {
    const { api, keys, cache } = await start([list(5, [pod("a", 1)], "next"), list(5, [pod("b", 2)])]);
    expect(api.asked).toMatchObject([
      { limit: 500 },
      { limit: 500, continue: "next" },
      { watch: true, resourceVersion: "5", allowWatchBookmarks: true },
    ]);
    expect(keys()).toEqual(["n/a", "n/b"]);
    expect(cache.get("n/a")!.object).toMatchObject({ apiVersion: "v1", kind: "Pod" });
    expect(cache.status.state).toBe("live");
  });

  it("follows the watch, and resumes where it was after the connection ends", async () => {
    const { api, clock, keys } = await start([list(5, [pod("a", 1)])]);
    api.send("ADDED", pod("b", 6));
    api.send("DELETED", pod("a", 7));
    api.send("BOOKMARK", { metadata: { resourceVersion: "9" } });
    await clock.step(0);
    expect(keys()).toEqual(["n/b"]);
    api.watches.at(-1)!.end();
    await clock.step(0);
    expect(api.asked.at(-1)).toMatchObject({ watch: true, resourceVersion: "9" });
  });

  it("lists again when its version is too old, and reports only what differs", async () => {
    const { api, clock, changes, states } = await start([list(5, [pod("a", 1), pod("b", 2), pod("c", 3)]), list(20, [pod("a", 1), pod("b", 15)])]);
    changes.length = 0;
    api.send("ERROR", { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" });
    await clock.step(0);
    expect(changes.map(({ key, entry }) => [key, entry?.object.metadata.resourceVersion])).toEqual([
      ["n/b", "15"],
      ["n/c", undefined],
    ]);
    expect(states).not.toContain("stale");
  });

  it("keeps what it has while the API is away, says since when, and is live again after", async () => {
    const { api, clock, keys, cache, states } = await start([list(5, [pod("a", 1)])]);
    const seen = cache.status.at;
    api.refusal = new ConnectionError("refused", "nothing answers");
    api.watches.at(-1)!.end();
    await clock.step(0);
    expect(cache.status).toEqual({ state: "stale", message: "nothing answers", at: seen });
    expect(keys()).toEqual(["n/a"]);
    api.refusal = undefined;
    await clock.step(600);
    expect(states.at(-1)).toBe("live");
  });

  it("tells a refusal as forbidden, and a first failure as failed", async () => {
    const forbidden = await start([
      () => {
        throw new ApiError(403, { message: "pods is forbidden" });
      },
    ]);
    expect(forbidden.cache.status).toEqual({ state: "forbidden", message: "pods is forbidden" });
    expect((await start([])).cache.status).toEqual({ state: "failed", message: "nothing answers" });
  });

  it("never holds the values of a Secret", async () => {
    const secret = { ...pod("s", 1), apiVersion: "v1", kind: "Secret", data: { password: "aHVudGVyMg==" } };
    const { cache } = await start([list(5, [secret])]);
    expect(cache.get("n/s")!.object).toMatchObject({ data: { password: "" } });
  });
});
