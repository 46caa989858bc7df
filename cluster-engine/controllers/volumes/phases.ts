import { keyOf } from "../../../shared/kubernetes/object.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "../../../shared/kubernetes/types.ts";
import { PersistentVolumeClaims, PersistentVolumes } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { runReconciler, source, type ReconcileContext } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import { setVolumePhase, unbind } from "./bindWrites.ts";
import { indexVolumes, volumesFor } from "./volumeIndex.ts";
import { deleterOf, stateOf } from "./volumeState.ts";

/** Keeps the phase of volumes (free, bound to their claim, left behind by it), and does what their reclaim policy says. */
export const volumePhases: Controller = {
  name: "persistentvolume-phase-controller",
  account: "persistent-volume-binder",
  component: "persistentvolume-controller",
  start(context) {
    const phases = new Phases(context);
    const { volumes, claims } = phases;
    return runReconciler({
      ...loopOptions(context),
      name: "volume-phases",
      sources: [source(volumes), source(claims, (claim) => phases.concernedBy(claim))],
      reconcile: (name, run) => phases.reconcile(name, run),
    });
  },
};

class Phases {
  readonly volumes: Informer<PersistentVolume>;
  readonly claims: Informer<PersistentVolumeClaim>;
  readonly #context: ControllerContext;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.volumes = indexVolumes(context.informers.of(PersistentVolumes));
    this.claims = context.informers.of(PersistentVolumeClaims);
  }

  /** The volume that the claim has, and those that point at the claim. */
  concernedBy({ metadata, spec }: PersistentVolumeClaim): Set<string> {
    const pointing = volumesFor(this.volumes, keyOf(metadata)).map((volume) => volume.metadata.name);
    return new Set(spec?.volumeName ? [spec.volumeName, ...pointing] : pointing);
  }

  async reconcile(name: string, { client }: ReconcileContext): Promise<void> {
    const volume = this.volumes.get(name);
    if (!volume) return;
    const claim = await this.#claimOf(client, volume);
    switch (stateOf(volume, claim)) {
      case "available":
        await setVolumePhase(client, volume, "Available");
        return;
      case "bound":
        await setVolumePhase(client, volume, "Bound");
        return;
      case "superseded":
        return unbind(client, volume);
      case "mismatched":
        return this.#reportMismatch(volume, claim!);
      case "released":
        return this.#release(client, volume);
      case "binding":
        return;
    }
  }

  /** The claim that the volume refers to, by name. Before a volume is given up the API itself is asked: the cache may be behind. */
  async #claimOf(client: Client, { spec, status }: PersistentVolume): Promise<PersistentVolumeClaim | undefined> {
    const reference = spec?.claimRef;
    if (!reference?.uid) return undefined;
    const key = { namespace: reference.namespace!, name: reference.name! };
    const cached = this.claims.get(key);
    const givenUp = status?.phase === "Released" || status?.phase === "Failed";
    if (cached?.metadata.uid === reference.uid || (!cached && givenUp)) return cached;
    try {
      return await client.resource(PersistentVolumeClaims).get(key);
    } catch (error) {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  #reportMismatch(volume: PersistentVolume, claim: PersistentVolumeClaim): void {
    const { events } = this.#context;
    const [volumeName, claimName] = [volume.metadata.name, claim.metadata.name];
    const toClaim = `Cannot bind PersistentVolume to requested PersistentVolumeClaim "${claimName}" due to incompatible volumeMode.`;
    events.event(volume, "Warning", "VolumeMismatch", toClaim);
    const toVolume = `Cannot bind PersistentVolume "${volumeName}" to requested PersistentVolumeClaim due to incompatible volumeMode.`;
    events.event(claim, "Warning", "VolumeMismatch", toVolume);
  }

  // ---- Reclaiming -----------------------------------------------------------------------------------------------------

  async #release(client: Client, volume: PersistentVolume): Promise<void> {
    const released = volume.status?.phase === "Failed" ? volume : await setVolumePhase(client, volume, "Released");
    switch (volume.spec?.persistentVolumeReclaimPolicy) {
      case "Delete":
        return this.#delete(client, released);
      case "Recycle":
        return this.#fail(client, released, "VolumeFailedRecycle", "No recycler plugin found for the volume!");
      default:
    }
  }

  async #delete(client: Client, volume: PersistentVolume): Promise<void> {
    const deleter = deleterOf(volume);
    if (deleter === "external" || volume.status?.phase === "Failed") return;
    if (deleter !== "hostPath") return this.#fail(client, volume, "VolumeFailedDelete", deleter.problem);
    try {
      await this.#deleteData(volume);
    } catch (error) {
      return this.#fail(client, volume, "VolumeFailedDelete", (error as Error).message);
    }
    if (!volume.metadata.deletionTimestamp) await client.resource(PersistentVolumes).delete(volume.metadata);
  }

  async #deleteData(volume: PersistentVolume): Promise<void> {
    const { volumes } = this.#context.inputs;
    if (!volumes) throw new Error(`failed to create deleter for volume "${volume.metadata.name}": nothing deletes data on this host`);
    await volumes.delete(volume);
  }

  /** Said once: a volume that has failed stays so until someone changes it. */
  async #fail(client: Client, volume: PersistentVolume, reason: string, message: string): Promise<void> {
    if (volume.status?.phase === "Failed") return;
    const failed = await setVolumePhase(client, volume, "Failed", message);
    this.#context.events.event(failed, "Warning", reason, message);
  }
}
