import type { PersistentVolumeClaim } from "../../../shared/kubernetes/types.ts";
import { StorageClasses } from "../../api/resources.ts";
import { parseQuantity } from "../../api/quantity.ts";
import { concerns, refusal } from "./refusal.ts";
import type { AdmissionPlugin } from "./types.ts";

const classOf = ({ metadata, spec }: PersistentVolumeClaim): string =>
  metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? spec?.storageClassName ?? "";

const requestOf = ({ spec }: PersistentVolumeClaim) => parseQuantity(spec?.resources?.requests?.["storage"] ?? 0);

/** Claims grow only where their StorageClass allows it. */
export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: "PersistentVolumeClaimResize",
  async validate(attributes, context) {
    if (attributes.operation !== "UPDATE" || !concerns(attributes, "persistentvolumeclaims")) return;
    const claim = attributes.object as PersistentVolumeClaim;
    const old = attributes.oldObject as PersistentVolumeClaim;
    if (requestOf(claim).compare(requestOf(old)) <= 0) return;
    if (old.status?.phase !== "Bound") throw refusal(attributes, "Only bound persistent volume claims can be expanded");
    const name = classOf(claim);
    const found = name === classOf(old) ? (await context.list(StorageClasses)).find(({ metadata }) => metadata.name === name) : undefined;
    if (!found?.allowVolumeExpansion)
      throw refusal(attributes, "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize");
  },
};
