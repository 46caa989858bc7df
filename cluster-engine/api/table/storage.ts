import type * as T from "../../../shared/kubernetes/types.ts";
import { age, none, quantityCell, unset, type Printer } from "./cells.ts";

const shortModes: Record<string, string> = { ReadWriteOnce: "RWO", ReadOnlyMany: "ROX", ReadWriteMany: "RWX", ReadWriteOncePod: "RWOP" };
const modesCell = (modes: string[] | undefined): string =>
  Object.keys(shortModes)
    .filter((mode) => modes?.includes(mode))
    .map((mode) => shortModes[mode])
    .join(",");

const betaClass = "volume.beta.kubernetes.io/storage-class";
const phaseCell = (object: T.PersistentVolume | T.PersistentVolumeClaim): string =>
  object.metadata.deletionTimestamp ? "Terminating" : (object.status?.phase ?? "");

export const persistentVolume: Printer<T.PersistentVolume> = (object, now) => {
  const { metadata, spec, status } = object;
  const claim = spec?.claimRef ? `${spec.claimRef.namespace ?? ""}/${spec.claimRef.name ?? ""}` : "";
  const storageClass = metadata.annotations?.[betaClass] ?? spec?.storageClassName ?? "";
  const cells = [metadata.name, quantityCell(spec?.capacity?.storage), modesCell(spec?.accessModes), spec?.persistentVolumeReclaimPolicy ?? ""];
  return [
    ...cells,
    phaseCell(object),
    claim,
    storageClass,
    spec?.volumeAttributesClassName ?? unset,
    status?.reason ?? "",
    age(object, now),
    spec?.volumeMode ?? unset,
  ];
};

export const persistentVolumeClaim: Printer<T.PersistentVolumeClaim> = (object, now) => {
  const { metadata, spec, status } = object;
  const bound = Boolean(spec?.volumeName);
  const storageClass = metadata.annotations?.[betaClass] ?? spec?.storageClassName ?? "";
  const cells = [
    metadata.name,
    phaseCell(object),
    spec?.volumeName ?? "",
    bound ? quantityCell(status?.capacity?.storage) : "",
    bound ? modesCell(status?.accessModes) : "",
  ];
  return [...cells, storageClass, spec?.volumeAttributesClassName ?? unset, age(object, now), spec?.volumeMode ?? unset];
};

export const storageClass: Printer<T.StorageClass> = (object, now) => {
  const { metadata } = object;
  const marks = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
  const isDefault = marks.some((mark) => metadata.annotations?.[mark] === "true");
  const name = `${metadata.name}${isDefault ? " (default)" : ""}`;
  return [
    name,
    object.provisioner,
    object.reclaimPolicy ?? "Delete",
    object.volumeBindingMode ?? "Immediate",
    object.allowVolumeExpansion ?? false,
    age(object, now),
  ];
};

export const volumeAttributesClass: Printer<T.VolumeAttributesClass> = (object, now) => [object.metadata.name, object.driverName, age(object, now)];

export const volumeAttachment: Printer<T.VolumeAttachment> = (object, now) => {
  const { metadata, spec, status } = object;
  return [metadata.name, spec.attacher, spec.source.persistentVolumeName ?? "", spec.nodeName, status?.attached ?? false, age(object, now)];
};

export const csiNode: Printer<T.CSINode> = (object, now) => [object.metadata.name, object.spec.drivers?.length ?? 0, age(object, now)];

export const csiDriver: Printer<T.CSIDriver> = (object, now) => {
  const { metadata, spec } = object;
  const tokens = spec.tokenRequests ? spec.tokenRequests.map(({ audience }) => audience).join(",") : unset;
  const modes = (spec.volumeLifecycleModes ?? []).join(",") || none;
  const flags = [spec.attachRequired ?? true, spec.podInfoOnMount ?? false, spec.storageCapacity ?? false];
  return [metadata.name, ...flags, tokens, spec.requiresRepublish ?? false, modes, age(object, now)];
};
