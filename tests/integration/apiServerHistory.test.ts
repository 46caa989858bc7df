import { afterEach, beforeEach, expect, test } from "vitest";
import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { Status } from "../../shared/kubernetes/types.ts";
import type { Transport } from "../../cluster-engine/client/types.ts";
import type { NodeConnection, UsageSample } from "../../cluster-engine/api/nodeConnection.ts";
import { FakeClock } from "../../cluster-engine/base/clock.ts";
import { StoreFullError } from "../../cluster-engine/store/types.ts";
import { MemoryStore } from "../../cluster-engine/store/memory.ts";
import { startTestApiServer, type TestApiServer } from "../support/startApiServer.ts";

const path = "/api/v1/namespaces/default/configmaps";
const clock = new FakeClock();
let server: TestApiServer;
let admin: Transport;

const sample: UsageSample = { time: "2026-01-01T00:00:00Z", cpuNanoCores: 250_000_000, memoryWorkingSetBytes: 64 * 1024 * 1024 };
const node = { nodeUsage: () => [sample], podUsage: () => ({ app: [sample, { ...sample, cpuNanoCores: 100 }] }) } as unknown as NodeConnection;

beforeEach(async () => {
  server = await startTestApiServer({ nodes: (name) => (name === "n1" ? node : undefined), overrides: { clock } });
  admin = server.server.transport({ username: "admin", groups: ["system:masters"] }, "test/1");
});

afterEach(() => server.close());

interface List {
  metadata: { resourceVersion: string; continue?: string };
  items: KubeObject[];
}

const create = (name: string) =>
  admin.send({ method: "POST", path, body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name } } }) as Promise<KubeObject>;
const list = (query: Record<string, string>) => admin.send({ method: "GET", path, query }) as Promise<List>;
const names = ({ items }: List) => items.map(({ metadata }) => metadata.name);

test("a page of a revision that is compacted is refused, and goes on inconsistently with the token of the refusal", async () => {
  for (const name of ["a", "b", "c"]) await create(name);
  const first = await list({ limit: "1" });
  await create("bb");
  await server.store.compact(server.store.revision);
  const refusal = await list({ limit: "1", continue: first.metadata.continue! }).then(
    () => undefined,
    (error: { status: Status }) => error.status,
  );
  expect(refusal).toMatchObject({ code: 410, reason: "Expired" });
  const rest = await list({ limit: "9", continue: refusal!.metadata.continue! });
  expect(names(rest)).toEqual(["b", "bb", "c"]);
});

test("an exact list shows an older revision until that is compacted", async () => {
  await create("a");
  const { metadata } = await list({});
  await create("b");
  const exact = { resourceVersion: metadata.resourceVersion, resourceVersionMatch: "Exact" };
  expect(names(await list(exact))).toEqual(["a"]);
  await server.store.compact(server.store.revision);
  await expect(list(exact)).rejects.toMatchObject({ status: { code: 410, message: "The resourceVersion for the provided list is too old." } });
});

test("a list of a revision that is yet to come times out", async () => {
  await expect(list({ resourceVersion: "999999" })).rejects.toMatchObject({
    status: { code: 504, details: { causes: [{ reason: "ResourceVersionTooLarge" }] } },
  });
});

interface Seen {
  events: string[];
  ended: Promise<Error | undefined>;
}

function watch(query: Record<string, string>): Seen {
  const events: string[] = [];
  const ended = new Promise<Error | undefined>((resolve) => {
    admin.watch(
      { method: "GET", path, query },
      {
        onEvent: ({ type, object }) =>
          void events.push(
            `${type} ${"metadata" in object && "name" in object.metadata! ? object.metadata.name : ((object as Status).code ?? (object as KubeObject).metadata.resourceVersion)}`,
          ),
        onEnd: resolve,
      },
    );
  });
  return { events, ended };
}

test("a watch ends after its time", async () => {
  await create("a");
  const { events, ended } = watch({ timeoutSeconds: "5" });
  await clock.step(5000);
  expect(await ended).toBeUndefined();
  expect(events).toEqual(["ADDED a"]);
});

