import type { Node, PersistentVolume, PersistentVolumeClaim, PersistentVolumeSpec, StorageClass } from "../../shared/kubernetes/types.ts";

/** A volume that is to be made for a claim. */
export interface VolumeRequest {
  /** Of the PersistentVolume; never used twice. */
  name: string;
  claim: PersistentVolumeClaim;
  storageClass: StorageClass;
  /** The scheduler's choice, when the class waits for the first consumer. */
  node?: Node;
}

/** Where a volume is: its source, and the nodes that reach it. */
export type VolumePlace = Pick<PersistentVolumeSpec, "local" | "hostPath" | "csi" | "nodeAffinity">;

/**
 * What a provider of storage does for the claims of its StorageClasses: an external provisioner and resizer in one.
 * Calls are idempotent; the messages of their errors are shown in events.
 */
export interface VolumeStorage {
  /** As StorageClasses name it: `wherry.dev/local`. */
  readonly provisioner: string;
  /** The class that claims get when they name none. */
  readonly defaultClass: Omit<StorageClass, "apiVersion" | "kind" | "metadata"> & { metadata: Partial<StorageClass["metadata"]> & { name: string } };
  create(request: VolumeRequest): Promise<VolumePlace>;
  /** Deletes the data. Takes volumes that were made by `create`, and hostPath volumes. */
  delete(volume: PersistentVolume): Promise<void>;
  /** Makes room for so much, a quantity; resolves when it is there. */
  expand(volume: PersistentVolume, size: string): Promise<void>;
}
