import type { PersistentVolume } from "../../shared/kubernetes/types.ts";
import type { VolumePlace, VolumeRequest, VolumeStorage } from "../../cluster-engine/cloud/volumes.ts";

/** Storage that keeps only the names of its volumes; every node reaches them. */
export class ModelStorage implements VolumeStorage {
  readonly provisioner = "model.wherry.dev/storage";
  readonly defaultClass = {
    metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: this.provisioner,
    reclaimPolicy: "Delete",
    volumeBindingMode: "WaitForFirstConsumer",
  } as const;
  readonly volumes = new Set<string>();

  async create({ name }: VolumeRequest): Promise<VolumePlace> {
    this.volumes.add(name);
    return { hostPath: { path: `/model/${name}` } };
  }

  async delete({ metadata }: PersistentVolume): Promise<void> {
    this.volumes.delete(metadata.name);
  }

  async expand(): Promise<void> {}
}
