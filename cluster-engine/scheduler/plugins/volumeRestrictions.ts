import type { PersistentVolumeClaim, Pod, Volume } from "../../../shared/kubernetes/types.ts";
import type { ClusterEvent, Plugin, Tally, Verdict } from "../types.ts";
import { usesClaim } from "../volumes/claims.ts";
import type { VolumeView } from "../volumes/volumeView.ts";

const diskConflict: Verdict = { code: "unschedulable", reasons: ["node(s) had no available disk"] };
const inUse: Verdict = {
  code: "unschedulable",
  reasons: ["node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod"],
};

export const claimNotFound = (name: string): Verdict => ({ code: "unresolvable", reasons: [`persistentvolumeclaim "${name}" not found`] });

/** Disks that only one pod may write, and claims that only one pod may use (ReadWriteOncePod). */
export function volumeRestrictions(view: VolumeView): Plugin {
  return {
    name: "VolumeRestrictions",
    begin({ pod, snapshot }) {
      if (!pod.spec.volumes) return undefined;
      const disks = pod.spec.volumes.filter(isDisk);
      const tallies: Tally[] = [];
      for (const { persistentVolumeClaim } of pod.spec.volumes) {
        if (!persistentVolumeClaim) continue;
        const { claimName } = persistentVolumeClaim;
        const { namespace } = pod.metadata;
        const claim = view.claims.get(`${namespace}/${claimName}`);
        if (!claim) return { refusal: claimNotFound(claimName) };
        if (!claim.spec?.accessModes?.includes("ReadWriteOncePod")) continue;
        const of = ({ spec }: Pod) => (usesClaim(spec.volumes, claimName) ? 1 : 0);
        tallies.push(snapshot.tally({ key: `claim ${namespace}/${claimName}`, namespace, of }));
      }
      const contested = tallies.filter(({ total }) => total > 0);
      if (disks.length === 0 && contested.length === 0) return undefined;
      return {
        filter({ pods }, change) {
          for (const other of pods.values()) if (disks.some((disk) => clashes(disk, other))) return diskConflict;
          return contested.some(({ total, of }) => total + (change?.difference(of) ?? 0) > 0) ? inUse : undefined;
        },
      };
    },
    wakesOn: mayHelp,
  };
}

const isDisk = ({ gcePersistentDisk, awsElasticBlockStore, rbd, iscsi }: Volume): boolean =>
  Boolean(gcePersistentDisk ?? awsElasticBlockStore ?? rbd ?? iscsi);

/** The same disk, and not read-only on both sides. */
function clashes(mine: Volume, { spec }: Pod): boolean {
  const shared = (a: { readOnly?: boolean }, b: { readOnly?: boolean }) => Boolean(a.readOnly && b.readOnly);
  return (spec.volumes ?? []).some((other) => {
    const [gce, otherGce] = [mine.gcePersistentDisk, other.gcePersistentDisk];
    if (gce && otherGce && gce.pdName === otherGce.pdName && !shared(gce, otherGce)) return true;
    if (mine.awsElasticBlockStore && mine.awsElasticBlockStore.volumeID === other.awsElasticBlockStore?.volumeID) return true;
    if (mine.iscsi && other.iscsi && mine.iscsi.iqn === other.iscsi.iqn && !shared(mine.iscsi, other.iscsi)) return true;
    const [rbd, otherRbd] = [mine.rbd, other.rbd];
    if (!rbd || !otherRbd) return false;
    const sameImage = (rbd.pool ?? "rbd") === (otherRbd.pool ?? "rbd") && rbd.image === otherRbd.image;
    return sameImage && rbd.monitors.some((monitor) => otherRbd.monitors.includes(monitor)) && !shared(rbd, otherRbd);
  });
}

function mayHelp(event: ClusterEvent, { metadata, spec }: Pod): boolean {
  if (event.type === "nodeAdded") return true;
  if (event.type === "podDeleted") {
    if (event.pod.metadata.namespace !== metadata.namespace) return false;
    const volumes = spec.volumes ?? [];
    return volumes.some(
      (volume) =>
        (isDisk(volume) && clashes(volume, event.pod)) ||
        (volume.persistentVolumeClaim !== undefined && usesClaim(event.pod.spec.volumes, volume.persistentVolumeClaim.claimName)),
    );
  }
  if (event.type !== "added" || event.resource !== "persistentvolumeclaims") return false;
  const claim = event.object as PersistentVolumeClaim;
  return claim.metadata.namespace === metadata.namespace && usesClaim(spec.volumes, claim.metadata.name);
}
