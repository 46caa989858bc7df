import { expect, test } from "vitest";
import { nodeStatus } from "./nodeStatus.ts";

const facts = {
  nodeName: "wherry",
  nodeIP: "10.244.0.1",
  maxPods: 110,
  kubeletVersion: "v1.36.3",
  version: {
    runtimeName: "simulated",
    runtimeVersion: "1.0.0",
    os: "linux",
    architecture: "amd64",
    kernelVersion: "6.1",
    osImage: "Debian",
    capacity: { cpus: 2, memoryBytes: 2 ** 30, diskBytes: 10 * 2 ** 30 },
  },
  runtime: { ready: true, networkReady: true },
  images: [],
  now: 0,
};

test("keeps extended resources that others advertise, and offers them to pods", () => {
  const old = { capacity: { "example.com/gpu": "4", cpu: "1" }, allocatable: { "example.com/gpu": "1", "example.com/gone": "1" } };
  const { capacity, allocatable } = nodeStatus(facts, old);
  expect(capacity).toMatchObject({ "example.com/gpu": "4", cpu: "2" });
  expect(allocatable).toMatchObject({ "example.com/gpu": "4", cpu: "2" });
  expect(allocatable).not.toHaveProperty(["example.com/gone"]);
});
