import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Pod } from "../../../shared/kubernetes/types.ts";
import {
  CSIDrivers,
  CSINodes,
  CSIStorageCapacities,
  PersistentVolumeClaims,
  PersistentVolumes,
  StorageClasses,
  VolumeAttachments,
} from "../../api/resources.ts";
import { refusalMessage } from "../decide.ts";
import { node, type NodeWithPods, object, pod, type PodShape, testScheduler } from "../testWorld.ts";

interface ClaimShape {
  volume?: string;
  storageClass?: string;
  size?: string;
  modes?: string[];
  annotations?: Record<string, string>;
  metadata?: Record<string, unknown>;
  status?: object;
}

const claim = (name: string, { volume, storageClass, size = "1Gi", modes = ["ReadWriteOnce"], annotations, metadata, status }: ClaimShape = {}) =>
  object(PersistentVolumeClaims, {
    metadata: {
      name,
      namespace: "default",
      annotations: { ...(volume && { "pv.kubernetes.io/bind-completed": "yes" }), ...annotations },
      ...metadata,
    },
    spec: { volumeName: volume, storageClassName: storageClass, accessModes: modes, resources: { requests: { storage: size } } },
    status: status ?? {},
  });

const nodeAffinity = (...names: string[]) => ({
  required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: names }] }] },
});

interface VolumeShape {
  nodes?: string[];
  size?: string;
  storageClass?: string;
  labels?: Record<string, string>;
  csi?: string;
  claimRef?: object;
}

const volume = (name: string, { nodes, size = "1Gi", storageClass = "", labels, csi, claimRef }: VolumeShape = {}) =>
  object(PersistentVolumes, {
    metadata: { name, labels },
    spec: {
      capacity: { storage: size },
      accessModes: ["ReadWriteOnce"],
      storageClassName: storageClass,
      ...(claimRef && { claimRef }),
      ...(nodes && { nodeAffinity: nodeAffinity(...nodes) }),
      ...(csi && { csi: { driver: csi, volumeHandle: name } }),
    },
    status: { phase: "Available" },
  });

const waiting = (name: string, provisioner = "kubernetes.io/no-provisioner", more: object = {}) =>
  object(StorageClasses, { metadata: { name }, provisioner, volumeBindingMode: "WaitForFirstConsumer", ...more });
const immediate = object(StorageClasses, { metadata: { name: "now" }, provisioner: "p", volumeBindingMode: "Immediate" });

const using = (...claims: string[]): PodShape => ({
  spec: { volumes: claims.map((name) => ({ name, persistentVolumeClaim: { claimName: name } })) },
});
const disk = (pdName: string, readOnly = false): PodShape => ({ spec: { volumes: [{ name: "d", gcePersistentDisk: { pdName, readOnly } }] } });

const place = (shape: PodShape, nodes: NodeWithPods[], objects: KubeObject[]) => {
  const decision = testScheduler(nodes, objects).decide(pod(shape));
  return decision.node?.name ?? refusalMessage(decision);
};
const none = (reason: string, nodes = 1) => `0/${nodes} nodes are available: ${reason}.`;
const two = () => [node("a"), node("b")];
const zoned = () => [node("a", { labels: { "topology.kubernetes.io/zone": "x" } }), node("b", { labels: { "topology.kubernetes.io/zone": "y" } })];

