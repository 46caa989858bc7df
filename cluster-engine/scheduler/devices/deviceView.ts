import type { Device, DeviceClass, Node, ResourceSlice, ResourceV1ResourceClaim as ResourceClaim } from "../../../shared/kubernetes/types.ts";
import { DeviceClasses, ResourceClaims, ResourceSlices } from "../../api/resources.ts";
import type { Informer, Informers } from "../../client/types.ts";
import { matchesNodeSelector } from "../plugins/nodeSelection.ts";

/** A device, and the pool that it is in. */
export interface OfferedDevice {
  /** `driver/pool/device` */
  id: string;
  driver: string;
  pool: string;
  device: Device;
  slice: ResourceSlice;
}

/** Devices and claims for them, as the scheduler sees them; its own allocations under way count. */
export class DeviceView {
  readonly classes: Informer<DeviceClass>;
  readonly #claims: Informer<ResourceClaim>;
  readonly #slices: Informer<ResourceSlice>;
  /** Claims as they are about to be written, by uid. */
  readonly #pending = new Map<string, ResourceClaim>();

  constructor(informers: Informers) {
    this.classes = informers.of(DeviceClasses);
    this.#claims = informers.of(ResourceClaims);
    this.#slices = informers.of(ResourceSlices);
  }

  claim(namespace: string, name: string): ResourceClaim | undefined {
    return this.#claims.get({ namespace, name });
  }

  /** What an attempt before this one decided for a claim, and is still to be written. */
  pending({ metadata: { uid } }: ResourceClaim): ResourceClaim | undefined {
    return this.#pending.get(uid);
  }

  assume(claim: ResourceClaim): void {
    this.#pending.set(claim.metadata.uid, claim);
  }

  settle({ metadata: { uid } }: ResourceClaim): void {
    this.#pending.delete(uid);
  }

  /** Devices that are given to claims; those with admin access only look on. */
  taken(): Set<string> {
    const taken = new Set<string>();
    const take = ({ status }: ResourceClaim) => {
      for (const { driver, pool, device, adminAccess } of status?.allocation?.devices?.results ?? [])
        if (!adminAccess) taken.add(`${driver}/${pool}/${device}`);
    };
    for (const claim of this.#claims.list()) take(claim);
    for (const claim of this.#pending.values()) take(claim);
    return taken;
  }

  /** The devices that a node can reach: those of the newest generation of each pool. Pools that are not complete are left out. */
  offeredTo(node: Node): OfferedDevice[] {
    return [...this.#pools().values()].flatMap((slices) => {
      if (slices.length < slices[0]!.spec.pool.resourceSliceCount) return [];
      return slices.flatMap((slice) =>
        (slice.spec.devices ?? []).flatMap((device): OfferedDevice[] => {
          if (!reaches(slice, device, node)) return [];
          const { driver, pool } = slice.spec;
          return [{ id: `${driver}/${pool.name}/${device.name}`, driver, pool: pool.name, device, slice }];
        }),
      );
    });
  }

  #pools(): Map<string, ResourceSlice[]> {
    const pools = new Map<string, ResourceSlice[]>();
    for (const slice of this.#slices.list()) {
      const { driver, pool } = slice.spec;
      const key = `${driver}/${pool.name}`;
      const known = pools.get(key);
      const newest = known?.[0]?.spec.pool.generation ?? -1;
      if (pool.generation > newest) pools.set(key, [slice]);
      else if (pool.generation === newest) known!.push(slice);
    }
    return pools;
  }
}

type Reach = Pick<ResourceSlice["spec"], "allNodes" | "nodeName" | "nodeSelector">;

function reaches({ spec }: ResourceSlice, device: Device, node: Node): boolean {
  const { allNodes, nodeName, nodeSelector }: Reach = spec.perDeviceNodeSelection ? device : spec;
  if (allNodes) return true;
  if (nodeName) return nodeName === node.metadata.name;
  return nodeSelector !== undefined && matchesNodeSelector(nodeSelector, node);
}
