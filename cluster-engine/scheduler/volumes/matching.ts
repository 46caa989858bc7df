import type { Node, PersistentVolume, PersistentVolumeClaim, StorageClass } from "../../../shared/kubernetes/types.ts";
import { parseQuantity, zeroQuantity } from "../../api/quantity.ts";
import { labelSelectorMatcher } from "../../api/selectors.ts";
import { matchesNodeSelector } from "../plugins/nodeSelection.ts";
import { classOf } from "./claims.ts";
import type { VolumeView } from "./volumeView.ts";

export const reaches = ({ spec }: PersistentVolume, node: Node): boolean =>
  !spec?.nodeAffinity?.required || matchesNodeSelector(spec.nodeAffinity.required, node);

export const sizeOf = ({ spec }: PersistentVolumeClaim) => {
  const quantity = spec?.resources?.requests?.["storage"];
  return quantity === undefined ? zeroQuantity : parseQuantity(quantity);
};

/** A volume is reserved for a claim by name, and, once bound, by uid. */
function isFor({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const ref = spec?.claimRef;
  return ref?.name === metadata.name && ref.namespace === metadata.namespace && (!ref.uid || ref.uid === metadata.uid);
}

/** The volume reserved for the claim, or the smallest free one that does and that the node can reach. */
export function findVolume(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
  node: Node,
  taken: ReadonlySet<string>,
): PersistentVolume | undefined {
  const wanted = sizeOf(claim);
  const matchesLabels = claim.spec?.selector ? labelSelectorMatcher(claim.spec.selector) : () => true;
  let smallest: PersistentVolume | undefined;
  for (const volume of volumes) {
    const { spec, metadata, status } = volume;
    if (taken.has(metadata.name) || metadata.deletionTimestamp) continue;
    if (spec?.claimRef && !isFor(volume, claim)) continue;
    if (capacityOf(volume).compare(wanted) < 0) continue;
    if ((spec?.volumeMode ?? "Filesystem") !== (claim.spec?.volumeMode ?? "Filesystem")) continue;
    if ((spec?.volumeAttributesClassName ?? "") !== (claim.spec?.volumeAttributesClassName ?? "")) continue;
    if (spec?.claimRef) return reaches(volume, node) ? volume : undefined;
    const offers = (claim.spec?.accessModes ?? []).every((mode) => spec?.accessModes?.includes(mode));
    if (status?.phase !== "Available" || !offers || !matchesLabels(metadata.labels) || (spec?.storageClassName ?? "") !== classOf(claim)) continue;
    if (reaches(volume, node) && (!smallest || capacityOf(volume).compare(capacityOf(smallest)) < 0)) smallest = volume;
  }
  return smallest;
}

const capacityOf = ({ spec }: PersistentVolume) => parseQuantity(spec?.capacity?.["storage"] ?? "0");

/** Whether a volume can be made for the claim on this node: `space` tells that only room is missing. */
export function canProvision(view: VolumeView, claim: PersistentVolumeClaim, node: Node): "yes" | "no" | "space" {
  const storageClass = view.storageClass(classOf(claim));
  if (!storageClass?.provisioner || storageClass.provisioner === "kubernetes.io/no-provisioner") return "no";
  if (!allows(storageClass, node)) return "no";
  return hasSpace(view, claim, storageClass, node) ? "yes" : "space";
}

function allows({ allowedTopologies = [] }: StorageClass, { metadata: { labels = {} } }: Node): boolean {
  if (allowedTopologies.length === 0) return true;
  return allowedTopologies.some(({ matchLabelExpressions = [] }) =>
    matchLabelExpressions.every(({ key, values }) => labels[key] !== undefined && values.includes(labels[key])),
  );
}

/** Only drivers that report their capacity are asked. */
function hasSpace(view: VolumeView, claim: PersistentVolumeClaim, { metadata, provisioner }: StorageClass, node: Node): boolean {
  if (!view.drivers.get(provisioner)?.spec.storageCapacity) return true;
  const wanted = sizeOf(claim);
  return view.capacities.list().some(({ storageClassName, maximumVolumeSize, capacity, nodeTopology }) => {
    const limit = maximumVolumeSize ?? capacity;
    if (storageClassName !== metadata.name || limit === undefined || !nodeTopology) return false;
    return parseQuantity(limit).compare(wanted) >= 0 && labelSelectorMatcher(nodeTopology)(node.metadata.labels);
  });
}
