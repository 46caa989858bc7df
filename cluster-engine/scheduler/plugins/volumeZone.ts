import type { PersistentVolumeClaim, Pod } from "../../../shared/kubernetes/types.ts";
import type { ClusterEvent, Plugin, Verdict } from "../types.ts";
import { classOf, usesClaim } from "../volumes/claims.ts";
import type { VolumeView } from "../volumes/volumeView.ts";
import { claimNotFound } from "./volumeRestrictions.ts";

const conflict: Verdict = { code: "unresolvable", reasons: ["node(s) had no available volume zone"] };
const unresolvable = (reason: string): Verdict => ({ code: "unresolvable", reasons: [reason] });

/** Old label → today's. */
const zoneLabels: Record<string, string> = {
  "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone": "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region": "topology.kubernetes.io/region",
};

interface Zone {
  label: string;
  values: Set<string>;
}

/** Bound volumes with zone labels tie a pod to nodes of that zone. */
export function volumeZone(view: VolumeView): Plugin {
  return {
    name: "VolumeZone",
    begin({ pod }) {
      if (!pod.spec.volumes) return undefined;
      const zones = zonesOf(pod, view);
      if ("code" in zones) return { refusal: zones };
      if (zones.length === 0) return undefined;
      return {
        filter({ node: { metadata } }) {
          const labels = metadata.labels ?? {};
          if (!Object.keys(zoneLabels).some((label) => label in labels)) return undefined;
          const fits = ({ label, values }: Zone) => values.has(labels[label] ?? labels[zoneLabels[label]!] ?? "");
          return zones.every(fits) ? undefined : conflict;
        },
      };
    },
    wakesOn: mayHelp,
  };
}

function zonesOf({ metadata, spec }: Pod, view: VolumeView): Zone[] | Verdict {
  const zones: Zone[] = [];
  for (const { persistentVolumeClaim } of spec.volumes ?? []) {
    if (!persistentVolumeClaim) continue;
    const claim = view.claims.get(`${metadata.namespace}/${persistentVolumeClaim.claimName}`);
    if (!claim) return claimNotFound(persistentVolumeClaim.claimName);
    const problem = claim.spec?.volumeName ? undefined : unboundProblem(claim, view);
    if (problem) return problem;
    if (!claim.spec?.volumeName) continue;
    const volume = view.volumes.get(claim.spec.volumeName);
    if (!volume) return unresolvable(`persistentvolume "${claim.spec.volumeName}" not found`);
    for (const label of Object.keys(zoneLabels)) {
      const value = volume.metadata.labels?.[label];
      if (value !== undefined) zones.push({ label, values: new Set(value.split("__")) });
    }
  }
  return zones;
}

/** Claims that wait for their first consumer have no zone yet; others should have been bound. */
function unboundProblem(claim: PersistentVolumeClaim, view: VolumeView): Verdict | undefined {
  const name = classOf(claim);
  if (!name) return unresolvable("PersistentVolumeClaim had no pv name and storageClass name");
  const storageClass = view.storageClass(name);
  if (!storageClass) return unresolvable(`storageclass.storage.k8s.io "${name}" not found`);
  if (!storageClass.volumeBindingMode) return unresolvable(`VolumeBindingMode not set for StorageClass "${name}"`);
  return storageClass.volumeBindingMode === "WaitForFirstConsumer" ? undefined : unresolvable("PersistentVolume had no name");
}

function mayHelp(event: ClusterEvent, { metadata, spec }: Pod): boolean {
  if (event.type === "nodeAdded") return true;
  if (event.type === "nodeUpdated")
    return Object.keys(zoneLabels).some((label) => event.node.metadata.labels?.[label] !== event.old.metadata.labels?.[label]);
  if (event.type !== "added" && event.type !== "updated") return false;
  if (event.resource === "persistentvolumeclaims")
    return event.object.metadata.namespace === metadata.namespace && usesClaim(spec.volumes, event.object.metadata.name);
  return event.resource === "persistentvolumes" || (event.resource === "storageclasses" && event.type === "added");
}
