import { request as httpsRequest } from "node:https";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient } from "../../cluster-engine/client/client.ts";
import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { Transport } from "../../cluster-engine/client/types.ts";
import { ConfigMaps, Namespaces, Services } from "../../cluster-engine/api/resources.ts";
import { encodeProtobuf } from "../../cluster-engine/api/protobuf.ts";
import { StatusError } from "../../cluster-engine/api/statusError.ts";
import { startTestApiServer, type TestApiServer } from "../support/startApiServer.ts";

let server: TestApiServer;
let admin: Transport;

beforeAll(async () => {
  server = await startTestApiServer();
  admin = server.server.transport({ username: "admin", groups: ["system:masters"] }, "test/1");
});

afterAll(() => server?.close());

interface Answer {
  code: number;
  body: Record<string, unknown> & { message?: string; items?: unknown[] };
  headers: Record<string, unknown>;
}

/** One request over HTTPS; `as` gives the client certificate of the administrator. */
function send(
  method: string,
  path: string,
  { body, headers = {}, as = "admin" }: { body?: unknown; headers?: Record<string, string>; as?: "admin" | "nobody" } = {},
): Promise<Answer> {
  const identity = as === "admin" ? server.pki.admin : undefined;
  const bytes = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      server.server.url + path,
      {
        method,
        ca: server.pki.ca.cert,
        ...identity,
        headers: {
          "content-type": "application/json",
          accept: "application/json",
          ...(bytes ? { "content-length": String(bytes.length) } : {}),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            code: response.statusCode!,
            headers: response.headers,
            body: text.startsWith("{") ? (JSON.parse(text) as Answer["body"]) : { text },
          });
        });
      },
    );
    request.on("error", reject);
    request.end(bytes);
  });
}

const configMap = (name: string, extra: object = {}) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, ...extra });

describe("over HTTPS", () => {
  test("an anonymous client may ask for health and version, and nothing else", async () => {
    expect((await send("GET", "/livez", { as: "nobody" })).code).toBe(200);
    expect((await send("GET", "/version", { as: "nobody" })).body).toMatchObject({ gitVersion: "v1.36.3" });
    const refused = await send("GET", "/api/v1/pods", { as: "nobody" });
    expect(refused).toMatchObject({
      code: 403,
      body: { message: 'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope' },
    });
  });

  test("a bad token is unauthorized", async () => {
    expect(await send("GET", "/api/v1/pods", { as: "nobody", headers: { authorization: "Bearer rubbish" } })).toMatchObject({
      code: 401,
      body: { reason: "Unauthorized" },
    });
  });

  test("a ServiceAccount's token is good until the account is deleted", async () => {
    const account = "/api/v1/namespaces/default/serviceaccounts";
    await send("POST", account, { body: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "robot" } } });
    const token = (await send("POST", `${account}/robot/token`, { body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} } }))
      .body as unknown as { status: { token: string } };
    const ask = () => send("GET", "/apis", { as: "nobody", headers: { authorization: `Bearer ${token.status.token}` } });
    expect((await ask()).code).toBe(200);
    await send("DELETE", `${account}/robot`);
    expect((await ask()).code).toBe(401);
  });

  test("a list is paged at one revision", async () => {
    const path = "/api/v1/namespaces/kube-public/configmaps";
    for (const name of ["a", "b", "c"]) await send("POST", path, { body: configMap(name) });
    const first = await send("GET", `${path}?limit=2`);
    await send("POST", path, { body: configMap("d") });
    const metadata = first.body.metadata as { continue: string; remainingItemCount: number };
    const second = await send("GET", `${path}?limit=2&continue=${metadata.continue}`);
    expect(metadata.remainingItemCount).toBe(1);
    expect([...first.body.items!, ...second.body.items!].map((item) => (item as KubeObject).metadata.name)).toEqual(["a", "b", "c"]);
  });

  test("unknown fields are refused when the client asks for it, and warned of otherwise", async () => {
    const path = "/api/v1/namespaces/default/configmaps";
    const strict = await send("POST", `${path}?fieldValidation=Strict`, { body: configMap("odd", { colour: "red" }) });
    expect(strict).toMatchObject({
      code: 400,
      body: { message: 'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "colour"' },
    });
    const lenient = await send("POST", path, { body: configMap("odd", { colour: "red" }) });
    expect(lenient).toMatchObject({ code: 201, headers: { warning: '299 - "unknown field \\"colour\\""' } });
  });

  test("options of a deletion are read from protobuf, in the version of the group", async () => {
    const path = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
    await send("POST", path, {
      body: { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "b", finalizers: ["example.com/held"] } },
    });
    const options = Buffer.from(encodeProtobuf({ apiVersion: "policy/v1", kind: "DeleteOptions", propagationPolicy: "Foreground" }));
    const answer = await send("DELETE", `${path}/b`, { body: options, headers: { "content-type": "application/vnd.kubernetes.protobuf" } });
    expect(answer).toMatchObject({ code: 200, body: { metadata: { finalizers: ["example.com/held", "foregroundDeletion"] } } });
  });

  test("the journal says who wrote what", async () => {
    await send("POST", "/api/v1/namespaces/default/configmaps", { body: configMap("noted"), headers: { "user-agent": "scribe/2" } });
    const { body } = await send("GET", "/apis/wherry.dev/v1/journal?name=noted");
    expect(body.items).toMatchObject([
      { verb: "create", resource: "configmaps", namespace: "default", name: "noted", user: "kubernetes-admin", userAgent: "scribe/2" },
    ]);
  });
});

