import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimStatus, StorageClass } from "../../../shared/kubernetes/types.ts";
import { parseQuantity, type Quantity } from "../../api/quantity.ts";
import { labelSelectorMatcher } from "../../api/selectors.ts";
import { betaStorageClass, defaultClassAnnotations, preResizeCapacity } from "./annotations.ts";

// Pure decisions: which volume serves a claim. pkg/controller/volume/persistentvolume.

export const classOf = ({ metadata, spec }: PersistentVolumeClaim | PersistentVolume): string =>
  metadata.annotations?.[betaStorageClass] ?? spec?.storageClassName ?? "";

/** Whether the claim says which class it wants, were it none ("" is a choice too). */
export const namesClass = ({ metadata, spec }: PersistentVolumeClaim): boolean =>
  metadata.annotations?.[betaStorageClass] !== undefined || spec?.storageClassName !== undefined;

/** The newest of the classes that are marked as default. */
export function defaultClass(classes: StorageClass[]): StorageClass | undefined {
  const marked = classes.filter(({ metadata }) => defaultClassAnnotations.some((key) => metadata.annotations?.[key] === "true"));
  return marked.sort((a, b) => newer(a, b))[0];
}

function newer(a: StorageClass, b: StorageClass): number {
  const [timeA, timeB] = [a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? ""];
  return timeA === timeB ? (a.metadata.name < b.metadata.name ? -1 : 1) : timeA < timeB ? 1 : -1;
}

/** The volume names this claim: by uid, or by name when it was reserved for it. */
export function isReservedFor({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const reference = spec?.claimRef;
  if (!reference || reference.name !== metadata.name || reference.namespace !== metadata.namespace) return false;
  return !reference.uid || reference.uid === metadata.uid;
}

/** A volume reserved for the claim, else the smallest that is large enough among those with the fewest access modes. */
export function findVolume(claim: PersistentVolumeClaim, volumes: PersistentVolume[]): PersistentVolume | undefined {
  const candidates = volumes.filter((volume) => hasModes(volume, claim) && fits(claim, volume));
  const reserved = candidates.filter((volume) => isReservedFor(volume, claim)).sort(byModesAndSize)[0];
  if (reserved) return reserved;
  return candidates.filter((volume) => isFree(volume) && matches(claim, volume)).sort(byModesAndSize)[0];
}

const isFree = ({ spec, status }: PersistentVolume): boolean => !spec?.claimRef && status?.phase === "Available";

const fits = (claim: PersistentVolumeClaim, volume: PersistentVolume): boolean =>
  !volume.metadata.deletionTimestamp &&
  hasVolumeMode(volume, claim) &&
  hasAttributesClass(volume, claim) &&
  sizeOf(volume).compare(requestOf(claim)) >= 0;

const matches = (claim: PersistentVolumeClaim, volume: PersistentVolume): boolean =>
  classOf(claim) === classOf(volume) && (!claim.spec?.selector || labelSelectorMatcher(claim.spec.selector)(volume.metadata.labels));

const hasModes = ({ spec }: PersistentVolume, claim: PersistentVolumeClaim): boolean =>
  (claim.spec?.accessModes ?? []).every((mode) => spec?.accessModes?.includes(mode));

export const hasVolumeMode = ({ spec }: PersistentVolume, claim: PersistentVolumeClaim): boolean =>
  (claim.spec?.volumeMode ?? "Filesystem") === (spec?.volumeMode ?? "Filesystem");

const hasAttributesClass = ({ spec }: PersistentVolume, claim: PersistentVolumeClaim): boolean =>
  (claim.spec?.volumeAttributesClassName ?? "") === (spec?.volumeAttributesClassName ?? "");

/** Why a volume that a claim names can't serve it; undefined when it can. */
export function mismatch(claim: PersistentVolumeClaim, volume: PersistentVolume): string | undefined {
  if (volume.metadata.deletionTimestamp) return `the volume is marked for deletion "${volume.metadata.name}"`;
  if (sizeOf(volume).compare(requestOf(claim)) < 0) return "requested PV is too small";
  if (classOf(volume) !== classOf(claim)) return "storageClassName does not match";
  if (!hasAttributesClass(volume, claim)) return "volumeAttributesClassName does not match";
  if (!hasVolumeMode(volume, claim)) return "incompatible volumeMode";
  return hasModes(volume, claim) ? undefined : "incompatible accessMode";
}

export const sizeOf = ({ spec }: PersistentVolume): Quantity => parseQuantity(spec?.capacity?.["storage"] ?? 0);

export const requestOf = ({ spec }: PersistentVolumeClaim): Quantity => parseQuantity(spec?.resources?.requests?.["storage"] ?? 0);

const byModesAndSize = (a: PersistentVolume, b: PersistentVolume): number =>
  (a.spec?.accessModes?.length ?? 0) - (b.spec?.accessModes?.length ?? 0) ||
  sizeOf(a).compare(sizeOf(b)) ||
  (a.metadata.name < b.metadata.name ? -1 : 1);

/** The status of a claim that is bound to `volume`, or (without one) to none. */
export function claimStatus(
  claim: PersistentVolumeClaim,
  phase: NonNullable<PersistentVolumeClaimStatus["phase"]>,
  volume?: PersistentVolume,
): PersistentVolumeClaimStatus {
  const { accessModes: _modes, capacity, currentVolumeAttributesClassName, ...rest } = claim.status ?? {};
  if (!volume) return { ...rest, phase };
  const becomesBound = (rest.phase ?? "Pending") !== phase;
  // A claim that was bound before keeps its capacity: it is the file system's, and may differ from the volume's on purpose.
  const size = becomesBound ? boundCapacity(volume) : capacity;
  const attributes = becomesBound ? volume.spec?.volumeAttributesClassName : currentVolumeAttributesClassName;
  return {
    ...rest,
    phase,
    ...(volume.spec?.accessModes ? { accessModes: volume.spec.accessModes } : {}),
    ...(size ? { capacity: size } : {}),
    ...(attributes === undefined ? {} : { currentVolumeAttributesClassName: attributes }),
  };
}

function boundCapacity({ metadata, spec }: PersistentVolume): Record<string, string | number> | undefined {
  const before = metadata.annotations?.[preResizeCapacity];
  return before === undefined ? spec?.capacity : { storage: before };
}
