import { describe, expect, test } from "vitest";
import { node, pod, testScheduler } from "../testWorld.ts";
import type { ExtensionPoint } from "../types.ts";
import type { ProfileConfiguration } from "./types.ts";

const at = (profile: ProfileConfiguration, point: ExtensionPoint) =>
  testScheduler([], [], { profiles: [profile] })
    .profile.at(point)
    .map(({ plugin, weight }) => (point === "score" ? `${plugin.name}=${weight}` : plugin.name));

describe("the plugins of a profile", () => {
  test("are kube-scheduler's by default", () => {
    expect(at({}, "filter")).toEqual([
      "NodeUnschedulable",
      "NodeName",
      "TaintToleration",
      "NodeAffinity",
      "NodePorts",
      "NodeResourcesFit",
      "VolumeRestrictions",
      "NodeVolumeLimits",
      "VolumeBinding",
      "VolumeZone",
      "PodTopologySpread",
      "InterPodAffinity",
      "DynamicResources",
    ]);
    expect(at({}, "postFilter")).toEqual(["DynamicResources", "DefaultPreemption"]);
  });

  test.each<[string, ProfileConfiguration["plugins"], ExtensionPoint, string[]]>([
    ["without one of them", { score: { disabled: [{ name: "ImageLocality" }] } }, "score", []],
    ["none but its own", { score: { disabled: [{ name: "*" }], enabled: [{ name: "ImageLocality", weight: 7 }] } }, "score", ["ImageLocality=7"]],
    ["its own first", { postFilter: { enabled: [{ name: "DefaultPreemption" }] } }, "postFilter", ["DefaultPreemption", "DynamicResources"]],
    ["out everywhere", { multiPoint: { disabled: [{ name: "DynamicResources" }] } }, "postFilter", ["DefaultPreemption"]],
    [
      "only those listed everywhere",
      {
        multiPoint: { disabled: [{ name: "*" }], enabled: [{ name: "PrioritySort" }, { name: "DefaultBinder" }, { name: "NodeName" }] },
      },
      "filter",
      ["NodeName"],
    ],
  ])("can be %s", (_, plugins, point, expected) => {
    const found = at({ plugins }, point);
    if (expected.length > 0) expect(found).toEqual(expected);
    else expect(found.join()).not.toContain("ImageLocality");
  });

  test("have weights that can be changed in place", () =>
    expect(at({ plugins: { multiPoint: { enabled: [{ name: "TaintToleration", weight: 9 }] } } }, "score")[0]).toBe("TaintToleration=9"));

  test.each<[string, ProfileConfiguration["plugins"]]>([
    ["at least one bind plugin is needed", { bind: { disabled: [{ name: "*" }] } }],
    ["exactly one queue sort plugin is needed", { queueSort: { disabled: [{ name: "*" }] } }],
  ])("are refused: %s", (message, plugins) => expect(() => testScheduler([], [], { profiles: [{ plugins }] })).toThrow(message));
});

describe("scoring strategies", () => {
  const busy = node("busy", { cpu: "4", pods: [{ cpu: "2" }] });
  const empty = node("empty", { cpu: "4" });
  const gpus = [
    node("gpu-used", { allocatable: { "example.com/gpu": "4" }, pods: [{ requests: { "example.com/gpu": "2" } }] }),
    node("gpu-free", { allocatable: { "example.com/gpu": "4" } }),
  ];
  const shape = [
    { utilization: 0, score: 0 },
    { utilization: 100, score: 10 },
  ];
  const gpu = [{ name: "example.com/gpu", weight: 5 }];
  test.each<[string, object, typeof gpus, ReturnType<typeof pod>, string]>([
    ["LeastAllocated", { type: "LeastAllocated" }, [busy, empty], pod({ cpu: "1" }), "empty"],
    ["MostAllocated", { type: "MostAllocated" }, [busy, empty], pod({ cpu: "1" }), "busy"],
    ["RequestedToCapacityRatio", { type: "RequestedToCapacityRatio", requestedToCapacityRatio: { shape } }, [busy, empty], pod({ cpu: "1" }), "busy"],
    ["extended resources", { type: "MostAllocated", resources: gpu }, gpus, pod({ requests: { "example.com/gpu": "1" } }), "gpu-used"],
  ])("%s", (_, scoringStrategy, nodes, wanted, expected) => {
    const pluginConfig = [{ name: "NodeResourcesFit", args: { scoringStrategy } }];
    const plugins = { score: { disabled: [{ name: "*" }], enabled: [{ name: "NodeResourcesFit" }] } };
    expect(testScheduler(nodes, [], { profiles: [{ plugins, pluginConfig }] }).decide(wanted).node?.name).toBe(expected);
  });
});
