import { beforeEach, expect, test } from "vitest";
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from "../../../shared/kubernetes/types.ts";
import { PersistentVolumeClaims, PersistentVolumes, Pods, StorageClasses } from "../../api/resources.ts";
import { createClient } from "../../client/client.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { claimBinder } from "./binder.ts";
import { defaultClass, findVolume } from "./binding.ts";
import { volumePhases } from "./phases.ts";
import { claimProtection, volumeProtection } from "./protection.ts";

let cluster: FakeCluster;

beforeEach(async () => {
  cluster = new FakeCluster();
  await cluster.start(claimBinder, volumePhases, claimProtection, volumeProtection);
});

async function makeVolume(name: string, size = "2Gi", spec: Partial<NonNullable<PersistentVolume["spec"]>> = {}): Promise<void> {
  cluster.api.put(PersistentVolumes, {
    metadata: { name, finalizers: ["kubernetes.io/pv-protection"] },
    spec: { capacity: { storage: size }, accessModes: ["ReadWriteOnce"], storageClassName: "m", ...spec },
  });
  await cluster.settle();
}

async function makeClaim(spec: Partial<NonNullable<PersistentVolumeClaim["spec"]>> = {}): Promise<PersistentVolumeClaim> {
  const made = cluster.api.put(PersistentVolumeClaims, {
    metadata: { name: "c", namespace: "default", finalizers: ["kubernetes.io/pvc-protection"] },
    spec: { accessModes: ["ReadWriteOnce"], storageClassName: "m", resources: { requests: { storage: "1Gi" } }, ...spec },
    status: { phase: "Pending" },
  });
  await cluster.settle();
  return made;
}

const claim = () => cluster.api.get(PersistentVolumeClaims, "default/c");
const volume = (name: string) => cluster.api.get(PersistentVolumes, name);

test("a claim gets the smallest volume that is large enough; both say so", async () => {
  for (const [name, size] of [
    ["large", "5Gi"],
    ["small", "512Mi"],
    ["right", "2Gi"],
  ] as const)
    await makeVolume(name, size);
  const made = await makeClaim();
  expect(claim()).toMatchObject({
    metadata: { annotations: { "pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes" } },
    spec: { volumeName: "right" },
    status: { phase: "Bound", accessModes: ["ReadWriteOnce"], capacity: { storage: "2Gi" } },
  });
  expect(volume("right")).toMatchObject({
    spec: { claimRef: { kind: "PersistentVolumeClaim", namespace: "default", name: "c", uid: made.metadata.uid } },
    status: { phase: "Bound" },
  });
  expect(volume("large")!.status).toEqual({ phase: "Available" });
});

test("a claim waits, saying for what, until a volume comes", async () => {
  const made = await makeClaim();
  expect(cluster.eventsOf(made)).toEqual(['Warning ProvisioningFailed storageclass.storage.k8s.io "m" not found']);
  await makeVolume("late");
  expect(claim()!.status!.phase).toBe("Bound");
});

test.each([
  ["without a class", "", undefined, "Normal FailedBinding no persistent volumes available for this claim and no storage class is set"],
  [
    "that waits for its consumer",
    "w",
    { provisioner: "p", volumeBindingMode: "WaitForFirstConsumer" as const },
    "Normal WaitForFirstConsumer waiting for first consumer to be created before binding",
  ],
])("a claim %s says so", async (_, storageClassName, storageClass, event) => {
  if (storageClass) cluster.api.put(StorageClasses, { metadata: { name: storageClassName }, ...storageClass });
  const made = await makeClaim({ storageClassName });
  expect(cluster.eventsOf(made)).toEqual([event]);
});

test("an external provisioner is asked by annotation", async () => {
  cluster.api.put(StorageClasses, { metadata: { name: "m" }, provisioner: "ext.example.com/p" });
  const made = await makeClaim();
  expect(claim()!.metadata.annotations).toMatchObject({ "volume.kubernetes.io/storage-provisioner": "ext.example.com/p" });
  expect(cluster.eventsOf(made)[0]).toContain(
    "ExternalProvisioning Waiting for a volume to be created either by the external provisioner 'ext.example.com/p'",
  );
});

