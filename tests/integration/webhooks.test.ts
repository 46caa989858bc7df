import { once } from "node:events";
import { createServer, type Server } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import * as R from "../../cluster-engine/api/resources.ts";
import type { ResourceType } from "../../cluster-engine/api/resourceType.ts";
import { StatusError } from "../../cluster-engine/api/statusError.ts";
import { systemClock } from "../../cluster-engine/base/clock.ts";
import { createClient } from "../../cluster-engine/client/client.ts";
import type { Client } from "../../cluster-engine/client/types.ts";
import { createAuthority, issueCertificate } from "../../cluster-engine/pki/certificates.ts";
import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { ConfigMap, MutatingWebhook } from "../../shared/kubernetes/types.ts";
import { startTestApiServer, type TestApiServer } from "../support/startApiServer.ts";

// A real HTTPS server on loopback judges and changes what is written.

interface Question {
  uid: string;
  operation: string;
  subResource?: string;
  name?: string;
  namespace?: string;
  userInfo: { username: string };
  object: ConfigMap | null;
  oldObject: ConfigMap | null;
  dryRun: boolean;
  kind: object;
  resource: object;
  options: object | null;
}
type Answer = Record<string, unknown> | "silence" | "garbage" | "failure";

let api: TestApiServer;
let client: Client;
let server: Server;
let caBundle: string;
/** Path → what is answered there, and what was asked. */
const answers = new Map<string, (question: Question) => Answer>();
const asked: { path: string; question: Question }[] = [];

const port = () => (server.address() as AddressInfo).port;

beforeAll(async () => {
  const authority = await createAuthority("webhooks", systemClock);
  caBundle = Buffer.from(authority.cert).toString("base64");
  const dnsNames = ["localhost", "hooks.default.svc"];
  const pair = await issueCertificate(
    authority,
    { commonName: "hooks", usage: "server", dnsNames, ipAddresses: ["127.0.0.1"] } as never,
    systemClock,
  );
  server = createServer({ cert: pair.cert, key: pair.key }, (request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const path = new URL(request.url!, "https://x").pathname;
      const { request: question } = JSON.parse(text) as { request: Question };
      asked.push({ path, question });
      const answer = answers.get(path)!(question);
      if (answer === "silence") return;
      if (answer === "failure") return void response.writeHead(500).end("broken");
      if (answer === "garbage") return void response.end("{}");
      response.end(
        JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: { uid: question.uid, allowed: true, ...answer } }),
      );
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // Endpoints of Services may be on no loopback address: the pod network leads there.
  api = await startTestApiServer({ overrides: { dialPod: async () => connect(port(), "127.0.0.1") } });
  client = createClient(api.server.transport({ username: "jane", groups: ["system:masters"] }, "test/1"));
});

afterEach(async () => {
  for (const type of [R.ValidatingWebhookConfigurations, R.MutatingWebhookConfigurations] as ResourceType<KubeObject>[])
    for (const { metadata } of (await client.resource(type).list()).items) await client.resource(type).delete(metadata);
  answers.clear();
  asked.length = 0;
});

afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  await api?.close();
});

const patch = (...operations: object[]) => ({ patchType: "JSONPatch", patch: Buffer.from(JSON.stringify(operations)).toString("base64") });
const url = (path: string) => ({ url: `https://127.0.0.1:${port()}${path}`, caBundle });

function webhook(path: string, answer: (question: Question) => Answer, more: Partial<MutatingWebhook> = {}): MutatingWebhook {
  answers.set(path, answer);
  return {
    name: `${path.slice(1)}.hooks.example`,
    clientConfig: url(path),
    rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], operations: ["CREATE", "UPDATE", "DELETE"] }],
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    ...more,
  };
}

const validating = (...webhooks: MutatingWebhook[]) =>
  client.resource(R.ValidatingWebhookConfigurations).create({ metadata: { name: "checks" }, webhooks } as never);
const mutating = (...webhooks: MutatingWebhook[]) =>
  client.resource(R.MutatingWebhookConfigurations).create({ metadata: { name: "changes" }, webhooks });

