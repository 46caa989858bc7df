import { execFile, spawn } from "node:child_process";
import { createServer, connect, type AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { NodeConnection } from "../../cluster-engine/api/nodeConnection.ts";
import type { Pod } from "../../shared/kubernetes/types.ts";
import { kubectls } from "../support/kubectl.ts";
import { startTestApiServer, type TestApiServer } from "../support/startApiServer.ts";

/** A kubelet whose containers shout back what they are told. */
function shoutingNode(port: () => number): NodeConnection {
  return {
    logs: async (_, options) => Readable.from([`line of ${options.tailLines ?? "all"}\n`]),
    async exec(target, request, { stdin, stdout, stderr }) {
      if (request.command[0] === "fail") {
        stderr?.write("no such luck\n");
        return 7;
      }
      stdout?.write(`${target.container}: ${request.command.join(" ")}\n`);
      for await (const chunk of stdin ?? []) stdout?.write(String(chunk).toUpperCase());
      return 0;
    },
    attach: async (_, __, { stdout }) => void stdout?.write("attached\n"),
    portForward: async () => connect(port(), "127.0.0.1"),
    nodeUsage: () => [],
    podUsage: () => ({}),
  };
}

let server: TestApiServer;
const echo = createServer((socket) => socket.pipe(socket));

beforeAll(async () => {
  await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
  const node = shoutingNode(() => (echo.address() as AddressInfo).port);
  server = await startTestApiServer({ nodes: (name) => (name === "n1" ? node : undefined) });
  const admin = server.server.transport({ username: "admin", groups: ["system:masters"] }, "test");
  await admin.send({
    method: "POST",
    path: "/api/v1/namespaces/default/serviceaccounts",
    body: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } },
  });
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "web" }, spec: { nodeName: "n1", containers: [{ name: "app", image: "nginx" }] } };
  await admin.send({ method: "POST", path: "/api/v1/namespaces/default/pods", body: pod });
  await admin.send({
    method: "PATCH",
    path: "/api/v1/namespaces/default/pods/web/status",
    headers: { "content-type": "application/merge-patch+json" },
    body: { status: { phase: "Running" } },
  });
});

afterAll(async () => {
  echo.close();
  await server?.close();
});

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function kubectl(args: string[], { stdin = "", env = {} }: { stdin?: string; env?: Record<string, string> } = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      kubectls()[0]!,
      args,
      { env: { ...process.env, KUBECONFIG: server.kubeconfigPath, ...env }, timeout: 20_000 },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    );
    child.stdin!.end(stdin);
  });
}

const transports = [
  ["WebSocket", {}],
  ["SPDY", { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: "false", KUBECTL_PORT_FORWARD_WEBSOCKETS: "false" }],
] as const;

test.each(transports)("kubectl exec carries stdin and stdout over %s", async (_, env) => {
  const outcome = await kubectl(["exec", "-i", "web", "--", "shout", "it"], { stdin: "hello", env });
  expect(outcome).toEqual({ code: 0, stdout: "app: shout it\nHELLO", stderr: "" });
});

test.each(transports)("kubectl exec ends with the exit code of the command over %s", async (_, env) => {
  const outcome = await kubectl(["exec", "web", "--", "fail"], { env });
  expect(outcome.code).toBe(7);
  expect(outcome.stderr).toContain("no such luck\n");
  expect(outcome.stderr).toContain("command terminated with exit code 7");
});

test.each(transports)("kubectl port-forward reaches a port of the pod over %s", async (_, env) => {
  const child = spawn(kubectls()[0]!, ["port-forward", "pod/web", ":80"], { env: { ...process.env, KUBECONFIG: server.kubeconfigPath, ...env } });
  try {
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(line.toString())![1]);
    for (const message of ["first", "second"]) {
      const socket = connect(port, "127.0.0.1");
      socket.write(message);
      const [answer] = (await once(socket, "data")) as [Buffer];
      expect(answer.toString()).toBe(message);
      socket.destroy();
    }
  } finally {
    child.kill();
  }
});

test("kubectl attach shows what the container writes", async () => {
  expect(await kubectl(["attach", "web"])).toMatchObject({ code: 0, stdout: "attached\n" });
});

test("kubectl logs passes its options on", async () => {
  expect((await kubectl(["logs", "web", "--tail=5"])).stdout).toBe("line of 5\n");
});

test("an unknown container is refused by name", async () => {
  expect((await kubectl(["logs", "web", "-c", "nope"])).stderr).toContain("container nope is not valid for pod web");
});

test("logs come over a WebSocket too, for browsers", async () => {
  const { pki } = server;
  const url = `wss://127.0.0.1:${server.server.port}/api/v1/namespaces/default/pods/web/log?tailLines=3`;
  const socket = new WebSocket(url, ["binary.k8s.io"], { ca: pki.ca.cert, cert: pki.admin.cert, key: pki.admin.key });
  const received: Buffer[] = [];
  socket.on("message", (data: Buffer) => received.push(data));
  const [code] = (await once(socket, "close")) as [number];
  expect([code, Buffer.concat(received).toString()]).toEqual([1000, "line of 3\n"]);
});

test("an evicted pod says that it did not fail by itself", async () => {
  const admin = server.server.transport({ username: "admin", groups: ["system:masters"] }, "test");
  const path = "/api/v1/namespaces/default/pods/web";
  const { resourceVersion } = ((await admin.send({ method: "GET", path })) as Pod).metadata;
  const evict = (preconditions: object) =>
    admin.send({
      method: "POST",
      path: `${path}/eviction`,
      body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "web" }, deleteOptions: { preconditions } },
    });
  await expect(evict({ uid: "another" })).rejects.toThrow("the UID in the precondition (another) does not match");
  await evict({ resourceVersion });
  const { metadata, status } = (await admin.send({ method: "GET", path })) as Pod;
  expect(metadata.deletionTimestamp).toBeDefined();
  expect(status!.conditions).toContainEqual(
    expect.objectContaining({ type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI", message: "Eviction API: evicting" }),
  );
});