test("a claim in use stays until its pod is gone, and leaves its volume released", async () => {
  await makeVolume("v");
  await makeClaim();
  cluster.api.put(Pods, {
    metadata: { name: "p", namespace: "default" },
    spec: { nodeName: "node-1", containers: [], volumes: [{ name: "data", persistentVolumeClaim: { claimName: "c" } }] },
  });
  const remove = (name: string) =>
    createClient(cluster.api)
      .resource(name === "c" ? PersistentVolumeClaims : (PersistentVolumes as never))
      .delete({ namespace: "default", name });
  await remove("c");
  await cluster.settle();
  expect(claim()).toBeDefined();
  cluster.api.remove(Pods, "default/p");
  await cluster.settle();
  expect(claim()).toBeUndefined();
  expect(volume("v")!.status!.phase).toBe("Released");
  await createClient(cluster.api).resource(PersistentVolumes).delete({ name: "v" });
  await cluster.settle();
  expect(volume("v")).toBeUndefined();
});

test("a claim of a class that waits says which pods are to be scheduled first", async () => {
  cluster.api.put(StorageClasses, { metadata: { name: "w" }, provisioner: "p", volumeBindingMode: "WaitForFirstConsumer" });
  const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "c" } }];
  for (const name of ["p1", "p2"]) cluster.api.put(Pods, { metadata: { name, namespace: "default" }, spec: { containers: [], volumes } });
  const made = await makeClaim({ storageClassName: "w" });
  expect(cluster.eventsOf(made)).toEqual(["Normal WaitForPodScheduled waiting for pods p1,p2 to be scheduled"]);
});

test("a class that waits leaves volumes to the scheduler, and takes the one that it reserves", async () => {
  cluster.api.put(StorageClasses, {
    metadata: { name: "m" },
    provisioner: "kubernetes.io/no-provisioner",
    volumeBindingMode: "WaitForFirstConsumer",
  });
  await makeVolume("v");
  const made = await makeClaim();
  expect(claim()!.status!.phase).toBe("Pending");
  cluster.api.change(PersistentVolumes, { name: "v" }, (draft) => {
    draft.spec!.claimRef = { kind: "PersistentVolumeClaim", namespace: "default", name: "c", uid: made.metadata.uid };
    draft.metadata.annotations = { "pv.kubernetes.io/bound-by-controller": "yes" };
  });
  await cluster.settle();
  expect(claim()).toMatchObject({ spec: { volumeName: "v" }, status: { phase: "Bound" } });
  expect(volume("v")!.status!.phase).toBe("Bound");
});

test("a claim without a class gets the default class once there is one; one that wants none does not", async () => {
  await makeClaim({ storageClassName: undefined });
  cluster.api.put(PersistentVolumeClaims, { metadata: { name: "none", namespace: "default" }, spec: { storageClassName: "" } });
  cluster.api.put(StorageClasses, {
    metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "p",
  });
  await cluster.settle();
  expect(claim()!.spec!.storageClassName).toBe("standard");
  expect(cluster.api.get(PersistentVolumeClaims, "default/none")!.spec!.storageClassName).toBe("");
});

test("the default class is the newest that is marked, then the first by name", () => {
  const made = (name: string, day: number, marked = "true") =>
    ({
      metadata: {
        name,
        creationTimestamp: `2026-01-0${day}T00:00:00Z`,
        annotations: { "storageclass.kubernetes.io/is-default-class": marked },
      },
    }) as unknown as StorageClass;
  expect(defaultClass([made("a", 1), made("c", 2), made("b", 2), made("d", 3, "false")])?.metadata.name).toBe("b");
  expect(defaultClass([made("d", 3, "false")])).toBeUndefined();
});

test.each<[string, object, object, string]>([
  [
    "is too small",
    {},
    { resources: { requests: { storage: "9Gi" } } },
    'Warning VolumeMismatch Cannot bind to requested volume "v": requested PV is too small',
  ],
  ["has another class", { storageClassName: "x" }, {}, 'Warning VolumeMismatch Cannot bind to requested volume "v": storageClassName does not match'],
  ["has another mode", { volumeMode: "Block" }, {}, 'Warning VolumeMismatch Cannot bind to requested volume "v": incompatible volumeMode'],
  ["is used otherwise", { accessModes: ["ReadOnlyMany"] }, {}, 'Warning VolumeMismatch Cannot bind to requested volume "v": incompatible accessMode'],
  [
    "belongs to another claim",
    { claimRef: { namespace: "default", name: "other", uid: "o" } },
    {},
    'Warning FailedBinding volume "v" already bound to a different claim.',
  ],
])("a claim that names a volume which %s waits and says so", async (_, volumeSpec, claimSpec, event) => {
  await makeVolume("v", "2Gi", volumeSpec);
  const made = await makeClaim({ volumeName: "v", ...claimSpec });
  expect(claim()!.status!.phase).toBe("Pending");
  expect(cluster.eventsOf(made)).toEqual([event]);
});

