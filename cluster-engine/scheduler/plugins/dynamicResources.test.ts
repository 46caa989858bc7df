import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Device, DeviceClaim, ResourceV1ResourceClaim as ResourceClaim } from "../../../shared/kubernetes/types.ts";
import { DeviceClasses, ResourceClaims, ResourceSlices } from "../../api/resources.ts";
import { refusalMessage } from "../decide.ts";
import { node, object, pod, type PodShape, testScheduler } from "../testWorld.ts";

const driver = "gpu.example.com";
const gpus = object(DeviceClasses, { metadata: { name: "gpu" }, spec: {} });

const slice = (nodeName: string, devices: (Partial<Device> & { name: string })[], more: object = {}) =>
  object(ResourceSlices, {
    metadata: { name: `slice-${nodeName}` },
    spec: { driver, nodeName, pool: { name: nodeName, generation: 1, resourceSliceCount: 1 }, devices, ...more },
  });

const claim = (name: string, devices: DeviceClaim, status: object = {}) =>
  object(ResourceClaims, { metadata: { name, namespace: "default" }, spec: { devices }, status });

const one = { requests: [{ name: "gpu", exactly: { deviceClassName: "gpu" } }] };
const several = (count: number): DeviceClaim => ({ requests: [{ name: "gpu", exactly: { deviceClassName: "gpu", count } }] });
const allocatedTo = (nodeName: string, device: string) => ({
  allocation: {
    devices: { results: [{ request: "gpu", driver, pool: nodeName, device }] },
    nodeSelector: { nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: [nodeName] }] }] },
  },
});

const using = (...claims: string[]): PodShape => ({ spec: { resourceClaims: claims.map((name) => ({ name, resourceClaimName: name })) } });

const world = (objects: KubeObject[]) => testScheduler([node("a"), node("b")], [gpus, ...objects]);
const place = (shape: PodShape, objects: KubeObject[]) => {
  const decision = world(objects).decide(pod(shape));
  return decision.node?.name ?? refusalMessage(decision);
};
const none = (reason: string) => `0/2 nodes are available: ${reason}.`;
const cannot = none("2 cannot allocate all claims");

/** The devices that a pod's claims are given on the chosen node. */
function given(shape: PodShape, objects: KubeObject[]): string[] {
  const scheduler = world(objects);
  const { attempt, node: chosen } = scheduler.decide(pod(shape));
  for (const { run } of attempt.runs("reserve")) run.reserve?.(chosen!);
  const claims = objects.filter(({ kind }) => kind === "ResourceClaim") as ResourceClaim[];
  return claims.flatMap(
    (each) => scheduler.devices.pending(each)?.status?.allocation?.devices?.results?.map(({ request, device }) => `${request}=${device}`) ?? [],
  );
}

describe("a pod with claims for devices", () => {
  test.each<[string, PodShape, KubeObject[], string]>([
    ["goes where a device is", using("c"), [claim("c", one), slice("b", [{ name: "g" }])], "b"],
    ["waits for a device", using("c"), [claim("c", one)], cannot],
    [
      "does not get a device that another claim has",
      using("c"),
      [claim("c", one), claim("d", one, allocatedTo("b", "g")), slice("b", [{ name: "g" }])],
      cannot,
    ],
    ["goes where its claim was given a device", using("c"), [claim("c", one, allocatedTo("b", "g"))], "b"],
    [
      "needs as many as it asks for",
      using("c"),
      [claim("c", several(2)), slice("a", [{ name: "g" }]), slice("b", [{ name: "g" }, { name: "h" }])],
      "b",
    ],
    ["waits for a claim that is missing", using("c"), [], none('resourceclaim.resource.k8s.io "c" not found')],
    [
      "waits for a class that is missing",
      using("c"),
      [claim("c", { requests: [{ name: "r", exactly: { deviceClassName: "fpga" } }] })],
      none("request r: device class fpga does not exist"),
    ],
    [
      "waits for a claim from a template",
      { name: "t", spec: { resourceClaims: [{ name: "x", resourceClaimTemplateName: "y" }] } },
      [],
      none('pod "default/t": ResourceClaim not created yet'),
    ],
    [
      "keeps off tainted devices",
      using("c"),
      [claim("c", one), slice("a", [{ name: "g", taints: [{ key: "broken", effect: "NoSchedule" }] }]), slice("b", [{ name: "g" }])],
      "b",
    ],
    [
      "ignores pools that are not complete",
      using("c"),
      [claim("c", one), slice("b", [{ name: "g" }], { pool: { name: "b", generation: 1, resourceSliceCount: 2 } })],
      cannot,
    ],
    [
      "does not share what its pool has no more of",
      using("c"),
      [
        claim("c", several(2)),
        slice(
          "b",
          ["g", "h"].map((name) => ({ name, consumesCounters: [{ counterSet: "set", counters: { memory: { value: "6Gi" } } }] })),
          { sharedCounters: [{ name: "set", counters: { memory: { value: "8Gi" } } }] },
        ),
      ],
      cannot,
    ],
  ])("%s", (_, shape, objects, expected) => expect(place(shape, objects)).toBe(expected));
});

describe("the devices given", () => {
  const attribute = (name: string, rack: string): Device => ({ name, attributes: { rack: { string: rack } } });
  const racks = slice("a", [attribute("g1", "x"), attribute("g2", "y"), attribute("g3", "x")]);
  const pair = (constraint: object): DeviceClaim => ({ ...several(2), constraints: [constraint] });
  test.each<[string, DeviceClaim, KubeObject, string[]]>([
    ["match in an attribute", pair({ matchAttribute: `${driver}/rack` }), racks, ["gpu=g1", "gpu=g3"]],
    ["differ in an attribute", pair({ distinctAttribute: `${driver}/rack` }), racks, ["gpu=g1", "gpu=g2"]],
    [
      "are all that there are",
      { requests: [{ name: "gpu", exactly: { deviceClassName: "gpu", allocationMode: "All" } }] },
      racks,
      ["gpu=g1", "gpu=g2", "gpu=g3"],
    ],
    [
      "are of the first choice that can be met",
      {
        requests: [
          {
            name: "gpu",
            firstAvailable: [
              { name: "four", deviceClassName: "gpu", count: 4 },
              { name: "two", deviceClassName: "gpu", count: 2 },
            ],
          },
        ],
      },
      racks,
      ["gpu/two=g1", "gpu/two=g2"],
    ],
    [
      "are chosen anew when the first ones leave nothing for the next request",
      {
        requests: [
          { name: "any", exactly: { deviceClassName: "gpu" } },
          { name: "x", exactly: { deviceClassName: "gpu", count: 2 } },
        ],
        constraints: [{ requests: ["x"], matchAttribute: `${driver}/rack` }],
      },
      racks,
      ["any=g2", "x=g1", "x=g3"],
    ],
  ])("%s", (_, devices, offered, expected) => expect(given(using("c"), [claim("c", devices), offered])).toEqual(expected));
});
