import type { PersistentVolumeClaimSpec, PersistentVolumeClaimTemplate } from "../../../shared/kubernetes/types.ts";
import { dns1123Subdomain, qualifiedName } from "../../api/names.ts";
import { parseQuantity } from "../../api/quantity.ts";
import { validateLabelSelector } from "./labelSelectors.ts";
import { validateAnnotations, validateLabels } from "./objectMeta.ts";
import type { Problems } from "./problems.ts";

export const accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
export const volumeModes = ["Block", "Filesystem"];

/** accessModes of claims and of volumes. */
export function validateAccessModes(modes: string[] | undefined, path: string, problems: Problems, missing: string | undefined): void {
  if (!modes?.length) return problems.required(path, missing);
  for (const mode of modes) if (!accessModes.includes(mode)) problems.notSupported(path, mode, accessModes);
  if (modes.includes("ReadWriteOncePod") && modes.length > 1) problems.forbidden(path, "may not use ReadWriteOncePod with other access modes");
}

/** A size: needed, and above zero. */
export function validateStorageSize(written: string | number | undefined, field: string, problems: Problems): void {
  if (written === undefined) return problems.required(field);
  const size = parseQuantity(written);
  if (size.sign() <= 0) problems.invalid(field, size.toString(), "must be greater than zero");
}

/** spec of a PersistentVolumeClaim. */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: string, problems: Problems): void {
  validateAccessModes(spec.accessModes, `${path}.accessModes`, problems, "at least 1 access mode is required");
  validateLabelSelector(spec.selector, `${path}.selector`, problems);
  const size = spec.resources?.requests?.storage;
  if (size === undefined) problems.required(`${path}.resources[storage]`);
  else validateStorageSize(size, `${path}.resources[storage]`, problems);
  const { storageClassName, volumeMode, dataSource, dataSourceRef, volumeAttributesClassName } = spec;
  if (storageClassName) problems.invalidEach(`${path}.storageClassName`, storageClassName, dns1123Subdomain(storageClassName));
  if (volumeMode !== undefined && !volumeModes.includes(volumeMode)) problems.notSupported(`${path}.volumeMode`, volumeMode, volumeModes);
  if (dataSource) validateDataSource(dataSource, `${path}.dataSource`, problems);
  if (dataSourceRef) validateDataSource(dataSourceRef, `${path}.dataSourceRef`, problems);
  if (volumeAttributesClassName)
    problems.invalidEach(`${path}.volumeAttributesClassName`, volumeAttributesClassName, dns1123Subdomain(volumeAttributesClassName));
}

/** Sizes in fractions of a byte. */
export function claimWarnings(spec: PersistentVolumeClaimSpec | undefined, path: string): string[] {
  return (["requests", "limits"] as const).flatMap((kind) => {
    const written = spec?.resources?.[kind]?.storage;
    if (written === undefined) return [];
    const size = parseQuantity(written);
    return size.nano % 1_000_000_000n === 0n
      ? []
      : [`${path}.resources.${kind}[storage]: fractional byte value ${JSON.stringify(size.toString())} is invalid, must be an integer`];
  });
}

function validateDataSource(source: { apiGroup?: string; kind: string; name: string }, path: string, problems: Problems): void {
  if (!source.name) problems.required(`${path}.name`);
  if (!source.kind) problems.required(`${path}.kind`);
  if (!source.apiGroup && source.kind !== "PersistentVolumeClaim") problems.invalid(path, source.kind, "");
  if (source.apiGroup) problems.invalidEach(`${path}.apiGroup`, source.apiGroup, dns1123Subdomain(source.apiGroup));
}

/** A claim that is made for a pod's volume; its metadata may hold labels and annotations alone. */
export function validateClaimTemplate(template: PersistentVolumeClaimTemplate, path: string, problems: Problems): void {
  validateAnnotations(template.metadata?.annotations, `${path}.metadata.annotations`, problems);
  validateLabels(template.metadata?.labels, `${path}.metadata.labels`, problems);
  for (const field of Object.keys(template.metadata ?? {})) {
    if (field !== "labels" && field !== "annotations") problems.forbidden(`${path}.metadata.${field}`, "cannot be set");
  }
  validateClaimSpec(template.spec, `${path}.spec`, problems);
}

/** Names of resources of a claim. */
export const isStorageResource = (name: string): boolean => name === "storage" || (name.includes("/") && qualifiedName(name).length === 0);
