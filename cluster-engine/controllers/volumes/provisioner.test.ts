import { beforeEach, describe, expect, test } from "vitest";
import type { PersistentVolumeClaim } from "../../../shared/kubernetes/types.ts";
import { Nodes, PersistentVolumeClaims, PersistentVolumes, StorageClasses } from "../../api/resources.ts";
import { createClient } from "../../client/client.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { claimBinder } from "./binder.ts";
import { expandController } from "./expansion.ts";
import { FakeStorage } from "./fakeStorage.ts";
import { volumePhases } from "./phases.ts";
import { claimProtection, volumeProtection } from "./protection.ts";
import { volumeProvisioner } from "./provisioner.ts";

let cluster: FakeCluster;
let storage: FakeStorage;

beforeEach(async () => {
  storage = new FakeStorage();
  cluster = new FakeCluster({ volumes: storage });
  cluster.api.put(Nodes, { metadata: { name: "node-1", labels: { "kubernetes.io/hostname": "node-1" } } });
  await cluster.start(claimBinder, volumePhases, claimProtection, volumeProtection, volumeProvisioner, expandController);
});

async function makeClaim(annotations: Record<string, string> = {}): Promise<PersistentVolumeClaim> {
  const made = cluster.api.put(PersistentVolumeClaims, {
    metadata: { name: "c", namespace: "default", annotations, finalizers: ["kubernetes.io/pvc-protection"] },
    spec: { accessModes: ["ReadWriteOnce"], storageClassName: "standard", resources: { requests: { storage: "1Gi" } } },
    status: { phase: "Pending" },
  });
  await cluster.settle();
  return made;
}

/** As the scheduler does. */
async function selectNode(name: string): Promise<void> {
  cluster.api.change(PersistentVolumeClaims, { namespace: "default", name: "c" }, (draft) => {
    draft.metadata.annotations = { ...draft.metadata.annotations, "volume.kubernetes.io/selected-node": name };
  });
  await cluster.settle();
}

const claim = () => cluster.api.get(PersistentVolumeClaims, "default/c");
const volumeOf = ({ metadata }: PersistentVolumeClaim) => cluster.api.get(PersistentVolumes, `pvc-${metadata.uid}`);

test("a cluster has the provider's class as its default", () => {
  expect(cluster.api.get(StorageClasses, "standard")).toMatchObject({ provisioner: "wherry.dev/local", allowVolumeExpansion: true });
});

test("a claim gets a volume of its own once the scheduler has chosen a node", async () => {
  const made = await makeClaim();
  expect(storage.requests).toEqual([]);
  await selectNode("node-1");
  expect(storage.requests.map(({ node }) => node?.metadata.name)).toEqual(["node-1"]);
  expect(volumeOf(made)).toMatchObject({
    metadata: {
      annotations: { "pv.kubernetes.io/provisioned-by": "wherry.dev/local" },
      finalizers: ["external-provisioner.volume.kubernetes.io/finalizer", "kubernetes.io/pv-protection"],
    },
    spec: {
      capacity: { storage: "1Gi" },
      storageClassName: "standard",
      persistentVolumeReclaimPolicy: "Delete",
      local: { path: `/volumes/pvc-${made.metadata.uid}` },
      claimRef: { namespace: "default", name: "c", uid: made.metadata.uid },
    },
    status: { phase: "Bound" },
  });
  expect(claim()).toMatchObject({ spec: { volumeName: `pvc-${made.metadata.uid}` }, status: { phase: "Bound", capacity: { storage: "1Gi" } } });
  const events = cluster.eventsOf(made);
  expect(events.map((event) => event.split(" ")[1] ?? "").toSorted((a, b) => a.localeCompare(b))).toEqual([
    "ExternalProvisioning",
    "Provisioning",
    "ProvisioningSucceeded",
    "WaitForFirstConsumer",
  ]);
  expect(events).toContain('Normal Provisioning External provisioner is provisioning volume for claim "default/c"');
  expect(events).toContain(`Normal ProvisioningSucceeded Successfully provisioned volume pvc-${made.metadata.uid}`);
});

test("a failure is told and tried again", async () => {
  storage.failure = "disk full";
  const made = await makeClaim();
  await selectNode("node-1");
  expect(cluster.eventsOf(made)).toContain('Warning ProvisioningFailed failed to provision volume with StorageClass "standard": disk full');
  storage.failure = undefined;
  await cluster.step(60_000);
  expect(claim()!.status!.phase).toBe("Bound");
});

test("a chosen node that is gone is given back to the scheduler", async () => {
  const made = await makeClaim();
  await selectNode("node-9");
  expect(claim()!.metadata.annotations!["volume.kubernetes.io/selected-node"]).toBeUndefined();
  expect(cluster.eventsOf(made)).toContain('Warning ProvisioningFailed failed to get target node: node "node-9" not found');
});

