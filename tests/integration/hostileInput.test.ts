import { request } from "node:https";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/machine.ts";
import { startTestApiServer, type TestApiServer } from "../support/startApiServer.ts";

// Input that is made to hurt: each is answered with an error, in bounded time and memory, and the server serves on.

let api: TestApiServer;
beforeAll(async () => {
  api = await startTestApiServer();
});
afterAll(() => api?.close());

interface Reply {
  code: number;
  message: string;
}

function send(method: string, path: string, body = "", type = "application/json"): Promise<Reply> {
  const { ca, admin } = api.pki;
  const options = { method, ca: ca.cert, cert: admin.cert, key: admin.key, servername: "localhost", headers: { "content-type": type } };
  return new Promise((resolve, reject) => {
    const sent = request(`${api.server.url}${path}`, options, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () =>
        resolve({ code: response.statusCode!, message: text.startsWith("{") ? ((JSON.parse(text) as Partial<Reply>).message ?? "") : text }),
      );
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

const configMaps = "/api/v1/namespaces/default/configmaps";
const yaml = "application/yaml";
const jsonPatch = "application/json-patch+json";
const named = (name: string, more: object = {}) => JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, ...more });
const nested = (depth: number) => `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"deep"},"data":${"[".repeat(depth)}${"]".repeat(depth)}}`;

/** Each line stands for nine of the one before. */
function aliasBomb(lines: number): string {
  const name = (i: number) => `k${i}`;
  const rows = Array.from(
    { length: lines },
    (_, i) =>
      `${name(i + 1)}: &${name(i + 1)} [${Array(9)
        .fill(`*${name(i)}`)
        .join(",")}]`,
  );
  return ["apiVersion: v1", "kind: ConfigMap", "k0: &k0 [x]", ...rows].join("\n");
}

describe("a body", () => {
  test.each<[string, string, string, number, RegExp]>([
    ["of more than 3 MiB", named("big", { data: { a: "x".repeat(3_200_000) } }), "", 413, /limit is 3145728/],
    ["nested 1,400,000 deep", nested(1_400_000), "", 400, /exceeded max depth of 1000/],
    ["nested 9,000 deep", nested(9000), "", 400, /exceeded max depth of 1000/],
    ["of YAML nested 20,000 deep", `data: ${"[".repeat(20_000)}`, yaml, 400, /exceeded max depth/],
    ["of YAML nested 1,200 deep", `data: ${"[".repeat(1200)}${"]".repeat(1200)}`, yaml, 400, /exceeded max depth/],
    ["of aliases that stand for 9^25 items", aliasBomb(25), yaml, 400, /document contains excessive aliasing/],
    ["with an alias to nothing", "data: *gone", yaml, 400, /error converting YAML to JSON: yaml: .*gone/],
    [
      "whose label is __proto__",
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"p","labels":{"__proto__":"x"}}}',
      "",
      422,
      /metadata.labels/,
    ],
  ])("%s is refused", async (_name, body, type, code, message) => {
    const reply = await send("POST", configMaps, body, type || "application/json");
    expect(reply).toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(reply.message.length).toBeLessThan(20_000);
  });
});

describe("a patch", () => {
  beforeAll(async () => expect((await send("POST", configMaps, named("patched"))).code).toBe(201));
  const doubling = [
    { op: "add", path: "/data", value: { a: "x".repeat(1000) } },
    ...Array.from({ length: 60 }, (_, i) => ({ op: "copy", from: "/data", path: `/data/k${i}` })),
  ];
  const merge = "application/merge-patch+json";
  const strategic = "application/strategic-merge-patch+json";

  test.each<[string, string, string, number]>([
    ["whose copies double 60 times", JSON.stringify(doubling), jsonPatch, 422],
    ["of 20,000 operations", JSON.stringify(Array(20_000).fill({ op: "test", path: "/kind", value: "ConfigMap" })), jsonPatch, 413],
    ["nested 100,000 deep", `[{"op":"add","path":"/data","value":${"[".repeat(100_000)}${"]".repeat(100_000)}}]`, jsonPatch, 400],
    ["to the prototype of objects", '[{"op":"add","path":"/__proto__/polluted","value":"x"}]', jsonPatch, 422],
    ["to the constructor", '[{"op":"add","path":"/constructor/prototype/polluted","value":"x"}]', jsonPatch, 422],
    ["that merges into a prototype", '{"data":{"__proto__":{"polluted":"x"}}}', merge, 422],
    ["that merges into a constructor", '{"data":{"constructor":{"prototype":{"polluted":"x"}}}}', strategic, 422],
  ])("%s is refused", async (_name, body, type, code) => {
    expect((await send("PATCH", `${configMaps}/patched`, body, type)).code).toBe(code);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});

test("patterns of a CustomResourceDefinition match in linear time, in Go's syntax", async () => {
  const resources = "/apis/hostile.example/v1/namespaces/default/traps";
  const spec = {
    type: "object",
    properties: {
      pattern: { type: "string", pattern: "^(a+)+$" },
      rule: { type: "string", maxLength: 5000, "x-kubernetes-validations": [{ rule: "self.matches('^(a|aa)+$')" }] },
    },
  };
  const versions = [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", properties: { spec } } } }];
  const names = { plural: "traps", singular: "trap", kind: "Trap" };
  const definition = (name: string, more: object) =>
    JSON.stringify({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name },
      spec: { group: "hostile.example", scope: "Namespaced", names, versions, ...more },
    });
  const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  expect((await send("POST", definitions, definition("traps.hostile.example", {}))).code).toBe(201);
  expect(await eventually(async () => (await send("GET", resources)).code === 200, 10_000)).toBe(true);
  const trap = (name: string, value: object) => JSON.stringify({ apiVersion: "hostile.example/v1", kind: "Trap", metadata: { name }, spec: value });
  const long = `${"a".repeat(4000)}!`;
  expect(await send("POST", resources, trap("a", { pattern: long }))).toMatchObject({
    code: 422,
    message: expect.stringContaining("should match") as string,
  });
  expect(await send("POST", resources, trap("b", { rule: long }))).toMatchObject({
    code: 422,
    message: expect.stringContaining("failed rule") as string,
  });
  expect((await send("POST", resources, trap("c", { pattern: "aaa", rule: "aaa" }))).code).toBe(201);

  const lookahead = structuredClone(versions);
  lookahead[0]!.schema.openAPIV3Schema.properties.spec.properties.pattern.pattern = "(?=a)";
  const refused = await send(
    "POST",
    definitions,
    definition("others.hostile.example", { versions: lookahead, names: { plural: "others", kind: "Other" } }),
  );
  expect(refused).toMatchObject({ code: 422, message: expect.stringContaining("must be a valid regular expression") as string });
});

test("a selector of 30 KB is answered", async () => {
  const selector = encodeURIComponent(`app in (${Array.from({ length: 5000 }, (_, i) => `v${i}`).join(",")})`);
  expect((await send("GET", `/api/v1/pods?labelSelector=${selector}`)).code).toBe(200);
});

test("a path that climbs finds nothing", async () => {
  expect((await send("GET", `/api/v1/namespaces/${"%2e%2e/".repeat(50)}etc/passwd`)).code).toBe(404);
});
