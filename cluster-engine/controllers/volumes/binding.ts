import type { PersistentVolume, PersistentVolumeClaim } from "../../../shared/kubernetes/types.ts";
import { parseQuantity } from "../../api/quantity.ts";
import { labelSelectorMatcher } from "../../api/selectors.ts";

// Pure decisions: which volume serves a claim. pkg/controller/volume/persistentvolume.

export const bindCompleted = "pv.kubernetes.io/bind-completed";
export const boundByController = "pv.kubernetes.io/bound-by-controller";
const betaClass = "volume.beta.kubernetes.io/storage-class";

export const classOf = ({ metadata, spec }: PersistentVolumeClaim | PersistentVolume): string =>
  metadata.annotations?.[betaClass] ?? spec?.storageClassName ?? "";

/** The volume names this claim: by uid, or by name when it was reserved for it. */
export function isReservedFor({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const reference = spec?.claimRef;
  if (!reference || reference.name !== metadata.name || reference.namespace !== metadata.namespace) return false;
  return !reference.uid || reference.uid === metadata.uid;
}

/** Reserved volumes first, then the smallest that is large enough. */
export function findVolume(claim: PersistentVolumeClaim, volumes: PersistentVolume[]): PersistentVolume | undefined {
  const fitting = volumes.filter((volume) => fits(claim, volume));
  const reserved = fitting.find((volume) => isReservedFor(volume, claim));
  return reserved ?? fitting.filter(({ spec, status }) => !spec?.claimRef && status?.phase === "Available").sort(bySize)[0];
}

function fits(claim: PersistentVolumeClaim, volume: PersistentVolume): boolean {
  const { spec, metadata } = volume;
  const wanted = claim.spec;
  if (metadata.deletionTimestamp || (wanted?.volumeMode ?? "Filesystem") !== (spec?.volumeMode ?? "Filesystem")) return false;
  if (isReservedFor(volume, claim)) return true;
  if (spec?.claimRef || classOf(claim) !== classOf(volume) || sizeOf(volume) < requestOf(claim)) return false;
  if (!(wanted?.accessModes ?? []).every((mode) => spec?.accessModes?.includes(mode))) return false;
  return !wanted?.selector || labelSelectorMatcher(wanted.selector)(metadata.labels);
}

const bytes = (text: string | number | undefined): number => (text === undefined ? 0 : parseQuantity(text).bytes());

const sizeOf = ({ spec }: PersistentVolume): number => bytes(spec?.capacity?.storage);

const requestOf = ({ spec }: PersistentVolumeClaim): number => bytes(spec?.resources?.requests?.storage);

const bySize = (a: PersistentVolume, b: PersistentVolume): number => sizeOf(a) - sizeOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1);