test("a claim that names its volume is bound to it, and keeps that it chose itself", async () => {
  await makeVolume("v");
  await makeClaim({ volumeName: "v" });
  expect(claim()).toMatchObject({ metadata: { annotations: { "pv.kubernetes.io/bind-completed": "yes" } }, status: { phase: "Bound" } });
  expect(claim()!.metadata.annotations!["pv.kubernetes.io/bound-by-controller"]).toBeUndefined();
});

test.each<[string, Record<string, string>, object, string, string]>([
  ["Recycle", {}, {}, "Failed", "Warning VolumeFailedRecycle No recycler plugin found for the volume!"],
  [
    "Delete",
    {},
    { nfs: { server: "s", path: "/" } },
    "Failed",
    'Warning VolumeFailedDelete error getting deleter volume plugin for volume "v": no deletable volume plugin matched',
  ],
  ["Delete", { "pv.kubernetes.io/provisioned-by": "ext.example.com/p" }, { nfs: { server: "s", path: "/" } }, "Released", ""],
  ["Retain", {}, { nfs: { server: "s", path: "/" } }, "Released", ""],
])("a released volume with the policy %s, annotations %o and source %o ends as %s", async (policy, annotations, place, phase, event) => {
  const made = cluster.api.put(PersistentVolumes, {
    metadata: { name: "v", annotations },
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: policy as "Delete",
      claimRef: { namespace: "default", name: "gone", uid: "g" },
      ...place,
    },
    status: { phase: "Bound" },
  });
  await cluster.settle();
  expect(volume("v")!.status!.phase).toBe(phase);
  expect(cluster.eventsOf(made)).toEqual(event ? [event] : []);
});

test("a volume that the controller meant for a claim which took another is free again", async () => {
  await makeVolume("v");
  const made = await makeClaim();
  await makeVolume("w", "2Gi", { claimRef: { namespace: "default", name: "c", uid: made.metadata.uid } });
  cluster.api.change(PersistentVolumes, { name: "w" }, (draft) => {
    draft.metadata.annotations = { "pv.kubernetes.io/bound-by-controller": "yes" };
  });
  await cluster.settle();
  await cluster.step(2000);
  expect(volume("w")!.spec!.claimRef?.uid).toBeUndefined();
  expect(volume("w")!.status!.phase).toBe("Available");
});

test("a claim that loses its volume is told", async () => {
  await makeVolume("v");
  const made = await makeClaim();
  cluster.api.remove(PersistentVolumes, "v");
  await cluster.settle();
  expect(claim()!.status!.phase).toBe("Lost");
  expect(cluster.eventsOf(made)).toContain("Warning ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!");
});

const pv = (spec: object, more: object = {}): PersistentVolume =>
  ({
    metadata: { name: "v", labels: { zone: "a" } },
    spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], storageClassName: "m", ...spec },
    status: { phase: "Available" },
    ...more,
  }) as unknown as PersistentVolume;
const pvc = (spec: object = {}): PersistentVolumeClaim =>
  ({
    metadata: { name: "c", namespace: "n", uid: "1" },
    spec: { accessModes: ["ReadWriteOnce"], storageClassName: "m", resources: { requests: { storage: "1Gi" } }, ...spec },
  }) as unknown as PersistentVolumeClaim;

test.each<[string, PersistentVolume, PersistentVolumeClaim, boolean]>([
  ["the same class, size and mode", pv({}), pvc(), true],
  ["too small", pv({ capacity: { storage: "1000Mi" } }), pvc(), false],
  ["another class", pv({ storageClassName: "" }), pvc(), false],
  ["another access mode", pv({}), pvc({ accessModes: ["ReadWriteMany"] }), false],
  ["another volume mode", pv({ volumeMode: "Block" }), pvc(), false],
  ["a selector that matches", pv({}), pvc({ selector: { matchLabels: { zone: "a" } } }), true],
  ["a selector that does not", pv({}), pvc({ selector: { matchLabels: { zone: "b" } } }), false],
  ["reserved for another claim", pv({ claimRef: { namespace: "n", name: "other" } }), pvc(), false],
  ["reserved for this claim, whatever its class", pv({ claimRef: { namespace: "n", name: "c" }, storageClassName: "x" }), pvc(), true],
  ["reserved for a former claim of the name", pv({ claimRef: { namespace: "n", name: "c", uid: "0" } }), pvc(), false],
  ["being deleted", pv({}, { metadata: { name: "v", deletionTimestamp: "2026-01-01T00:00:00Z" } }), pvc(), false],
])("a volume with %s", (_, candidate, wanting, expected) => {
  expect(findVolume(wanting, [candidate]) !== undefined).toBe(expected);
});
