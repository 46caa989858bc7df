import { keyOf, type KubeObject } from "../../../shared/kubernetes/object.ts";
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from "../../../shared/kubernetes/types.ts";
import {
  CSIDrivers,
  CSINodes,
  CSIStorageCapacities,
  PersistentVolumeClaims,
  PersistentVolumes,
  StorageClasses,
  VolumeAttachments,
} from "../../api/resources.ts";
import type { Informer, Informers } from "../../client/types.ts";

/** What is decided but not yet seen in the cache: it holds until the cache knows something newer. */
class Assumptions<T extends KubeObject> {
  readonly #informer: Informer<T>;
  readonly #assumed = new Map<string, T>();

  constructor(informer: Informer<T>) {
    this.#informer = informer;
  }

  get(key: string): T | undefined {
    const live = this.#informer.get(key);
    const assumed = this.#assumed.get(key);
    if (!assumed) return live;
    if (live && live.metadata.uid === assumed.metadata.uid && live.metadata.resourceVersion === assumed.metadata.resourceVersion) return assumed;
    this.#assumed.delete(key);
    return live;
  }

  assume(object: T): void {
    this.#assumed.set(keyOf(object.metadata), object);
  }

  restore(object: T): void {
    this.#assumed.delete(keyOf(object.metadata));
  }
}

/** Storage as the scheduler sees it, its own decisions under way included. */
export class VolumeView {
  readonly claims: Assumptions<PersistentVolumeClaim>;
  readonly volumes: Assumptions<PersistentVolume>;
  readonly drivers;
  readonly capacities;
  readonly csiNodes;
  readonly attachments;
  readonly #volumes: Informer<PersistentVolume>;
  readonly #classes: Informer<StorageClass>;

  constructor(informers: Informers) {
    this.claims = new Assumptions(informers.of(PersistentVolumeClaims));
    this.#volumes = informers.of(PersistentVolumes);
    this.#volumes.addIndex("class", ({ spec }) => [spec?.storageClassName ?? ""]);
    this.volumes = new Assumptions(this.#volumes);
    this.#classes = informers.of(StorageClasses);
    this.drivers = informers.of(CSIDrivers);
    this.capacities = informers.of(CSIStorageCapacities);
    this.csiNodes = informers.of(CSINodes);
    this.attachments = informers.of(VolumeAttachments);
    this.attachments.addIndex("node", ({ spec }) => [spec.nodeName]);
  }

  storageClass(name: string): StorageClass | undefined {
    return name ? this.#classes.get(name) : undefined;
  }

  volumesOfClass(name: string): PersistentVolume[] {
    return this.#volumes.byIndex("class", name).map(({ metadata }) => this.volumes.get(metadata.name)!);
  }
}
