import fc from "fast-check";
import { expect, test } from "vitest";
import type { PersistentVolume, PersistentVolumeClaim } from "../../../shared/kubernetes/types.ts";
import { Nodes, PersistentVolumeClaims, PersistentVolumes, StorageClasses } from "../../api/resources.ts";
import { createClient } from "../../client/client.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { claimBinder } from "./binder.ts";
import { expandController } from "./expansion.ts";
import { FakeStorage } from "./fakeStorage.ts";
import { volumePhases } from "./phases.ts";
import { claimProtection, volumeProtection } from "./protection.ts";
import { volumeProvisioner } from "./provisioner.ts";

// Whatever users, the scheduler, the API and the storage do, in whichever order: claims and volumes agree with each other.

const names = ["a", "b", "c"] as const;
type Step =
  | { kind: "claim"; name: string; storageClass: string; size: number }
  | { kind: "volume"; name: string; size: number; reservedFor?: string; policy: "Retain" | "Delete" }
  | { kind: "deleteClaim" | "deleteVolume" | "selectNode" | "grow"; name: string }
  | { kind: "refuse"; method: "PUT" | "POST" | "DELETE" | "PATCH"; part: string; times: number }
  | { kind: "storage"; fails: boolean }
  | { kind: "watches" }
  | { kind: "time"; seconds: number };

const name = fc.constantFrom(...names);
const size = fc.integer({ min: 1, max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("claim" as const), name, storageClass: fc.constantFrom("m", "now", "standard"), size }),
  fc.record(
    { kind: fc.constant("volume" as const), name, size, reservedFor: name, policy: fc.constantFrom("Retain" as const, "Delete" as const) },
    { requiredKeys: ["kind", "name", "size", "policy"] },
  ),
  fc.record({ kind: fc.constantFrom("deleteClaim" as const, "deleteVolume" as const, "selectNode" as const, "grow" as const), name }),
  fc.record({
    kind: fc.constant("refuse" as const),
    method: fc.constantFrom("PUT" as const, "POST" as const, "DELETE" as const, "PATCH" as const),
    part: fc.constantFrom("persistentvolumes", "persistentvolumeclaims", "status"),
    times: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ kind: fc.constant("storage" as const), fails: fc.boolean() }),
  fc.constant({ kind: "watches" as const }),
  fc.record({ kind: fc.constant("time" as const), seconds: fc.integer({ min: 1, max: 60 }) }),
);

class World implements Disposable {
  readonly storage = new FakeStorage();
  readonly cluster = new FakeCluster({ volumes: this.storage });

  async start(): Promise<void> {
    const { api } = this.cluster;
    api.put(Nodes, { metadata: { name: "node-1" } });
    api.put(StorageClasses, { metadata: { name: "now" }, provisioner: "wherry.dev/local", reclaimPolicy: "Delete", volumeBindingMode: "Immediate" });
    await this.cluster.start(claimBinder, volumePhases, claimProtection, volumeProtection, volumeProvisioner, expandController);
  }

  claims = (): PersistentVolumeClaim[] => this.cluster.api.all(PersistentVolumeClaims);
  volumes = (): PersistentVolume[] => this.cluster.api.all(PersistentVolumes);
  claim = (key: string) => this.cluster.api.get(PersistentVolumeClaims, `default/${key}`);
  volume = (key: string) => this.cluster.api.get(PersistentVolumes, key);

  async run(each: Step): Promise<void> {
    const { api } = this.cluster;
    if (each.kind === "claim") this.#makeClaim(each);
    else if (each.kind === "volume") this.#makeVolume(each);
    else if (each.kind === "refuse") api.fail(each.method, each.part, new Error("refused"), each.times);
    else if (each.kind === "storage") this.storage.failure = each.fails ? "no" : undefined;
    else if (each.kind === "watches") api.endWatches(new Error("lost"));
    else if (each.kind === "time") await this.cluster.step(each.seconds * 1000);
    else await this.#touch(each);
    await this.cluster.settle();
  }