let made = 0;
const configMap = (data: Record<string, string> = { a: "b" }, labels: Record<string, string> = {}) => ({
  metadata: { name: `map-${++made}`, namespace: "default", labels },
  data,
});
const create = (object = configMap(), options = {}) => client.resource(R.ConfigMaps).create(object, options);
const refused = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StatusError);
  const { code, message, reason } = (error as StatusError).status;
  return { code, message, reason };
};

describe("a validating webhook", () => {
  test("is asked with all that Kubernetes tells, and refuses in its words", async () => {
    await validating(
      webhook("/deny", ({ object }) =>
        object?.data?.["a"] === "bad" ? { allowed: false, status: { message: "no bad data", code: 418, reason: "Forbidden" } } : {},
      ),
    );
    const good = await create();
    expect(asked[0]!.question).toMatchObject({
      operation: "CREATE",
      kind: { group: "", version: "v1", kind: "ConfigMap" },
      resource: { group: "", version: "v1", resource: "configmaps" },
      name: good.metadata.name,
      namespace: "default",
      userInfo: { username: "jane" },
      object: { apiVersion: "v1", kind: "ConfigMap", data: { a: "b" } },
      oldObject: null,
      dryRun: false,
      options: { kind: "CreateOptions" },
    });
    const problem = await refused(create(configMap({ a: "bad" })));
    expect(problem).toEqual({ code: 418, reason: "Forbidden", message: 'admission webhook "deny.hooks.example" denied the request: no bad data' });
    await client.resource(R.ConfigMaps).delete(good.metadata);
    expect(asked.at(-1)!.question).toMatchObject({ operation: "DELETE", object: null, oldObject: { data: { a: "b" } } });
  });

  test("that refuses without a word", async () => {
    await validating(webhook("/deny", () => ({ allowed: false })));
    expect(await refused(create())).toMatchObject({
      code: 400,
      message: 'admission webhook "deny.hooks.example" denied the request without explanation',
    });
  });

  test.each<[string, Answer, RegExp]>([
    [
      "answers with an error",
      "failure",
      /failed to call webhook: Post "https:\/\/127\.0\.0\.1:\d+\/broken\?timeout=1s": an error on the server \("broken"\)/,
    ],
    [
      "answers something else",
      "garbage",
      /received invalid webhook response: expected webhook response of admission.k8s.io\/v1, Kind=AdmissionReview/,
    ],
    ["answers another question", { uid: "x" }, /expected response\.uid=".+", got "x"/],
    ["does not answer", "silence", /context deadline exceeded/],
  ])("that %s keeps the write from happening, unless its failures are ignored", async (_name, answer, problem) => {
    await validating(webhook("/broken", () => answer, { timeoutSeconds: 1 }));
    const { code, reason, message } = await refused(create());
    expect([code, reason]).toEqual([500, "InternalError"]);
    expect(message).toMatch(/^Internal error occurred: failed calling webhook "broken\.hooks\.example": /);
    expect(message).toMatch(problem);
    await client.resource(R.ValidatingWebhookConfigurations).delete({ name: "checks" });
    await validating(webhook("/broken", () => answer, { timeoutSeconds: 1, failurePolicy: "Ignore" }));
    expect((await create()).data).toEqual({ a: "b" });
  });

  test("is not trusted without its authority, and may be down", async () => {
    await validating(webhook("/deny", () => ({}), { clientConfig: { url: `https://127.0.0.1:${port()}/deny` } }));
    expect((await refused(create())).message).toMatch(/x509: certificate signed by unknown authority/);
    await client.resource(R.ValidatingWebhookConfigurations).delete({ name: "checks" });
    await validating(webhook("/deny", () => ({}), { clientConfig: { url: "https://127.0.0.1:1/deny", caBundle } }));
    expect((await refused(create())).message).toMatch(/dial tcp 127\.0\.0\.1:1: connect: connection refused/);
  });

  test("is asked only about what it names", async () => {
    await validating(
      webhook("/labels", () => ({}), { objectSelector: { matchLabels: { watched: "yes" } } }),
      webhook("/spaces", () => ({}), { namespaceSelector: { matchLabels: { watched: "yes" } } }),
      webhook("/condition", () => ({}), { matchConditions: [{ name: "big", expression: "object.data.size() > 1" }] }),
      webhook("/updates", () => ({}), { rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["*/*"], operations: ["UPDATE"] }] }),
    );
    await create();
    expect(asked).toEqual([]);
    await create(configMap({ a: "1", b: "2" }, { watched: "yes" }));
    expect(asked.map(({ path }) => path).sort((a, b) => (a < b ? -1 : 1))).toEqual(["/condition", "/labels"]);
  });

  test("warns, and takes part in dry runs when it has no side effects", async () => {
    await validating(webhook("/warn", () => ({ warnings: ["beware"] })));
    await create(configMap(), { dryRun: true });
    expect(asked[0]!.question.dryRun).toBe(true);
  });

  test("can't lock its configuration", async () => {
    const all = [{ apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["*" as const] }];
    await validating(webhook("/deny", () => ({ allowed: false }), { rules: all }));
    expect((await refused(create())).code).toBe(400);
    await client.resource(R.ValidatingWebhookConfigurations).delete({ name: "checks" });
    expect(await create()).toBeDefined();
  });

  test("behind a Service is reached by the Service's name", async () => {
    const service = { name: "hooks", namespace: "default", path: "/service", port: 443 };
    await validating(webhook("/service", () => ({ allowed: false }), { clientConfig: { service, caBundle } }));
    expect((await refused(create())).message).toMatch(/Post "https:\/\/hooks\.default\.svc:443\/service\?timeout=10s": service "hooks" not found/);
    await client.resource(R.Services).create({ metadata: { name: "hooks", namespace: "default" }, spec: { ports: [{ port: 443 }] } });
    expect((await refused(create())).message).toMatch(/no endpoints available for service "hooks"/);
    await client.resource(R.EndpointSlices).create({
      metadata: { name: "hooks", namespace: "default", labels: { "kubernetes.io/service-name": "hooks" } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.244.0.9"], conditions: { ready: true } }],
      ports: [{ port: 8443 }],
    });
    expect((await refused(create())).message).toBe('admission webhook "service.hooks.example" denied the request without explanation');
  });
});

