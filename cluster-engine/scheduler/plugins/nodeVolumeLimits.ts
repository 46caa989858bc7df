import type { CSINode, PersistentVolumeClaim, Pod } from "../../../shared/kubernetes/types.ts";
import type { NodeInfo } from "../nodeInfo.ts";
import type { ClusterEvent, Plugin, Verdict } from "../types.ts";
import { claimsOf, classOf, concerns, ownershipProblem } from "../volumes/claims.ts";
import type { VolumeView } from "../volumes/volumeView.ts";

const exceeded: Verdict = { code: "unschedulable", reasons: ["node(s) exceed max volume count"] };
const unresolvable = (reason: string): Verdict => ({ code: "unresolvable", reasons: [reason] });

/** Volume → its CSI driver. */
type Attachable = Map<string, string>;

/** No more CSI volumes on a node than its drivers can attach (CSINode). */
export function nodeVolumeLimits(view: VolumeView): Plugin {
  return {
    name: "NodeVolumeLimits",
    begin({ pod }) {
      if (claimsOf(pod).length === 0) return undefined;
      const wanted: Attachable = new Map();
      const problem = collect(pod, view, wanted, true);
      return { filter: (info) => problem ?? (wanted.size > 0 ? verdict(info, wanted, view) : undefined) };
    },
    wakesOn: mayHelp,
  };
}

function verdict(info: NodeInfo, wanted: Attachable, view: VolumeView): Verdict | undefined {
  const csiNode = view.csiNodes.get(info.name);
  for (const driver of new Set(wanted.values()))
    if (isMissing(driver, csiNode, view)) return { code: "unschedulable", reasons: [`${driver} CSI driver is not installed on the node`] };
  const limits = limitsOf(csiNode);
  if (limits.size === 0) return undefined;
  const attached: Attachable = new Map();
  for (const other of info.pods.values()) collect(other, view, attached, false);
  for (const { spec } of view.attachments.byIndex("node", info.name)) {
    const handle = spec.source.persistentVolumeName && view.volumes.get(spec.source.persistentVolumeName)?.spec?.csi?.volumeHandle;
    if (handle) attached.set(`${spec.attacher}/${handle}`, spec.attacher);
  }
  const all = new Map([...attached, ...wanted]);
  const more = new Set([...wanted].filter(([volume]) => !attached.has(volume)).map(([, driver]) => driver));
  const count = (driver: string) => [...all.values()].filter((other) => other === driver).length;
  return [...more].some((driver) => count(driver) > (limits.get(driver) ?? Infinity)) ? exceeded : undefined;
}

/** Drivers may ask that no pod comes before they are there. */
const isMissing = (driver: string, csiNode: CSINode | undefined, view: VolumeView): boolean =>
  Boolean(view.drivers.get(driver)?.spec.preventPodSchedulingIfMissing) && !csiNode?.spec.drivers.some(({ name }) => name === driver);

function limitsOf(csiNode: CSINode | undefined): Map<string, number> {
  const drivers = csiNode?.spec.drivers ?? [];
  return new Map(drivers.flatMap(({ name, allocatable }) => (allocatable?.count === undefined ? [] : [[name, allocatable.count] as const])));
}

/** Adds the pod's CSI volumes; says what is wrong with a new pod's claims. */
function collect(pod: Pod, view: VolumeView, into: Attachable, isNew: boolean): Verdict | undefined {
  for (const { name, ephemeral } of claimsOf(pod)) {
    const claim = view.claims.get(`${pod.metadata.namespace}/${name}`);
    if (!claim && isNew) return unresolvable(`looking up PVC ${pod.metadata.namespace}/${name}: persistentvolumeclaim "${name}" not found`);
    if (!claim) continue;
    const problem = ephemeral ? ownershipProblem(pod, claim) : undefined;
    if (problem && isNew) return unresolvable(problem);
    const csi = csiOf(claim, view);
    if (csi) into.set(`${csi.driver}/${csi.handle}`, csi.driver);
  }
  return undefined;
}

/** A claim without a volume counts as one of its class's driver, under a name of its own. */
function csiOf(claim: PersistentVolumeClaim, view: VolumeView): { driver: string; handle: string } | undefined {
  const { namespace, name } = claim.metadata;
  const volume = claim.spec?.volumeName ? view.volumes.get(claim.spec.volumeName) : undefined;
  if (volume) return volume.spec?.csi && { driver: volume.spec.csi.driver, handle: volume.spec.csi.volumeHandle };
  const storageClass = view.storageClass(classOf(claim));
  return storageClass && { driver: storageClass.provisioner, handle: `${storageClass.provisioner}-${namespace}/${name}` };
}

function mayHelp(event: ClusterEvent, pod: Pod): boolean {
  switch (event.type) {
    case "podDeleted":
      return claimsOf(event.pod).length > 0;
    case "nodeAdded":
      return true;
    case "added":
      return event.resource === "csinodes" || (event.resource === "persistentvolumeclaims" && concerns(event.object as PersistentVolumeClaim, pod));
    case "updated":
      return event.resource === "csinodes" && hasGrown(event.old as CSINode, event.object as CSINode);
    case "deleted":
      return event.resource === "volumeattachments";
    default:
      return false;
  }
}

function hasGrown(before: CSINode, now: CSINode): boolean {
  const was = limitsOf(before);
  return [...limitsOf(now)].some(([driver, limit]) => limit > (was.get(driver) ?? 0));
}
