import type {
  CSIDriver, CSINode, CSIStorageCapacity, PersistentVolume, PersistentVolumeClaim, StorageClass, VolumeAttachment, VolumeAttributesClass,
} from "../../../shared/kubernetes/types.ts";
import * as R from "../../api/resources.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { subdomainName } from "./nameRules.ts";

export const persistentVolumes = kindStrategy<PersistentVolume>(R.PersistentVolumes, {
  name: subdomainName,
  status: true,
  defaults(volume) {
    const spec = volume.spec!;
    spec.persistentVolumeReclaimPolicy ||= "Retain";
    spec.volumeMode ??= "Filesystem";
    (volume.status ??= {}).phase ||= "Pending";
    if (spec.hostPath) spec.hostPath.type ??= "";
  },
  prepareForCreate(volume, context) {
    volume.status = { phase: "Pending", lastPhaseTransitionTime: new Date(context.clock.now()).toISOString().slice(0, 19) + "Z" };
  },
  prepareForStatusUpdate(volume, old, context) {
    if (!volume.status || volume.status.phase === old.status?.phase) return;
    volume.status.lastPhaseTransitionTime = new Date(context.clock.now()).toISOString().slice(0, 19) + "Z";
  },
});

export const persistentVolumeClaims = kindStrategy<PersistentVolumeClaim>(R.PersistentVolumeClaims, {
  name: subdomainName,
  status: true,
  defaults(claim) {
    (claim.spec ??= {}).volumeMode ??= "Filesystem";
    (claim.status ??= {}).phase ||= "Pending";
  },
  prepareForCreate(claim) {
    claim.status = { phase: "Pending" };
    normalizeDataSource(claim);
  },
});

/** dataSource and dataSourceRef name one thing: each fills in the other within a namespace. */
function normalizeDataSource(claim: PersistentVolumeClaim): void {
  const spec = claim.spec!;
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) spec.dataSource = { ...spec.dataSourceRef };
}

export const storageClasses = kindStrategy<StorageClass>(R.StorageClasses, {
  name: subdomainName,
  defaults(object) {
    object.reclaimPolicy ??= "Delete";
    object.volumeBindingMode ??= "Immediate";
  },
});

export const csiDrivers = kindStrategy<CSIDriver>(R.CSIDrivers, {
  name: subdomainName,
  defaults({ spec }) {
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= "ReadWriteOnceWithFSType";
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ["Persistent"];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
});

export const csiNodes = kindStrategy<CSINode>(R.CSINodes, { name: subdomainName });
export const csiStorageCapacities = kindStrategy<CSIStorageCapacity>(R.CSIStorageCapacities, { name: subdomainName });
export const volumeAttachments = kindStrategy<VolumeAttachment>(R.VolumeAttachments, { name: subdomainName, status: true });
export const volumeAttributesClasses = kindStrategy<VolumeAttributesClass>(R.VolumeAttributesClasses, { name: subdomainName });
