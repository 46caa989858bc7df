import { beforeEach, expect, test } from "vitest";
import type { Pod, PodSpec } from "../../../shared/kubernetes/types.ts";
import {
  CSIDrivers,
  Nodes,
  PersistentVolumeClaims,
  PersistentVolumes,
  Pods,
  VolumeAttachments,
  VolumeAttributesClasses,
} from "../../api/resources.ts";
import { createClient } from "../../client/client.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { attachDetachController } from "./attachDetach.ts";
import { attachmentName } from "./attachments.ts";
import { ephemeralVolumeController } from "./ephemeral.ts";
import { attributesClassProtection, claimProtection } from "./protection.ts";

let cluster: FakeCluster;

beforeEach(async () => {
  cluster = new FakeCluster();
  await cluster.start(attachDetachController, ephemeralVolumeController, claimProtection, attributesClassProtection);
});

async function makePod(name: string, spec: Partial<PodSpec>): Promise<Pod> {
  const made = cluster.api.put(Pods, { metadata: { name, namespace: "default" }, spec: { containers: [], ...spec } });
  await cluster.settle();
  return made;
}

const spec = { accessModes: ["ReadWriteOnce" as const], resources: { requests: { storage: "1Gi" } } };
const template = { metadata: { labels: { app: "web" } }, spec };
const claim = (name: string) => cluster.api.get(PersistentVolumeClaims, `default/${name}`);
const useClaim = (claimName: string, nodeName?: string): Partial<PodSpec> => ({
  ...(nodeName ? { nodeName } : {}),
  volumes: [{ name: "v", persistentVolumeClaim: { claimName } }],
});

test("a pod's ephemeral volume gets a claim that belongs to the pod", async () => {
  const pod = await makePod("p", { volumes: [{ name: "scratch", ephemeral: { volumeClaimTemplate: template } }] });
  expect(claim("p-scratch")).toMatchObject({
    metadata: {
      labels: { app: "web" },
      ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "p", uid: pod.metadata.uid, controller: true, blockOwnerDeletion: true }],
    },
    spec,
  });
  cluster.api.remove(PersistentVolumeClaims, "default/p-scratch");
  await cluster.settle();
  expect(claim("p-scratch")).toBeDefined();
});

test("a claim of the same name that is not the pod's is a conflict", async () => {
  cluster.api.put(PersistentVolumeClaims, { metadata: { name: "p-scratch", namespace: "default" }, spec });
  const pod = await makePod("p", { volumes: [{ name: "scratch", ephemeral: { volumeClaimTemplate: template } }] });
  expect(cluster.eventsOf(pod)).toEqual([
    "Warning FailedBinding ephemeral volume scratch: PVC default/p-scratch was not created for pod default/p (pod is not owner)",
  ]);
});

test.each<[string, Partial<PodSpec>, object, boolean]>([
  ["on a node", useClaim("c", "node-1"), {}, true],
  ["that ended on a node", useClaim("c", "node-1"), { phase: "Succeeded" }, true],
  ["that is not on a node yet", useClaim("c"), {}, false],
  ["of another claim", useClaim("d", "node-1"), {}, false],
])("a claim that is deleted is kept for a pod %s: %#", async (_, podSpec, status, kept) => {
  cluster.api.put(PersistentVolumeClaims, { metadata: { name: "c", namespace: "default", finalizers: ["kubernetes.io/pvc-protection"] }, spec });
  cluster.api.put(Pods, { metadata: { name: "p", namespace: "default" }, spec: { containers: [], ...podSpec }, status });
  await cluster.settle();
  await createClient(cluster.api).resource(PersistentVolumeClaims).delete({ namespace: "default", name: "c" });
  await cluster.settle();
  expect(claim("c") !== undefined).toBe(kept);
});

test("a claim without its finalizer gets it", async () => {
  cluster.api.put(PersistentVolumeClaims, { metadata: { name: "c", namespace: "default" }, spec });
  await cluster.settle();
  expect(claim("c")!.metadata.finalizers).toEqual(["kubernetes.io/pvc-protection"]);
});

