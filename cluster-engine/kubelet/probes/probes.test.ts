import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Container } from "../../../shared/kubernetes/types.ts";
import { openTestNode, type TestNode } from "../testNode.ts";
import { grpcHealth } from "./grpcHealth.ts";

let node: TestNode;

beforeEach(async () => {
  node = await openTestNode();
});

afterEach(() => node.dispose());

const main = (name: string) => node.pod(name).status!.containerStatuses![0]!;
const run = (name: string, change: Partial<Container>) =>
  node.run(name, { containers: [{ name: "main", image: "web:1", ports: [{ name: "http", containerPort: 8080 }], ...change }] });

describe("a readiness probe", () => {
  test("by HTTP makes the pod ready when it answers, and unready when it fails three times", async () => {
    let status = 503;
    node.runtime.knobs.answer = () => ({ status, text: "" });
    run("web", { readinessProbe: { httpGet: { path: "/healthz", port: "http" }, periodSeconds: 2 } });
    await node.until("running", () => Boolean(main("web").state?.running));
    expect(main("web")).toMatchObject({ ready: false, started: true });
    await node.step(
      "unhealthy",
      () => node.events("web").includes("Warning Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503"),
      3,
    );
    status = 200;
    await node.step("ready", () => main("web").ready, 3);
    status = 500;
    await node.clock.step(3_000);
    expect(main("web").ready).toBe(true);
    await node.step("unready", () => !main("web").ready, 6);
    expect(main("web").restartCount).toBe(0);
  });

  test("by TCP names the refused connection", async () => {
    node.runtime.knobs.answer = () => undefined;
    run("web", { readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 2 } });
    await node.until("running", () => Boolean(main("web").state?.running));
    await node.step(
      "unhealthy",
      () =>
        node
          .events("web")
          .some((event) => /^Warning Unhealthy: Readiness probe failed: dial tcp 10\.244\.0\.2:8080: connect: connection refused$/.test(event)),
      3,
    );
  });
});

describe("a liveness probe", () => {
  test("by exec restarts the container after its threshold", async () => {
    let code = 0;
    node.runtime.knobs.exec =
      () =>
      async ({ write }) => {
        write("stdout", "sick\n");
        return code;
      };
    run("web", { livenessProbe: { exec: { command: ["check"] }, periodSeconds: 1, failureThreshold: 2 } });
    await node.until("running", () => Boolean(main("web").state?.running));
    await node.clock.step(5_000);
    expect(main("web").restartCount).toBe(0);
    code = 1;
    await node.step("killed", () => node.events("web").includes("Normal Killing: Container main failed liveness probe, will be restarted"), 4);
    await node.step("restarted", () => main("web").restartCount === 1 && Boolean(main("web").state?.running), 4);
    expect(node.events("web")).toContain("Warning Unhealthy: Liveness probe failed: sick\n");
  });

  test("waits for the startup probe", async () => {
    node.runtime.knobs.answer = () => undefined;
    const tcp = { tcpSocket: { port: 8080 }, periodSeconds: 1 };
    run("web", { startupProbe: { ...tcp, failureThreshold: 10 }, livenessProbe: { ...tcp, failureThreshold: 1 } });
    await node.until("running", () => Boolean(main("web").state?.running));
    await node.clock.step(5_000);
    expect(main("web")).toMatchObject({ started: false, ready: false, restartCount: 0 });
    node.runtime.knobs.answer = () => ({ status: 200, text: "" });
    await node.step("started", () => main("web").started === true && main("web").ready, 3);
  });
});

test("a startup probe that never succeeds restarts the container", async () => {
  node.runtime.knobs.answer = () => undefined;
  run("web", { startupProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, failureThreshold: 3 } });
  await node.step("killed", () => node.events("web").includes("Normal Killing: Container main failed startup probe, will be restarted"), 6);
});

test("a postStart hook that fails kills the container and says PostStartHookError", async () => {
  node.runtime.knobs.exec = () => async () => 1;
  run("web", { lifecycle: { postStart: { exec: { command: ["warm-up"] } } } });
  await node.step("the event", () => node.events("web").includes("Warning FailedPostStartHook: PostStartHook failed"), 3);
  await node.until("killed", () => node.events("web").includes("Normal Killing: FailedPostStartHook"));
});

test("a preStop hook runs before the container is stopped", async () => {
  const commands: string[] = [];
  node.runtime.knobs.exec = (_container, command) => async () => {
    commands.push(command.join(" "));
    return 0;
  };
  run("web", { lifecycle: { preStop: { exec: { command: ["say", "goodbye"] } } } });
  await node.until("running", () => Boolean(main("web").state?.running));
  await node.api.send({ method: "DELETE", path: "/api/v1/namespaces/default/pods/web", body: {} });
  await node.until("said", () => commands.length === 1);
  expect(commands).toEqual(["say goodbye"]);
});

describe("gRPC health", () => {
  const ask = async (reply: Buffer, grpcStatus = "0") => {
    const server = createServer();
    let asked: { path?: string | string[]; body: Buffer } = { body: Buffer.alloc(0) };
    server.on("stream", (stream, headers) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        asked = { path: headers[":path"], body: Buffer.concat(chunks) };
        stream.respond({ "content-type": "application/grpc" }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": grpcStatus }));
        stream.end(reply);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const connection = connect(port, "127.0.0.1");
    try {
      const verdict = await grpcHealth({ connection, authority: `127.0.0.1:${port}`, service: "shop", signal: new AbortController().signal });
      return { verdict, asked };
    } finally {
      server.close();
    }
  };

  test("SERVING is healthy; the service's name is sent", async () => {
    const { verdict, asked } = await ask(Buffer.from([0, 0, 0, 0, 2, 0x08, 1]));
    expect(verdict).toEqual({ healthy: true, message: "service healthy" });
    expect(asked.path).toBe("/grpc.health.v1.Health/Check");
    expect([...asked.body]).toEqual([0, 0, 0, 0, 6, 0x0a, 4, ...Buffer.from("shop")]);
  });

  test.each([
    [Buffer.from([0, 0, 0, 0, 2, 0x08, 2]), "0", 'service unhealthy (responded with "NOT_SERVING")'],
    [Buffer.from([0, 0, 0, 0, 0]), "0", 'service unhealthy (responded with "UNKNOWN")'],
    [Buffer.alloc(0), "12", "this server does not implement the grpc health protocol (grpc.health.v1.Health)"],
  ])("%j with status %s is unhealthy", async (reply, grpcStatus, message) => {
    expect((await ask(reply, grpcStatus)).verdict).toEqual({ healthy: false, message });
  });
});
