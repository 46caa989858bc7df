import type { PersistentVolume, PersistentVolumeClaim } from "../../../shared/kubernetes/types.ts";
import { PersistentVolumeClaims, PersistentVolumes } from "../../api/resources.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import { loopOptions, type Controller } from "../types.ts";
import { isReservedFor } from "./binding.ts";

/** Keeps the phase of volumes: free, bound to their claim, or left behind by it. */
export const volumePhases: Controller = {
  name: "persistentvolume-phase-controller",
  account: "persistent-volume-binder",
  component: "persistentvolume-controller",
  start(context) {
    const volumes = context.informers.of(PersistentVolumes);
    const claims = context.informers.of(PersistentVolumeClaims);
    return runReconciler({
      ...loopOptions(context),
      name: "volume-phases",
      sources: [source(volumes), source(claims, ({ spec }) => (spec?.volumeName ? [spec.volumeName] : []))],
      async reconcile(name, { client }) {
        const volume = volumes.get(name);
        const reference = volume?.spec?.claimRef;
        if (!volume) return;
        const phase = phaseOf(volume, reference && claims.get(`${reference.namespace}/${reference.name}`));
        if (phase !== volume.status?.phase) await client.resource(PersistentVolumes).updateStatus({ ...volume, status: { ...volume.status, phase } });
      },
    });
  },
};

/** A volume that is reserved but not bound yet is still available. */
export function phaseOf(volume: PersistentVolume, claim: PersistentVolumeClaim | undefined): "Available" | "Bound" | "Released" {
  const reference = volume.spec?.claimRef;
  if (!reference?.uid) return "Available";
  return claim && isReservedFor(volume, claim) ? "Bound" : "Released";
}
