import { beforeEach, describe, expect, test } from "vitest";
import { FakeClock } from "../../base/clock.ts";
import type { ContainerConfig, PodSandboxConfig } from "../types.ts";
import { SimulatedRuntime } from "./simulatedRuntime.ts";

let clock: FakeClock;
let runtime: SimulatedRuntime;

beforeEach(async () => {
  clock = new FakeClock();
  runtime = new SimulatedRuntime({ clusterId: "test", clock });
  await runtime.pullImage("web:1");
});

interface Started {
  sandbox: string;
  container: string;
  started: Promise<void>;
}

/** A pod with one container `web` and these settings. */
async function run(name: string, settings: Record<string, string>, memoryLimitBytes?: number): Promise<Started> {
  const annotations = Object.fromEntries(Object.entries(settings).map(([key, text]) => [`simulated.wherry.dev/${key}`, text]));
  const metadata = { name, namespace: "default", uid: name, attempt: 0 };
  const pod: PodSandboxConfig = { metadata, node: "n", hostname: name, hostNetwork: false, portMappings: [], labels: {}, annotations };
  const config: ContainerConfig = {
    metadata: { name: "web", attempt: 0 },
    image: "web:1",
    imageId: "web:1",
    command: [],
    args: [],
    env: [],
    mounts: [],
    stdin: false,
    stdinOnce: false,
    tty: false,
    resources: memoryLimitBytes === undefined ? {} : { memoryLimitBytes },
    security: {},
    labels: {},
    annotations: {},
  };
  const sandbox = await runtime.runPodSandbox(pod);
  const container = await runtime.createContainer(sandbox, config);
  return { sandbox, container, started: runtime.startContainer(container) };
}

const answers = (sandbox: string) =>
  runtime.portForward(sandbox, 80).then(
    (connection) => {
      connection.destroy();
      return true;
    },
    () => false,
  );

async function usage(...containers: string[]): Promise<{ cpuSeconds: number[]; memory: number[] }> {
  const stats = await runtime.stats();
  const of = containers.map((id) => stats.find(({ containerId }) => containerId === id)!);
  return { cpuSeconds: of.map((each) => each.cpuUsageNanoSeconds / 1e9), memory: of.map((each) => each.memoryWorkingSetBytes) };
}

describe("a scripted container", () => {
  test("starts late, and answers later still", async () => {
    const { sandbox, container, started } = await run("a", { "start-delay": "2s", "ready-after": "5s" });
    await clock.step(1_999);
    expect((await runtime.containerStatus(container)).state).toBe("created");
    await clock.step(1);
    await started;
    expect((await runtime.containerStatus(container)).state).toBe("running");
    expect(await answers(sandbox)).toBe(false);
    await clock.step(5_000);
    expect(await answers(sandbox)).toBe(true);
  });

  test.each([
    [{ "exit-after": "10s" }, undefined, { exitCode: 1, reason: "Error" }],
    [{ "exit-after": "10s", "exit-code": "0" }, undefined, { exitCode: 0, reason: "Completed" }],
    [{ memory: "0s=10Mi 20s=90Mi" }, 50 * 2 ** 20, { exitCode: 137, reason: "OOMKilled" }],
  ])("with %j ends after ten seconds", async (settings, limit, end) => {
    const { container } = await run("a", settings as Record<string, string>, limit);
    await clock.step(9_999);
    expect((await runtime.containerStatus(container)).state).toBe("running");
    await clock.step(1);
    expect(await runtime.containerStatus(container)).toMatchObject({ state: "exited", ...end });
  });

  test("writes its lines when they are due, until it ends", async () => {
    const { container } = await run("a", { log: "1s up\nevery 2s tick", "exit-after": "5s" });
    await clock.step(20_000);
    const lines: string[] = [];
    for await (const { content } of runtime.logs(container, { follow: true, signal: new AbortController().signal })) lines.push(content.toString());
    expect(lines).toEqual(["up", "tick", "tick"]);
  });

  test("uses what its curves say", async () => {
    const { container } = await run("a", { cpu: "0s=0 10s=1 20s=0", memory: "0s=10Mi 10s=20Mi" });
    await clock.step(5_000);
    expect(await usage(container)).toEqual({ cpuSeconds: [1.25], memory: [15 * 2 ** 20] });
    await clock.step(25_000);
    expect(await usage(container)).toEqual({ cpuSeconds: [10], memory: [20 * 2 ** 20] });
  });
});

test("a shared load is split among those that run", async () => {
  const { container: first } = await run("a", { "shared-cpu": "2" });
  await clock.step(10_000);
  const { container: second } = await run("b", { "shared-cpu": "2" });
  expect(await usage(first, second)).toMatchObject({ cpuSeconds: [20, 0] });
  await clock.step(10_000);
  expect(await usage(first, second)).toMatchObject({ cpuSeconds: [30, 10] });
  await runtime.stopContainer(second, 0);
  await clock.step(10_000);
  expect(await usage(first)).toMatchObject({ cpuSeconds: [50] });
});

test("a setting that can't be read is told when the container is made", async () => {
  await expect(run("a", { cpu: "much" })).rejects.toThrow('annotation simulated.wherry.dev/cpu: "much" is no amount of CPU');
});
