import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { ConfigMaps } from "../api/resources.ts";
import { StatusError } from "../api/statusError.ts";
import { createClient } from "./client.ts";
import { httpsTransport } from "./httpsTransport.ts";
import { readKubeconfig } from "./kubeconfig.ts";

let server: Server;
afterEach(() => void server?.close());

const kubeconfig = (port: number) => `
current-context: a
contexts: [{ name: a, context: { cluster: c, user: u } }, { name: b, context: { cluster: none, user: u } }]
clusters: [{ name: c, cluster: { server: "http://127.0.0.1:${port}", certificate-authority-data: Q0E= } }]
users: [{ name: u, user: { token: secret } }]
`;

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  return httpsTransport(kubeconfig((server.address() as AddressInfo).port), { userAgent: "test" });
}

test("sends method, query, headers and body, and reads the answer", async () => {
  const seen: unknown[] = [];
  const transport = await serve((request, response) => {
    const { method, url, headers } = request;
    seen.push([method, url, headers["content-type"], headers.authorization, headers["user-agent"]]);
    response.end('{"kind":"ConfigMap","metadata":{"name":"a"}}');
  });
  const answer = await createClient(transport)
    .resource(ConfigMaps)
    .patch({ namespace: "ns", name: "a" }, { data: {} }, { type: "merge", fieldManager: "me" });
  expect(answer.metadata.name).toBe("a");
  expect(seen).toEqual([["PATCH", "/api/v1/namespaces/ns/configmaps/a?fieldManager=me", "application/merge-patch+json", "Bearer secret", "test"]]);
});

test("a refusal is thrown as the server's Status", async () => {
  const transport = await serve((_, response) => {
    response.statusCode = 404;
    response.end('{"kind":"Status","reason":"NotFound","message":"configmaps \\"a\\" not found","details":{"name":"a"}}');
  });
  const error = await createClient(transport)
    .resource(ConfigMaps)
    .get({ namespace: "ns", name: "a" })
    .catch((thrown: unknown) => thrown as StatusError);
  expect(error).toBeInstanceOf(StatusError);
  expect(error).toMatchObject({ code: 404, reason: "NotFound", message: 'configmaps "a" not found' });
});

test("watch events arrive whole, also when chunks end within one and within a character", async () => {
  const bytes = Buffer.from('{"type":"ADDED","object":{"metadata":{"name":"ä"}}}\n{"type":"DELETED","object":{"metadata":{"name":"b"}}}\n');
  const cut = bytes.indexOf("ä") + 1;
  const transport = await serve((_, response) => {
    response.write(bytes.subarray(0, cut), () => setImmediate(() => response.end(bytes.subarray(cut))));
  });
  const seen: string[] = [];
  await new Promise<void>((resolve) => {
    transport.watch(
      { method: "GET", path: "/api/v1/configmaps", query: { watch: true } },
      {
        onEvent: ({ type, object }) =>
          seen.push(`${type} ${"metadata" in object && object.metadata && "name" in object.metadata ? object.metadata.name : ""}`),
        onEnd: () => resolve(),
      },
    );
  });
  expect(seen).toEqual(["ADDED ä", "DELETED b"]);
});

test("a kubeconfig without the named parts says which", () => {
  expect(readKubeconfig(kubeconfig(1))).toMatchObject({ ca: "CA", token: "secret" });
  expect(() => readKubeconfig(kubeconfig(1), "b")).toThrow('kubeconfig has no cluster "none"');
  expect(() => readKubeconfig(kubeconfig(1), "c")).toThrow('kubeconfig has no context "c"');
});
