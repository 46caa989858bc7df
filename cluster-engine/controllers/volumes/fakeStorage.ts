import type { PersistentVolume } from "../../../shared/kubernetes/types.ts";
import type { VolumeRequest, VolumeStorage } from "../../cloud/volumes.ts";

/** For tests: storage in memory, which can be told to fail. */
export class FakeStorage implements VolumeStorage {
  readonly provisioner = "wherry.dev/local";
  readonly defaultClass = {
    metadata: { name: "standard" },
    provisioner: "wherry.dev/local",
    volumeBindingMode: "WaitForFirstConsumer" as const,
    reclaimPolicy: "Delete" as const,
    allowVolumeExpansion: true,
  };
  readonly requests: VolumeRequest[] = [];
  readonly deleted: string[] = [];
  readonly sizes = new Map<string, string>();
  /** What holds data now. */
  readonly data = new Set<string>();
  failure: string | undefined;

  async create(request: VolumeRequest) {
    this.#mayFail();
    this.requests.push(request);
    this.data.add(request.name);
    return { local: { path: `/volumes/${request.name}` } };
  }

  async delete({ metadata }: PersistentVolume) {
    this.#mayFail();
    this.deleted.push(metadata.name);
    this.data.delete(metadata.name);
  }

  async expand({ metadata }: PersistentVolume, size: string) {
    this.#mayFail();
    this.sizes.set(metadata.name, size);
  }

  #mayFail(): void {
    if (this.failure) throw new Error(this.failure);
  }
}