test("a class of volume attributes stays while a claim has it", async () => {
  cluster.api.put(VolumeAttributesClasses, { metadata: { name: "fast", finalizers: ["kubernetes.io/vac-protection"] }, driverName: "d" });
  cluster.api.put(PersistentVolumeClaims, { metadata: { name: "c", namespace: "default" }, spec: { ...spec, volumeAttributesClassName: "fast" } });
  await cluster.settle();
  await createClient(cluster.api).resource(VolumeAttributesClasses).delete({ name: "fast" });
  await cluster.settle();
  expect(cluster.api.get(VolumeAttributesClasses, "fast")).toBeDefined();
  cluster.api.remove(PersistentVolumeClaims, "default/c");
  await cluster.settle();
  expect(cluster.api.get(VolumeAttributesClasses, "fast")).toBeUndefined();
});

async function makeCsiVolume(driver = "ext.example.com"): Promise<void> {
  for (const name of ["node-1", "node-2"]) cluster.api.put(Nodes, { metadata: { name } });
  cluster.api.put(PersistentVolumes, {
    metadata: { name: "v" },
    spec: { accessModes: ["ReadWriteOnce"], csi: { driver, volumeHandle: "h" }, claimRef: { namespace: "default", name: "c" } },
    status: { phase: "Bound" },
  });
  cluster.api.put(PersistentVolumeClaims, { metadata: { name: "c", namespace: "default" }, spec: { volumeName: "v" }, status: { phase: "Bound" } });
  await cluster.settle();
}

const attachments = () => cluster.api.all(VolumeAttachments).map(({ spec: { nodeName } }) => nodeName);

test("a CSI volume is attached to the node of its pod, shown in the node's status, and detached after the pod", async () => {
  await makeCsiVolume();
  const pod = await makePod("p", useClaim("c", "node-1"));
  const name = attachmentName("h", "ext.example.com", "node-1");
  expect(cluster.api.get(VolumeAttachments, name)!.spec).toEqual({
    attacher: "ext.example.com",
    nodeName: "node-1",
    source: { persistentVolumeName: "v" },
  });
  cluster.api.change(VolumeAttachments, { name }, (draft) => {
    draft.status = { attached: true };
  });
  await cluster.settle();
  expect(cluster.api.get(Nodes, "node-1")!.status!.volumesAttached).toEqual([{ name: "kubernetes.io/csi/ext.example.com^h", devicePath: "" }]);
  expect(cluster.eventsOf(pod)).toEqual(['Normal SuccessfulAttachVolume AttachVolume.Attach succeeded for volume "v" ']);
  cluster.api.remove(Pods, "default/p");
  await cluster.settle();
  expect(attachments()).toEqual([]);
  expect(cluster.api.get(Nodes, "node-1")!.status!.volumesAttached).toEqual([]);
});

test("an exclusive volume is not attached twice: the second pod is told, and gets it after the first", async () => {
  await makeCsiVolume();
  await makePod("first", useClaim("c", "node-1"));
  const second = await makePod("second", useClaim("c", "node-2"));
  expect(attachments()).toEqual(["node-1"]);
  expect(cluster.eventsOf(second)).toEqual(['Warning FailedAttachVolume Multi-Attach error for volume "v" Volume is already used by pod(s) first']);
  cluster.api.remove(Pods, "default/first");
  await cluster.settle();
  expect(attachments()).toEqual(["node-2"]);
});

test("a driver that needs no attaching gets none; attachments of others are left alone", async () => {
  cluster.api.put(CSIDrivers, { metadata: { name: "ext.example.com" }, spec: { attachRequired: false } });
  await makeCsiVolume();
  cluster.api.put(VolumeAttachments, {
    metadata: { name: "by-hand" },
    spec: { attacher: "ext.example.com", nodeName: "node-2", source: { persistentVolumeName: "v" } },
  });
  await makePod("p", useClaim("c", "node-1"));
  expect(attachments()).toEqual(["node-2"]);
});
