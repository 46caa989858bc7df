import { describe, expect, test } from "vitest";
import { parseSchedulerConfiguration } from "./parse.ts";

const head = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n";
const withArgs = (plugin: string, args: string) => `profiles:\n- pluginConfig:\n  - name: ${plugin}\n    args: ${args}\n`;

test("a configuration is read, YAML or JSON", () => {
  const yaml = `${head}profiles:\n- schedulerName: packing\n  pluginConfig:\n  - name: NodeResourcesFit\n    args: {scoringStrategy: {type: MostAllocated}}\n`;
  expect(parseSchedulerConfiguration(yaml).profiles?.[0]).toEqual({
    schedulerName: "packing",
    pluginConfig: [{ name: "NodeResourcesFit", args: { scoringStrategy: { type: "MostAllocated" } } }],
  });
  expect(
    parseSchedulerConfiguration('{"apiVersion":"kubescheduler.config.k8s.io/v1","kind":"KubeSchedulerConfiguration","percentageOfNodesToScore":30}'),
  ).toMatchObject({ percentageOfNodesToScore: 30 });
});

describe("a wrong field is named:", () => {
  test.each<[string, string]>([
    ["percentageOfNodesToScore: 101", "percentageOfNodesToScore: Invalid value: 101: not in valid range [0-100]"],
    ["podInitialBackoffSeconds: 0", "podInitialBackoffSeconds: Invalid value: 0: must be greater than 0"],
    ["podMaxBackoffSeconds: 0", "podMaxBackoffSeconds: Invalid value: 0: must be greater than or equal to PodInitialBackoffSeconds"],
    ["parallelism: -1", "parallelism: Invalid value: -1: should be an integer value greater than zero"],
    ["profiles: []", "profiles: Required value"],
    ["profiles: [{}, {}]", "profiles[0].schedulerName: Required value\nprofiles[1].schedulerName: Required value"],
    ["profiles: [{schedulerName: a}, {schedulerName: a}]", 'profiles[1].schedulerName: Duplicate value: "a"'],
    ["profiles: [{shedulerName: a}]", "profiles[0].shedulerName: Forbidden: unknown field"],
    [
      "profiles: [{plugins: {filter: {enabled: [{name: Nope}]}}}]",
      'profiles[0].plugins.filter.enabled[0]: Invalid value: "Nope": plugin does not exist',
    ],
    [
      "profiles: [{plugins: {score: {enabled: [{name: NodeName}]}}}]",
      'profiles[0].plugins.score.enabled[0]: Invalid value: "NodeName": plugin does not extend score',
    ],
    [
      withArgs("NodeResourcesFit", "{scoringStrategy: {type: Best}}"),
      'profiles[0].pluginConfig[0].args.scoringStrategy.type: Unsupported value: "Best": supported values: "LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"',
    ],
    [
      withArgs("NodeResourcesFit", "{scoringStrategy: {type: RequestedToCapacityRatio}}"),
      "profiles[0].pluginConfig[0].args.scoringStrategy.requestedToCapacityRatio: Required value: must be specified when type is RequestedToCapacityRatio",
    ],
    [
      withArgs("NodeResourcesFit", "{scoringStrategy: {resources: [{name: cpu, weight: 101}]}}"),
      "profiles[0].pluginConfig[0].args.scoringStrategy.resources[0].weight: Invalid value: 101: resource weight of cpu not in valid range (0, 100]",
    ],
    [
      withArgs("InterPodAffinity", "{hardPodAffinityWeight: 101}"),
      "profiles[0].pluginConfig[0].args.hardPodAffinityWeight: Invalid value: 101: not in valid range [0, 100]",
    ],
    [
      withArgs("PodTopologySpread", "{defaultConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]}"),
      'profiles[0].pluginConfig[0].args.defaultingType: Invalid value: "System": when .defaultConstraints are not empty',
    ],
    [
      withArgs(
        "PodTopologySpread",
        "{defaultingType: List, defaultConstraints: [{maxSkew: 0, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]}",
      ),
      "profiles[0].pluginConfig[0].args.defaultConstraints[0].maxSkew: Invalid value: 0: not in valid range (0, inf)",
    ],
    [
      withArgs("DefaultPreemption", "{minCandidateNodesPercentage: 101}"),
      "profiles[0].pluginConfig[0].args.minCandidateNodesPercentage: Invalid value: 101: not in valid range [0, 100]",
    ],
    [
      withArgs("NodeResourcesBalancedAllocation", "{resources: [{name: cpu, weight: 2}]}"),
      "profiles[0].pluginConfig[0].args.resources[0].weight: Invalid value: 2: must be 1",
    ],
    [
      withArgs("VolumeBinding", "{bindTimeoutSeconds: -1}"),
      "profiles[0].pluginConfig[0].args.bindTimeoutSeconds: Invalid value: -1: invalid BindTimeoutSeconds, should not be a negative value",
    ],
    [withArgs("VolumeBinding", "{kind: OtherArgs}"), 'profiles[0].pluginConfig[0].args.kind: Invalid value: "OtherArgs": has to match plugin args'],
    ["extenders: [{urlPrefix: http://x, prioritizeVerb: p}]", "extenders[0].weight: Invalid value: 0: must have a positive weight applied to it"],
    [
      "extenders: [{urlPrefix: http://x, bindVerb: b}, {urlPrefix: http://y, bindVerb: b}]",
      'extenders: Invalid value: "found 2 extenders implementing bind": only one extender can implement bind',
    ],
    ["extenders: [{urlPrefix: http://x, httpTimeout: soon}]", 'extenders[0].httpTimeout: Invalid value: "soon": time: invalid duration "soon"'],
  ])("%s", (body, message) => expect(() => parseSchedulerConfiguration(head + body)).toThrow(message));

  test("another kind of object", () =>
    expect(() => parseSchedulerConfiguration("kind: Pod")).toThrow(
      'kind: Invalid value: "Pod": must be "KubeSchedulerConfiguration"\napiVersion: Invalid value: "": must be "kubescheduler.config.k8s.io/v1"',
    ));
});
