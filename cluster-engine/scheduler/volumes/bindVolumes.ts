import { keyOf } from "../../../shared/kubernetes/object.ts";
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from "../../../shared/kubernetes/types.ts";
import { PersistentVolumeClaims, PersistentVolumes, Pods } from "../../api/resources.ts";
import type { Clock } from "../../base/clock.ts";
import { Disposables } from "../../base/disposal.ts";
import { causeOf } from "../../client/client.ts";
import type { Client, Informers } from "../../client/types.ts";
import { isBound, selectedNode } from "./claims.ts";
import { reaches } from "./matching.ts";

/** What the pod's volumes need on the chosen node. */
export interface VolumeWork {
  /** Volumes, and the claims that they were found for. */
  bindings: { volume: PersistentVolume; claim: PersistentVolumeClaim }[];
  /** Claims for which a volume has to be made. */
  provisions: PersistentVolumeClaim[];
}

export interface VolumeBinderParts {
  client: Client;
  informers: Informers;
  clock: Clock;
  /** ms until binding is given up. */
  timeout: number;
}

/** A volume as it is reserved for a claim. */
export const reserved = (volume: PersistentVolume, { metadata }: PersistentVolumeClaim): PersistentVolume => ({
  ...volume,
  metadata: {
    ...volume.metadata,
    annotations: volume.spec?.claimRef
      ? volume.metadata.annotations
      : { ...volume.metadata.annotations, "pv.kubernetes.io/bound-by-controller": "yes" },
  },
  spec: {
    ...volume.spec!,
    claimRef: {
      ...volume.spec?.claimRef,
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      namespace: metadata.namespace,
      name: metadata.name,
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
    },
  },
});

/** A claim as it asks for a volume on a node. */
export const withSelectedNode = (claim: PersistentVolumeClaim, node: string): PersistentVolumeClaim => ({
  ...claim,
  metadata: { ...claim.metadata, annotations: { ...claim.metadata.annotations, [selectedNode]: node } },
});

/** Writes what was reserved, then waits until the volume controller has bound all. @throws Error when it does not work out */
export async function bindVolumes(parts: VolumeBinderParts, pod: Pod, node: Node, work: VolumeWork, signal: AbortSignal): Promise<void> {
  const cause = causeOf(Pods, pod);
  for (const { volume } of work.bindings) await parts.client.resource(PersistentVolumes).update(volume, { cause });
  for (const claim of work.provisions) await parts.client.resource(PersistentVolumeClaims).update(claim, { cause });
  await allBound(parts, node, work, signal).catch((error: unknown) => {
    throw new Error(`binding volumes: ${(error as Error).message}`, { cause: error });
  });
}

function allBound({ informers, clock, timeout }: VolumeBinderParts, node: Node, work: VolumeWork, signal: AbortSignal): Promise<void> {
  const [claims, volumes] = [informers.of(PersistentVolumeClaims), informers.of(PersistentVolumes)];
  const listening = new Disposables();
  return new Promise<void>((resolve, reject) => {
    const look = () => {
      try {
        if (isDone(informers, node, work)) resolve();
      } catch (error) {
        reject(error as Error);
      }
    };
    const changed = { onUpdate: look, onDelete: look };
    listening.add(claims.handle(changed));
    listening.add(volumes.handle(changed));
    listening.add(clock.after(timeout, () => reject(new Error("context deadline exceeded"))));
    const onAbort = () => reject(new Error("context canceled"));
    signal.addEventListener("abort", onAbort);
    listening.defer(() => signal.removeEventListener("abort", onAbort));
    look();
  }).finally(() => listening[Symbol.dispose]());
}

/** @throws Error when it will never be done */
function isDone(informers: Informers, node: Node, { bindings, provisions }: VolumeWork): boolean {
  const volumeOf = (name: string) => informers.of(PersistentVolumes).get(name);
  const claimOf = (claim: PersistentVolumeClaim) => {
    const live = informers.of(PersistentVolumeClaims).get(claim.metadata);
    if (!live) throw new Error(`failed to get pvc ${keyOf(claim.metadata)} from informer`);
    return live;
  };
  for (const { volume, claim } of bindings) {
    const live = volumeOf(volume.metadata.name);
    if (!live) throw new Error(`pv ${volume.metadata.name} not found`);
    const seen = Number(live.metadata.resourceVersion) > Number(volume.metadata.resourceVersion);
    if (seen && !live.spec?.claimRef?.uid) throw new Error(`ClaimRef got reset for pv "${volume.metadata.name}"`);
    if (!reaches(live, node)) throw new Error(`pv "${volume.metadata.name}" node affinity doesn't match node "${node.metadata.name}"`);
    if (!isBound(claimOf(claim))) return false;
  }
  for (const claim of provisions) {
    const live = claimOf(claim);
    const seen = Number(live.metadata.resourceVersion) > Number(claim.metadata.resourceVersion);
    const selected = live.metadata.annotations?.[selectedNode];
    if (seen && selected === undefined) throw new Error(`selectedNode annotation reset for PVC "${claim.metadata.name}"`);
    if (seen && selected !== node.metadata.name)
      throw new Error(`selectedNode annotation value "${selected}" not set to scheduled node "${node.metadata.name}"`);
    const volume = live.spec?.volumeName ? volumeOf(live.spec.volumeName) : undefined;
    if (volume && !reaches(volume, node)) throw new Error(`pv "${volume.metadata.name}" node affinity doesn't match node "${node.metadata.name}"`);
    if (!isBound(live)) return false;
  }
  return true;
}
