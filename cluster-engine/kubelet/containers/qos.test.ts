import { describe, expect, test } from "vitest";
import type { Container, Pod } from "../../../shared/kubernetes/types.ts";
import { oomScoreAdj, qosClass } from "./qos.ts";
import { containerResources } from "./resources.ts";

type Resources = NonNullable<Container["resources"]>;
const podOf = (...resources: Resources[]): Pod =>
  ({ spec: { containers: resources.map((each, index) => ({ name: `c${index}`, image: "i", resources: each })) } }) as Pod;
const GiB = 2 ** 30;

describe("quality of service", () => {
  test.each<[string, Resources[], string, number]>([
    ["nothing asked", [{}], "BestEffort", 1000],
    ["zero asked", [{ requests: { cpu: "0" } }], "BestEffort", 1000],
    ["limits alone, of both", [{ limits: { cpu: "1", memory: "1Gi" } }], "Guaranteed", -997],
    [
      "requests equal to limits, written otherwise",
      [{ requests: { cpu: "1000m", memory: "1024Mi" }, limits: { cpu: "1", memory: "1Gi" } }],
      "Guaranteed",
      -997,
    ],
    ["a request below its limit", [{ requests: { memory: "4Gi" }, limits: { memory: "8Gi" } }], "Burstable", 500],
    ["CPU alone", [{ requests: { cpu: "100m" } }], "Burstable", 999],
    ["one container of two", [{ limits: { cpu: "1", memory: "1Gi" } }, {}], "Burstable", 875],
    ["more than there is", [{ requests: { memory: "16Gi" } }], "Burstable", 3],
  ])("%s", (_title, resources, qos, score) => {
    const pod = podOf(...resources);
    expect(qosClass(pod)).toBe(qos);
    expect(oomScoreAdj(pod, pod.spec.containers[0]!, 8 * GiB)).toBe(score);
  });
});

describe("requests and limits in the kernel's terms", () => {
  test.each<[Resources, object]>([
    [{}, { cpuShares: 2 }],
    [{ requests: { cpu: "250m" } }, { cpuShares: 256 }],
    [{ limits: { cpu: "500m" } }, { cpuShares: 512, cpuQuota: 50_000, cpuPeriod: 100_000 }],
    [{ limits: { cpu: "1m" } }, { cpuShares: 2, cpuQuota: 1_000, cpuPeriod: 100_000 }],
    [{ limits: { memory: "64Mi" } }, { cpuShares: 2, memoryLimitBytes: 64 * 2 ** 20 }],
  ])("%j", (resources, expected) => {
    const pod = podOf(resources);
    const { oomScoreAdj: _, ...rest } = containerResources(pod, pod.spec.containers[0]!, 8 * GiB);
    expect(rest).toEqual(expected);
  });
});