test("a watch gets bookmarks when it asks for them", async () => {
  const { metadata } = await list({});
  const { events } = watch({ allowWatchBookmarks: "true", resourceVersion: metadata.resourceVersion });
  const { metadata: made } = await create("a");
  await clock.step(60_000);
  // The server renews its own Lease meanwhile: the bookmark is of then.
  expect(events).toEqual(["ADDED a", expect.stringMatching(/^BOOKMARK \d+$/)]);
  expect(Number(events[1]!.split(" ")[1])).toBeGreaterThanOrEqual(Number(made.resourceVersion));
});

test("a watch that is resumed gets what it missed", async () => {
  const { metadata } = await create("a");
  await create("b");
  const { events, ended } = watch({ resourceVersion: metadata.resourceVersion, timeoutSeconds: "1" });
  await create("c");
  await clock.step(1000);
  await ended;
  expect(events).toEqual(["ADDED b", "ADDED c"]);
});

test("watches end when the server closes", async () => {
  const { ended } = watch({});
  await clock.step(0);
  await server.server.close();
  expect(await ended).toBeUndefined();
});

test("a full disk is told as such, and nothing is written", async () => {
  await server.close();
  let full = false;
  const store = new MemoryStore({
    beforeCommit: () => {
      if (full) throw new StoreFullError("no space left on /data");
    },
  });
  server = await startTestApiServer({ overrides: { store } });
  admin = server.server.transport({ username: "admin", groups: ["system:masters"] }, "test/1");
  full = true;
  await expect(create("a")).rejects.toMatchObject({
    status: { code: 500, reason: "InternalError", message: "Internal error occurred: no space left on /data" },
  });
  full = false;
  expect(names(await list({}))).toEqual([]);
  expect((await create("a")).metadata.name).toBe("a");
});

test("usage of nodes and pods is served as metrics and as history", async () => {
  const send = (method: "GET" | "POST", at: string, body?: object) => admin.send({ method, path: at, body }) as Promise<{ items: object[] }>;
  await send("POST", "/api/v1/nodes", { apiVersion: "v1", kind: "Node", metadata: { name: "n1" } });
  await send("POST", "/api/v1/namespaces/default/serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } });
  await send("POST", "/api/v1/namespaces/default/pods", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web" },
    spec: { nodeName: "n1", containers: [{ name: "app", image: "nginx" }] },
  });
  expect((await send("GET", "/apis/metrics.k8s.io/v1beta1/nodes")).items).toMatchObject([
    { metadata: { name: "n1" }, usage: { cpu: "250000000n", memory: "65536Ki" } },
  ]);
  expect((await send("GET", "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods")).items).toMatchObject([
    { metadata: { name: "web" }, containers: [{ name: "app", usage: { cpu: "100n" } }] },
  ]);
  expect(await send("GET", "/apis/wherry.dev/v1/usage/namespaces/default/pods/web")).toMatchObject({
    containers: { app: [sample, { cpuNanoCores: 100 }] },
  });
});

test("clients that try again at once after a conflict come to an end", async () => {
  await server.close();
  const store = new MemoryStore({ beforeCommit: () => new Promise((resolve) => void setImmediate(resolve)) });
  server = await startTestApiServer({ overrides: { store } });
  admin = server.server.transport({ username: "admin", groups: ["system:masters"] }, "test/1");
  await create("counter");
  const read = () => admin.send({ method: "GET", path: `${path}/counter` }) as Promise<KubeObject & { data?: { n: string } }>;
  const increment = async (): Promise<void> => {
    const object = await read();
    const body = { ...object, data: { n: String(Number(object.data?.n ?? 0) + 1) } };
    await admin
      .send({ method: "PUT", path: `${path}/counter`, body })
      .catch((error: { status: Status }) => (error.status.reason === "Conflict" ? increment() : Promise.reject(error)));
  };
  await Promise.all(Array.from({ length: 5 }, increment));
  expect((await read()).data).toEqual({ n: "5" });
});
