import type { Node, PersistentVolume, PersistentVolumeClaim, StorageClass } from "../../../shared/kubernetes/types.ts";
import type { New } from "../../../shared/kubernetes/object.ts";
import { Nodes, PersistentVolumeClaims, PersistentVolumes, StorageClasses } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { Disposables } from "../../base/disposal.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import type { VolumePlace, VolumeStorage } from "../../cloud/volumes.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import { provisionedBy, provisionerFinalizer, selectedNode, storageProvisioner } from "./annotations.ts";
import { classOf } from "./binding.ts";
import { referenceTo } from "./bindWrites.ts";

/**
 * An external provisioner, as sig-storage-lib-external-provisioner makes them, over the VolumeStorage port: makes volumes
 * for claims of its StorageClasses, and deletes them when their claims are gone. Without the port it does nothing.
 */
export const volumeProvisioner: Controller = {
  name: "volume-provisioner",
  account: "volume-provisioner",
  start(context) {
    const { volumes: storage } = context.inputs;
    const running = new Disposables();
    if (!storage) return running;
    const claims = context.informers.of(PersistentVolumeClaims);
    const volumes = context.informers.of(PersistentVolumes);
    const classes = context.informers.of(StorageClasses);
    const nodes = context.informers.of(Nodes);
    const provisioner = new Provisioner(context, storage, { claims, volumes, classes, nodes });
    running.add(
      runReconciler({
        ...loopOptions(context),
        name: "provision",
        sources: [source(claims)],
        reads: [volumes, classes, nodes],
        reconcile: (key, { client }) => provisioner.provision(client, key),
      }),
    );
    running.add(
      runReconciler({
        ...loopOptions(context),
        name: "delete-volumes",
        sources: [source(volumes)],
        reconcile: (name, { client }) => provisioner.reclaim(client, name),
      }),
    );
    ensureDefaultClass(context, storage);
    return running;
  },
};

interface Caches {
  claims: Informer<PersistentVolumeClaim>;
  volumes: Informer<PersistentVolume>;
  classes: Informer<StorageClass>;
  nodes: Informer<Node>;
}

class Provisioner {
  readonly #context: ControllerContext;
  readonly #storage: VolumeStorage;
  readonly #caches: Caches;

  constructor(context: ControllerContext, storage: VolumeStorage, caches: Caches) {
    this.#context = context;
    this.#storage = storage;
    this.#caches = caches;
  }

  async provision(client: Client, key: string): Promise<void> {
    const claim = this.#caches.claims.get(key);
    const storageClass = claim && this.#caches.classes.get(classOf(claim));
    if (!storageClass || !this.#isAsked(claim, storageClass)) return;
    const name = `pvc-${claim.metadata.uid}`;
    if (this.#caches.volumes.get(name)) return;
    const node = this.#selectedNode(claim);
    if (node === "gone") return this.#askForAnotherNode(client, claim);
    const { events } = this.#context;
    events.event(claim, "Normal", "Provisioning", `External provisioner is provisioning volume for claim "${key}"`);
    try {
      const place = await this.#storage.create({ name, claim, storageClass, ...(node ? { node } : {}) });
      await this.#save(client, volumeFor({ name, claim, storageClass, provisioner: this.#storage.provisioner, place }));
    } catch (error) {
      const message = `failed to provision volume with StorageClass "${storageClass.metadata.name}": ${(error as Error).message}`;
      events.event(claim, "Warning", "ProvisioningFailed", message);
      throw error;
    }
    events.event(claim, "Normal", "ProvisioningSucceeded", `Successfully provisioned volume ${name}`);
  }

  #isAsked({ metadata, spec }: PersistentVolumeClaim, storageClass: StorageClass): boolean {
    if (metadata.annotations?.[storageProvisioner] !== this.#storage.provisioner || spec?.volumeName || metadata.deletionTimestamp) return false;
    return storageClass.volumeBindingMode !== "WaitForFirstConsumer" || metadata.annotations[selectedNode] !== undefined;
  }

  #selectedNode({ metadata }: PersistentVolumeClaim): Node | "gone" | undefined {
    const name = metadata.annotations?.[selectedNode];
    return name === undefined ? undefined : (this.#caches.nodes.get(name) ?? "gone");
  }

  /** The scheduler chooses again when its choice is taken away. */
  async #askForAnotherNode(client: Client, claim: PersistentVolumeClaim): Promise<void> {
    const { [selectedNode]: node, ...annotations } = claim.metadata.annotations!;
    const message = `failed to get target node: node "${node}" not found`;
    this.#context.events.event(claim, "Warning", "ProvisioningFailed", message);
    await client.resource(PersistentVolumeClaims).update({ ...claim, metadata: { ...claim.metadata, annotations } });
  }

  async #save(client: Client, volume: New<PersistentVolume>): Promise<void> {
    try {
      await client.resource(PersistentVolumes).create(volume);
    } catch (error) {
      if (!hasReason(error, "AlreadyExists")) throw error;
    }
  }

