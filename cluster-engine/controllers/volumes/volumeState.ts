import type { PersistentVolume, PersistentVolumeClaim } from "../../../shared/kubernetes/types.ts";
import { provisionedBy } from "./annotations.ts";
import { hasVolumeMode } from "./binding.ts";

/** What a volume's reference to a claim amounts to. */
export type VolumeState =
  /** Nobody has it, or it is only kept for someone by name. */
  | "available"
  | "bound"
  /** The claim is there and not bound yet: its own run binds it. */
  | "binding"
  /** They can never be bound: one is a block device, the other a file system. */
  | "mismatched"
  /** Its claim has another volume: the reference goes. */
  | "superseded"
  /** Its claim is gone (or never needed it): the reclaim policy says what becomes of it. */
  | "released";

/** `claim` is the one that the volume refers to, by name. */
export function stateOf(volume: PersistentVolume, claim: PersistentVolumeClaim | undefined): VolumeState {
  const reference = volume.spec?.claimRef;
  if (!reference?.uid) return "available";
  if (!claim || claim.metadata.uid !== reference.uid) return "released";
  const name = claim.spec?.volumeName;
  if (!name) return hasVolumeMode(volume, claim) ? "binding" : "mismatched";
  if (name === volume.metadata.name) return "bound";
  return isProvisioned(volume) && volume.spec?.persistentVolumeReclaimPolicy === "Delete" ? "released" : "superseded";
}

const isProvisioned = ({ metadata }: PersistentVolume): boolean => metadata.annotations?.[provisionedBy] !== undefined;

/** Who deletes the data of a released volume with the policy Delete; an error's message when nobody can. */
export function deleterOf({ metadata, spec }: PersistentVolume): "external" | "hostPath" | { problem: string } {
  const provisioner = metadata.annotations?.[provisionedBy];
  if (provisioner && !provisioner.startsWith("kubernetes.io/")) return "external";
  if (spec?.csi) return "external";
  if (spec?.hostPath) return "hostPath";
  return { problem: `error getting deleter volume plugin for volume "${metadata.name}": no deletable volume plugin matched` };
}