describe("in process", () => {
  const bob = { username: "bob", groups: [] };

  test("the same authorization holds", async () => {
    const client = createClient(server.server.transport(bob, "test"));
    await expect(client.resource(Namespaces).list()).rejects.toThrow('namespaces is forbidden: User "bob" cannot list resource "namespaces"');
  });

  test("what nothing serves is refused", async () => {
    const path = "/apis/example.com/v1/namespaces/default/widgets";
    await expect(admin.send({ method: "GET", path })).rejects.toMatchObject({ status: { code: 404, message: "404 page not found" } });
  });

  test("reads hand out the cache's frozen objects", async () => {
    const client = createClient(admin);
    const [first, second] = [await client.resource(Namespaces).get({ name: "default" }), await client.resource(Namespaces).get({ name: "default" })];
    expect(first).toBe(second);
    expect(Object.isFrozen(first.metadata)).toBe(true);
  });

  test("the kubernetes Service is there", async () => {
    const service = await createClient(admin).resource(Services).get({ namespace: "default", name: "kubernetes" });
    expect(service.spec?.clusterIP).toBe("10.96.0.1");
  });

  test("an update of what has changed meanwhile is a conflict", async () => {
    const client = createClient(admin).resource(ConfigMaps);
    const made = await client.create({ metadata: { name: "contested", namespace: "default" } });
    await client.update({ ...made, data: { a: "1" } });
    await expect(client.update({ ...made, data: { a: "2" } })).rejects.toMatchObject({ status: { reason: "Conflict" } });
  });

  test("patches of one object at once are all applied", async () => {
    const client = createClient(admin).resource(ConfigMaps);
    const key = { name: "crowded", namespace: "default" };
    await client.create({ metadata: key });
    await Promise.all(Array.from({ length: 20 }, (_, i) => client.patch(key, { data: { [`k${i}`]: "v" } }, { type: "merge" })));
    expect(Object.keys((await client.get(key)).data ?? {})).toHaveLength(20);
  });

  test("a watch tells of writes in their order, with the cause in the journal", async () => {
    const seen: string[] = [];
    const three = new Promise<void>((resolve) => {
      admin.watch(
        { method: "GET", path: "/api/v1/namespaces/kube-node-lease/configmaps" },
        {
          onEvent({ type, object }) {
            seen.push(`${type} ${(object as KubeObject).metadata.name}`);
            if (seen.length === 3) resolve();
          },
          onEnd: () => undefined,
        },
      );
    });
    const client = createClient(admin).resource(ConfigMaps);
    const cause = { object: "deployments.apps/default/web", resourceVersion: "7" };
    const made = await client.create({ metadata: { name: "watched", namespace: "kube-node-lease" } }, { cause });
    await client.update({ ...made, data: { a: "1" } });
    await client.delete({ name: "watched", namespace: "kube-node-lease" });
    await three;
    expect(seen).toEqual(["ADDED watched", "MODIFIED watched", "DELETED watched"]);
    const journal = (await admin.send({ method: "GET", path: "/apis/wherry.dev/v1/journal", query: { name: "watched" } })) as { items: object[] };
    expect(journal.items[0]).toMatchObject({ verb: "create", cause });
  });

  test("a custom resource walks the same road", async () => {
    const version = {
      name: "v1",
      served: true,
      storage: true,
      schema: {
        openAPIV3Schema: {
          type: "object",
          properties: { spec: { type: "object", properties: { size: { type: "integer", default: 3, maximum: 9 } } } },
        },
      },
    };
    const established = new Promise<void>((resolve) => {
      admin.watch(
        { method: "GET", path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions" },
        { onEvent: ({ object }) => JSON.stringify(object).includes("InitialNamesAccepted") && resolve(), onEnd: () => undefined },
      );
    });
    await admin.send({
      method: "POST",
      path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      body: {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "boats.example.com" },
        spec: { group: "example.com", scope: "Namespaced", names: { plural: "boats", kind: "Boat" }, versions: [version] },
      },
    });
    await established;
    const path = "/apis/example.com/v1/namespaces/default/boats";
    const boat = (name: string, spec: object) =>
      admin.send({ method: "POST", path, body: { apiVersion: "example.com/v1", kind: "Boat", metadata: { name }, spec } });
    expect(await boat("good", { colour: "red" })).toMatchObject({ spec: { size: 3 } });
    await expect(boat("bad", { size: 10 })).rejects.toThrow("spec.size in body should be less than or equal to 9");
    await expect(boat("bad", { size: 10 })).rejects.toBeInstanceOf(StatusError);
    expect(await admin.send({ method: "GET", path: `${path}/good` })).not.toHaveProperty("spec.sails");
    await admin.send({
      method: "PATCH",
      path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/boats.example.com",
      headers: { "content-type": "application/json-patch+json" },
      body: [{ op: "add", path: "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/sails", value: { type: "integer", default: 2 } }],
    });
    const read = () => admin.send({ method: "GET", path: `${path}/good` });
    await expect.poll(read).toHaveProperty("spec.sails", 2);
  });
});
