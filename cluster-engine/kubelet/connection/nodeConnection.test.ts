import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PodLogOptions } from "../../api/podLogOptions.ts";
import { StatusError } from "../../api/statusError.ts";
import { RuntimeError } from "../../runtime/types.ts";
import { openTestNode, type TestNode } from "../testNode.ts";

let node: TestNode;

beforeEach(async () => {
  node = await openTestNode();
});

afterEach(() => node.dispose());

const main = (name: string) => node.pod(name).status!.containerStatuses![0]!;
const target = (pod: string) => ({ namespace: "default", pod, container: "main" });
const run = (name: string, script: string) => node.run(name, { containers: [{ name: "main", image: "busybox:1", command: ["sh", "-c", script] }] });
const logOf = async (name: string, options: PodLogOptions = {}) => text(await node.kubelet.logs(target(name), options));

describe("logs", () => {
  beforeEach(async () => {
    run("talk", "echo one; echo two >&2; sleep 5; echo three; sleep 1000");
    await node.until("running", () => Boolean(main("talk").state?.running));
    await node.clock.step(5_000);
  });

  test.each<[string, PodLogOptions, string]>([
    ["are all there is", {}, "one\ntwo\nthree\n"],
    ["end with the last lines", { tailLines: 2 }, "two\nthree\n"],
    ["stop at a number of bytes", { limitBytes: 5 }, "one\nt"],
    ["begin at a time", { sinceTime: "2026-01-01T00:00:03Z" }, "three\n"],
    ["begin some seconds ago", { sinceSeconds: 3 }, "three\n"],
    ["are of one stream", { stream: "Stderr" }, "two\n"],
  ])("%s", async (_title, options, expected) => {
    expect(await logOf("talk", options)).toBe(expected);
  });

  test("carry times", async () => {
    expect(await logOf("talk", { timestamps: true, tailLines: 1 })).toMatch(/^2026-01-01T00:00:05\.\d{9}Z three\n$/);
  });

  test("are followed until the reader goes", async () => {
    const stream = await node.kubelet.logs(target("talk"), { follow: true, tailLines: 1 });
    for await (const chunk of stream) {
      expect(String(chunk)).toBe("three\n");
      break;
    }
    expect(stream.destroyed).toBe(true);
  });
});

describe("what can't be logged is told in the kubelet's words", () => {
  const refusal = async (name: string, options: PodLogOptions = {}) => {
    const error: unknown = await logOf(name, options).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(StatusError);
    return `${(error as StatusError).code} ${(error as StatusError).message}`;
  };

  test("an unknown pod", async () => {
    expect(await refusal("none")).toBe('404 pods "none" not found');
  });

  test("a container that waits for its image", async () => {
    node.runtime.images.refuse("busybox:1", new RuntimeError("ImageNotFound", "manifest unknown"));
    run("web", "sleep 1000");
    await node.until("ErrImagePull", () => main("web").state?.waiting?.reason === "ErrImagePull");
    expect(await refusal("web")).toBe('400 container "main" in pod "web" is waiting to start: image can\'t be pulled');
  });

  test("a run before the first", async () => {
    run("web", "sleep 1000");
    await node.until("running", () => Boolean(main("web").state?.running));
    expect(await refusal("web", { previous: true })).toBe('400 previous terminated container "main" in pod "web" not found');
  });
});

test("a command asked for while the kubelet takes over what runs is not refused", async () => {
  run("web", "sleep 1000");
  await node.until("running", () => Boolean(main("web").state?.running));
  await node.restart();
  const streams = { signal: new AbortController().signal };
  expect(await node.kubelet.exec(target("web"), { command: ["true"], tty: false }, streams)).toBe(0);
});

test("a command of a pod that is not there is an answer, not a throw", async () => {
  const streams = { signal: new AbortController().signal };
  const answer = node.kubelet.exec(target("none"), { command: ["true"], tty: false }, streams);
  await expect(answer).rejects.toThrow('pods "none" not found');
});

test("the log of the run before is kept", async () => {
  run("again", "echo $RUN first; sleep 1; exit 1");
  await node.until("running", () => Boolean(main("again").state?.running));
  await node.step("the second run", () => main("again").restartCount === 1, 4);
  expect(await logOf("again", { previous: true })).toBe("first\n");
});

test("usage grows by a sample every ten seconds, and is the sum for the node", async () => {
  run("web", "sleep 10000");
  await node.until("running", () => Boolean(main("web").state?.running));
  for (let round = 0; round < 3; round++)
    await node.step("a sample", () => (node.kubelet.podUsage({ namespace: "default", pod: "web" })["main"]?.length ?? 0) > round, 25);
  const samples = node.kubelet.podUsage({ namespace: "default", pod: "web" })["main"]!;
  expect(samples.every(({ cpuNanoCores, memoryWorkingSetBytes }) => cpuNanoCores > 0 && memoryWorkingSetBytes > 0)).toBe(true);
  expect(node.kubelet.nodeUsage().at(-1)).toMatchObject({ memoryWorkingSetBytes: samples.at(-1)!.memoryWorkingSetBytes });
});
