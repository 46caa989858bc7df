import type { PersistentVolume } from "../../../shared/kubernetes/types.ts";
import type { Informer } from "../../client/types.ts";
import { classOf } from "./binding.ts";

const byClaim = "claim";
const byClass = "freeOfClass";

/** Lets `volumesFor` and `freeVolumes` find volumes among many. */
export function indexVolumes(volumes: Informer<PersistentVolume>): Informer<PersistentVolume> {
  volumes.addIndex(byClaim, ({ spec }) => (spec?.claimRef ? [`${spec.claimRef.namespace}/${spec.claimRef.name}`] : []));
  volumes.addIndex(byClass, (volume) => (volume.spec?.claimRef ? [] : [classOf(volume)]));
  return volumes;
}

/** The volumes that refer to a claim, by its key. */
export const volumesFor = (volumes: Informer<PersistentVolume>, claim: string): PersistentVolume[] => volumes.byIndex(byClaim, claim);

/** The volumes of a class that refer to no claim. */
export const freeVolumes = (volumes: Informer<PersistentVolume>, storageClass: string): PersistentVolume[] => volumes.byIndex(byClass, storageClass);