describe("a pod with volumes", () => {
  test.each<[string, PodShape, NodeWithPods[], KubeObject[], string]>([
    ["waits for a claim that is missing", using("c"), [node("a")], [], none('persistentvolumeclaim "c" not found')],
    [
      "waits for a claim that is not bound",
      using("c"),
      [node("a")],
      [claim("c", { storageClass: "now" }), immediate],
      none("pod has unbound immediate PersistentVolumeClaims"),
    ],
    [
      "does not take a claim that is being deleted",
      using("c"),
      [node("a")],
      [claim("c", { volume: "v", metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }), volume("v")],
      none('persistentvolumeclaim "c" is being deleted'),
    ],
    [
      "does not take a lost claim",
      using("c"),
      [node("a")],
      [claim("c", { volume: "v", status: { phase: "Lost" } }), volume("v")],
      none('persistentvolumeclaim "c" bound to non-existent persistentvolume "v"'),
    ],
    ["goes where its volume is", using("c"), two(), [claim("c", { volume: "v" }), volume("v", { nodes: ["b"] })], "b"],
    [
      "is told that its volume is elsewhere",
      using("c"),
      [node("a")],
      [claim("c", { volume: "v" }), volume("v", { nodes: ["b"] })],
      none("1 node(s) didn't match PersistentVolume's node affinity"),
    ],
    [
      "goes where a free volume is",
      using("c"),
      two(),
      [claim("c", { storageClass: "local" }), waiting("local"), volume("v", { nodes: ["b"], storageClass: "local" })],
      "b",
    ],
    [
      "is told that no free volume fits",
      using("c"),
      [node("a")],
      [claim("c", { storageClass: "local", size: "2Gi" }), waiting("local"), volume("v", { nodes: ["a"], storageClass: "local" })],
      none("1 node(s) didn't find available persistent volumes to bind"),
    ],
    [
      "goes where a volume can be made",
      using("c"),
      zoned(),
      [
        claim("c", { storageClass: "csi" }),
        waiting("csi", "p", { allowedTopologies: [{ matchLabelExpressions: [{ key: "topology.kubernetes.io/zone", values: ["y"] }] }] }),
      ],
      "b",
    ],
    [
      "goes to the node that was selected for its claim",
      using("c"),
      two(),
      [claim("c", { storageClass: "csi", annotations: { "volume.kubernetes.io/selected-node": "b" } }), waiting("csi", "p")],
      "b",
    ],
    [
      "goes to the zone of its volume",
      using("c"),
      zoned(),
      [claim("c", { volume: "v" }), volume("v", { labels: { "topology.kubernetes.io/zone": "y" } })],
      "b",
    ],
    [
      "is told of the zone",
      using("c"),
      [zoned()[0]!],
      [claim("c", { volume: "v" }), volume("v", { labels: { "topology.kubernetes.io/zone": "y__z" } })],
      none("1 node(s) had no available volume zone"),
    ],
    ["does not share a disk that is written", disk("d"), [node("a", { pods: [disk("d", true)] }), node("b")], [], "b"],
    ["shares a disk that is only read", disk("d", true), [node("a", { pods: [disk("d", true)] })], [], "a"],
    ["is told of the disk", disk("d"), [node("a", { pods: [disk("d")] })], [], none("1 node(s) had no available disk")],
    [
      "does not share a claim for one pod",
      using("c"),
      [node("a", { pods: [using("c")] }), node("b")],
      [claim("c", { volume: "v", modes: ["ReadWriteOncePod"] }), volume("v")],
      none("2 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod", 2),
    ],
  ])("%s", (_, shape, nodes, objects, expected) => expect(place(shape, nodes, objects)).toBe(expected));

  test("owned by another pod is not its own ephemeral volume", () => {
    const ephemeral: PodShape = { name: "p", spec: { volumes: [{ name: "scratch", ephemeral: {} }] } };
    expect(place(ephemeral, [node("a")], [])).toBe(none('waiting for ephemeral volume controller to create the persistentvolumeclaim "p-scratch"'));
    expect(place(ephemeral, [node("a")], [claim("p-scratch", { volume: "v" }), volume("v")])).toBe(
      none("PVC default/p-scratch was not created for pod default/p (pod is not owner)"),
    );
  });
});

describe("storage capacity", () => {
  const objects = (size: string) => [
    claim("c", { storageClass: "csi", size }),
    waiting("csi", "driver"),
    object(CSIDrivers, { metadata: { name: "driver" }, spec: { storageCapacity: true } }),
    object(CSIStorageCapacities, {
      metadata: { name: "cap", namespace: "default" },
      storageClassName: "csi",
      capacity: "10Gi",
      nodeTopology: { matchLabels: { "kubernetes.io/hostname": "b" } },
    }),
  ];
  test.each<[string, string]>([
    ["5Gi", "b"],
    ["20Gi", none("2 node(s) did not have enough free storage", 2)],
  ])("for a claim of %s", (size, expected) => expect(place(using("c"), two(), objects(size))).toBe(expected));
});

describe("limits of CSI volumes a node", () => {
  const limit = (count: number) =>
    object(CSINodes, { metadata: { name: "a" }, spec: { drivers: [{ name: "driver", nodeID: "a", allocatable: { count } }] } });
  const objects = [claim("c1", { volume: "v1" }), volume("v1", { csi: "driver" }), claim("c2", { volume: "v2" }), volume("v2", { csi: "driver" })];
  const attachment = object(VolumeAttachments, {
    metadata: { name: "va" },
    spec: { attacher: "driver", nodeName: "a", source: { persistentVolumeName: "v3" } },
  });
  const busy = () => [node("a", { pods: [using("c1")] })];
  test.each<[string, string, KubeObject[], string]>([
    ["one more fits", "c2", [limit(2)], "a"],
    ["one more is too many", "c2", [limit(1)], none("1 node(s) exceed max volume count")],
    ["the same volume counts once", "c1", [limit(1)], "a"],
    ["what is still attached counts", "c2", [limit(2), attachment, volume("v3", { csi: "driver" })], none("1 node(s) exceed max volume count")],
    ["without a limit all fits", "c2", [], "a"],
  ])("%s", (_, name, more, expected) => expect(place(using(name), busy(), [...objects, ...more])).toBe(expected));
});

test("two pods in a row do not get the same free volume", () => {
  const objects = [
    claim("c1", { storageClass: "local" }),
    claim("c2", { storageClass: "local" }),
    waiting("local"),
    volume("v1", { nodes: ["a"], storageClass: "local" }),
    volume("v2", { nodes: ["b"], storageClass: "local" }),
  ];
  const scheduler = testScheduler(two(), objects);
  const takeNode = (wanted: Pod) => {
    const { attempt, node: chosen } = scheduler.decide(wanted);
    for (const { run } of attempt.runs("reserve")) run.reserve?.(chosen!);
    return chosen!.name;
  };
  expect([takeNode(pod(using("c1"))), takeNode(pod(using("c2")))].sort()).toEqual(["a", "b"]);
});