  #makeClaim({ name: claim, storageClass, size: gi }: Step & { kind: "claim" }): void {
    if (this.claim(claim)) return;
    this.cluster.api.put(PersistentVolumeClaims, {
      metadata: { name: claim, namespace: "default" },
      spec: { accessModes: ["ReadWriteOnce"], storageClassName: storageClass, resources: { requests: { storage: `${gi}Gi` } } },
      status: { phase: "Pending" },
    });
  }

  #makeVolume({ name: volume, size: gi, reservedFor, policy }: Step & { kind: "volume" }): void {
    if (this.volume(volume)) return;
    this.cluster.api.put(PersistentVolumes, {
      metadata: { name: volume },
      spec: {
        capacity: { storage: `${gi}Gi` },
        accessModes: ["ReadWriteOnce"],
        storageClassName: "m",
        persistentVolumeReclaimPolicy: policy,
        nfs: { server: "s", path: "/" },
        ...(reservedFor ? { claimRef: { namespace: "default", name: reservedFor } } : {}),
      },
    });
  }

  async #touch({ kind, name: key }: { kind: string; name: string }): Promise<void> {
    const { api } = this.cluster;
    const client = createClient(api);
    const at = { namespace: "default", name: key };
    if (kind === "deleteVolume" && this.volume(key))
      await client
        .resource(PersistentVolumes)
        .delete({ name: key })
        .catch(() => {});
    const claim = this.claim(key);
    if (!claim || kind === "deleteVolume") return;
    if (kind === "deleteClaim")
      return client
        .resource(PersistentVolumeClaims)
        .delete(at)
        .catch(() => {});
    if (kind === "grow" && (claim.status?.phase !== "Bound" || claim.spec!.storageClassName === "m")) return;
    api.change(PersistentVolumeClaims, at, (draft) => {
      if (kind === "grow") draft.spec!.resources!.requests!["storage"] = "5Gi";
      else draft.metadata.annotations = { ...draft.metadata.annotations, "volume.kubernetes.io/selected-node": "node-1" };
    });
  }

  /** Past every refusal that is still to come. */
  deleteAll(): void {
    for (const { metadata } of this.claims())
      this.cluster.api.change(PersistentVolumeClaims, metadata, (draft) => (draft.metadata.deletionTimestamp = "2026-01-01T00:00:00Z"));
  }

  /** Troubles end, and time passes. */
  async calmDown(): Promise<void> {
    this.storage.failure = undefined;
    for (let i = 0; i < 5; i++) await this.cluster.step(300_000);
  }

  [Symbol.dispose](): void {
    this.cluster[Symbol.dispose]();
  }
}

function expectAgreement(world: World): void {
  const bound = world.claims().filter(({ status }) => status?.phase === "Bound");
  const taken = bound.map(({ spec }) => spec!.volumeName!);
  expect(new Set(taken).size).toBe(taken.length);
  for (const { metadata, spec } of bound) expect(world.volume(spec!.volumeName!)?.spec?.claimRef?.uid).toBe(metadata.uid);
  // Nothing is deleted under a claim.
  expect(world.storage.deleted.filter((deleted) => taken.includes(deleted))).toEqual([]);
}

function expectSettled(world: World): void {
  for (const { metadata, status, spec } of world.claims()) {
    const asked = spec!.storageClassName === "now" || metadata.annotations?.["volume.kubernetes.io/selected-node"];
    if (asked && spec!.storageClassName !== "m") expect(status?.phase).toBe("Bound");
    if (status?.phase === "Bound") expect(status.allocatedResourceStatuses).toBeUndefined();
  }
  for (const volume of world.volumes()) {
    const claim = world.claims().find(({ metadata }) => metadata.uid === volume.spec?.claimRef?.uid);
    expect(volume.status?.phase === "Bound").toBe(claim !== undefined);
  }
}

test("claims and volumes agree at every step, settle when troubles end, and leave no data behind", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      using world = new World();
      await world.start();
      for (const each of steps) {
        await world.run(each);
        expectAgreement(world);
      }
      await world.calmDown();
      expectAgreement(world);
      expectSettled(world);
      world.deleteAll();
      await world.calmDown();
      expect(world.claims()).toEqual([]);
      expect([...world.storage.data]).toEqual([]);
      expect(world.volumes().filter(({ metadata }) => metadata.name.startsWith("pvc-"))).toEqual([]);
    }),
    { numRuns: 60, seed: 7 },
  );
}, 60_000);