describe("a mutating webhook", () => {
  const add = (key: string) => () => patch({ op: "add", path: `/data/${key}`, value: "added" });

  test("changes the object before it is stored; the next sees it", async () => {
    await mutating(
      webhook("/one", add("one")),
      webhook("/two", ({ object }) => patch({ op: "add", path: "/data/two", value: String(object?.data?.["one"]) })),
    );
    const { data, metadata } = await create();
    expect(data).toEqual({ a: "b", one: "added", two: "added" });
    expect((await client.resource(R.ConfigMaps).get(metadata)).data).toEqual(data);
  });

  test("is asked again after others changed the object, if it wants", async () => {
    await mutating(webhook("/one", add("one"), { reinvocationPolicy: "IfNeeded" }), webhook("/two", add("two")));
    await create();
    expect(asked.map(({ path, question }) => [path, Object.keys(question.object!.data!)])).toEqual([
      ["/one", ["a"]],
      ["/two", ["a", "one"]],
      ["/one", ["a", "one", "two"]],
    ]);
  });

  test("with a patch that does not apply keeps the write from happening", async () => {
    await mutating(webhook("/one", () => patch({ op: "remove", path: "/data/none" })));
    expect(await refused(create())).toMatchObject({
      code: 500,
      message: expect.stringMatching(/^Internal error occurred: failed calling webhook "one/) as string,
    });
  });

  test("can't make what is invalid", async () => {
    await mutating(webhook("/one", () => patch({ op: "add", path: "/data/a~1b", value: "x" })));
    expect(await refused(create())).toMatchObject({ code: 422, reason: "Invalid" });
  });
});