  async reclaim(client: Client, name: string): Promise<void> {
    const volume = this.#caches.volumes.get(name);
    if (!volume || !this.#isToBeDeleted(volume)) return;
    try {
      await this.#storage.delete(volume);
    } catch (error) {
      this.#context.events.event(volume, "Warning", "VolumeFailedDelete", (error as Error).message);
      throw error;
    }
    await removeVolume(client, volume);
  }

  #isToBeDeleted({ metadata, spec, status }: PersistentVolume): boolean {
    const ours = metadata.annotations?.[provisionedBy] === this.#storage.provisioner;
    const held = metadata.finalizers?.includes(provisionerFinalizer) ?? false;
    if (!ours || status?.phase !== "Released" || spec?.persistentVolumeReclaimPolicy !== "Delete") return false;
    return held || !metadata.deletionTimestamp;
  }
}

/** The object goes once its data has. */
async function removeVolume(client: Client, { metadata }: PersistentVolume): Promise<void> {
  const resource = client.resource(PersistentVolumes);
  if (!metadata.deletionTimestamp) await resource.delete(metadata);
  if (!metadata.finalizers?.includes(provisionerFinalizer)) return;
  const patch = { metadata: { uid: metadata.uid, "$deleteFromPrimitiveList/finalizers": [provisionerFinalizer] } };
  await resource.patch(metadata, patch, { type: "strategic" });
}

interface NewVolume {
  name: string;
  claim: PersistentVolumeClaim;
  storageClass: StorageClass;
  provisioner: string;
  place: VolumePlace;
}

/** Bound to its claim from the start: nobody else can take it. */
function volumeFor({ name, claim, storageClass, provisioner, place }: NewVolume): New<PersistentVolume> {
  const persistentVolumeReclaimPolicy = storageClass.reclaimPolicy ?? "Delete";
  return {
    metadata: {
      name,
      annotations: { [provisionedBy]: provisioner },
      ...(persistentVolumeReclaimPolicy === "Delete" ? { finalizers: [provisionerFinalizer] } : {}),
    },
    spec: {
      accessModes: claim.spec?.accessModes,
      capacity: { storage: claim.spec?.resources?.requests?.["storage"] ?? "0" },
      claimRef: referenceTo(claim),
      persistentVolumeReclaimPolicy,
      storageClassName: storageClass.metadata.name,
      volumeMode: claim.spec?.volumeMode ?? "Filesystem",
      ...(storageClass.mountOptions ? { mountOptions: storageClass.mountOptions } : {}),
      ...place,
    },
  };
}

/** Made once a start; a cluster's owner may change or unmark it. */
function ensureDefaultClass({ client, log }: ControllerContext, { defaultClass }: VolumeStorage): void {
  client
    .resource(StorageClasses)
    .create(defaultClass)
    .catch((error: unknown) => {
      if (!hasReason(error, "AlreadyExists")) log.warn("no default StorageClass", { error: String(error) });
    });
}