describe("with a bound claim", () => {
  let made: PersistentVolumeClaim;

  beforeEach(async () => {
    made = await makeClaim();
    await selectNode("node-1");
  });

  const deleteClaim = async () => {
    await createClient(cluster.api).resource(PersistentVolumeClaims).delete({ namespace: "default", name: "c" });
    await cluster.settle();
  };

  const grow = async (size: string) => {
    cluster.api.change(PersistentVolumeClaims, { namespace: "default", name: "c" }, (draft) => {
      draft.spec!.resources!.requests!["storage"] = size;
    });
    await cluster.settle();
  };

  test("data and volume go with the claim", async () => {
    await deleteClaim();
    expect(storage.deleted).toEqual([`pvc-${made.metadata.uid}`]);
    expect(volumeOf(made)).toBeUndefined();
  });

  test("data stays with the policy Retain", async () => {
    cluster.api.change(PersistentVolumes, { name: `pvc-${made.metadata.uid}` }, (draft) => {
      draft.spec!.persistentVolumeReclaimPolicy = "Retain";
    });
    await deleteClaim();
    expect(storage.deleted).toEqual([]);
    expect(volumeOf(made)!.status!.phase).toBe("Released");
  });

  test("a volume whose data can't be deleted stays, and is tried again", async () => {
    storage.failure = "busy";
    await deleteClaim();
    expect(cluster.eventsOf(volumeOf(made)!)).toContain("Warning VolumeFailedDelete busy");
    storage.failure = undefined;
    await cluster.step(60_000);
    expect(volumeOf(made)).toBeUndefined();
  });

  test("a volume that is deleted first waits for its claim", async () => {
    await createClient(cluster.api)
      .resource(PersistentVolumes)
      .delete({ name: `pvc-${made.metadata.uid}` });
    await cluster.settle();
    expect(volumeOf(made)!.metadata.deletionTimestamp).toBeDefined();
    expect(claim()!.status!.phase).toBe("Bound");
    await deleteClaim();
    expect(storage.deleted).toEqual([`pvc-${made.metadata.uid}`]);
    expect(volumeOf(made)).toBeUndefined();
  });

  test("the volume grows with the claim", async () => {
    await grow("3Gi");
    expect(storage.sizes.get(`pvc-${made.metadata.uid}`)).toBe("3Gi");
    expect(volumeOf(made)!.spec!.capacity).toEqual({ storage: "3Gi" });
    expect(claim()).toMatchObject({
      metadata: { annotations: { "volume.kubernetes.io/storage-resizer": "wherry.dev/local" } },
      status: { phase: "Bound", capacity: { storage: "3Gi" }, allocatedResources: { storage: "3Gi" } },
    });
    expect(claim()!.status!.conditions).toBeUndefined();
    expect(claim()!.status!.allocatedResourceStatuses).toBeUndefined();
    expect(cluster.eventsOf(made)).toContain("Normal VolumeResizeSuccessful ExpandVolume succeeded for volume default/c");
  });

  test("an expansion that fails shows that it is on its way, and goes on", async () => {
    storage.failure = "no room";
    await grow("3Gi");
    expect(claim()!.status).toMatchObject({
      capacity: { storage: "1Gi" },
      allocatedResourceStatuses: { storage: "ControllerResizeInProgress" },
      conditions: [{ type: "Resizing", status: "True" }],
    });
    expect(cluster.eventsOf(made)).toContain("Warning VolumeResizeFailed error expanding pvc default/c: no room");
    storage.failure = undefined;
    await cluster.step(120_000);
    expect(claim()!.status).toMatchObject({ capacity: { storage: "3Gi" } });
    expect(claim()!.status!.conditions).toBeUndefined();
  });
});

test("volumes of others wait for their own resizer", async () => {
  cluster.api.put(PersistentVolumes, {
    metadata: { name: "v" },
    spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], storageClassName: "m", nfs: { server: "s", path: "/" } },
    status: { phase: "Available" },
  });
  const made = cluster.api.put(PersistentVolumeClaims, {
    metadata: { name: "c", namespace: "default" },
    spec: { accessModes: ["ReadWriteOnce"], storageClassName: "m", resources: { requests: { storage: "1Gi" } } },
  });
  await cluster.settle();
  cluster.api.change(PersistentVolumeClaims, { namespace: "default", name: "c" }, (draft) => {
    draft.spec!.resources!.requests!["storage"] = "2Gi";
  });
  await cluster.settle();
  expect(cluster.eventsOf(made)).toContain("Normal ExternalExpanding waiting for an external controller to expand this PVC");
});
