import { createHash } from "node:crypto";
import type { New } from "../../../shared/kubernetes/object.ts";
import type { AttachedVolume, CSIDriver, PersistentVolume, PersistentVolumeClaim, Pod, VolumeAttachment } from "../../../shared/kubernetes/types.ts";
import { isTerminal } from "../podState.ts";
import { claimsOf } from "./podClaims.ts";

// Pure decisions: what has to be attached to a node. pkg/controller/volume/attachdetach, pkg/volume/csi.

/** A volume that pods on a node need. */
export interface Wanted {
  volume: PersistentVolume;
  node: string;
  pods: Pod[];
}

export interface Lookups {
  claim(key: string): PersistentVolumeClaim | undefined;
  volume(name: string): PersistentVolume | undefined;
  driver(name: string): CSIDriver | undefined;
}

/** The attachable volumes that the pods of one node need. */
export function wantedOn(node: string, pods: Pod[], lookups: Lookups): Wanted[] {
  const wanted = new Map<string, Wanted>();
  for (const pod of pods.filter((each) => !isTerminal(each))) {
    for (const volume of attachableOf(pod, lookups)) {
      const known = wanted.get(volume.metadata.name);
      if (known) known.pods.push(pod);
      else wanted.set(volume.metadata.name, { volume, node, pods: [pod] });
    }
  }
  return [...wanted.values()];
}

function attachableOf(pod: Pod, { claim, volume, driver }: Lookups): PersistentVolume[] {
  return claimsOf(pod).flatMap((key) => {
    const bound = claim(key);
    const found = bound?.status?.phase === "Bound" ? volume(bound.spec?.volumeName ?? "") : undefined;
    const csi = found?.spec?.csi;
    // A driver that says nothing of itself is taken to need attaching.
    return found && csi && driver(csi.driver)?.spec.attachRequired !== false ? [found] : [];
  });
}

export const attachmentName = (handle: string, driver: string, node: string): string =>
  `csi-${createHash("sha256").update(`${handle}${driver}${node}`).digest("hex")}`;

export function attachmentFor({ volume, node }: Wanted): New<VolumeAttachment> {
  const { driver, volumeHandle } = volume.spec!.csi!;
  return {
    metadata: { name: attachmentName(volumeHandle, driver, node) },
    spec: { attacher: driver, nodeName: node, source: { persistentVolumeName: volume.metadata.name } },
  };
}

/** Whether this controller made the attachment: it alone gives such names. */
export function isOurs({ metadata, spec }: VolumeAttachment, volume: PersistentVolume | undefined): boolean {
  const csi = volume?.spec?.csi;
  return csi ? metadata.name === attachmentName(csi.volumeHandle, csi.driver, spec.nodeName) : /^csi-[0-9a-f]{64}$/.test(metadata.name);
}

/** As a node's status names the volume. */
export const attachedVolume = ({ spec }: PersistentVolume): AttachedVolume => ({
  name: `kubernetes.io/csi/${spec!.csi!.driver}^${spec!.csi!.volumeHandle}`,
  devicePath: "",
});

/** Only one node at a time may have it. */
export const isExclusive = ({ spec }: PersistentVolume): boolean => (spec?.accessModes ?? []).every((mode) => mode.startsWith("ReadWriteOnce"));
