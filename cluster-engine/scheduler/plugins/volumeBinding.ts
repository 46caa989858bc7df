import { isDeepStrictEqual } from "node:util";
import type { PersistentVolumeClaim, Pod } from "../../../shared/kubernetes/types.ts";
import type { NodeInfo } from "../nodeInfo.ts";
import type { ClusterEvent, Plugin, PluginRun, Verdict } from "../types.ts";
import { bindVolumes, reserved, type VolumeBinderParts, type VolumeWork, withSelectedNode } from "../volumes/bindVolumes.ts";
import { claimsOf, classOf, concerns, isBound, ownershipProblem, selectedNode } from "../volumes/claims.ts";
import { canProvision, findVolume, reaches, sizeOf } from "../volumes/matching.ts";
import type { VolumeView } from "../volumes/volumeView.ts";

const elsewhere = "node(s) didn't match PersistentVolume's node affinity";
const noVolume = "node(s) didn't find available persistent volumes to bind";
const noSpace = "node(s) did not have enough free storage";
const lostVolume = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";

const unresolvable = (...reasons: string[]): Verdict => ({ code: "unresolvable", reasons });

/** Ties pods to nodes that reach their volumes; binds or asks for volumes that wait for their first consumer. */
export function volumeBinding(view: VolumeView, parts: VolumeBinderParts): Plugin {
  return {
    name: "VolumeBinding",
    begin({ pod }) {
      const claims = claimsOf(pod);
      if (claims.length === 0) return undefined;
      const sorted = sortClaims(pod, view);
      if ("code" in sorted) return { refusal: sorted };
      return new BindingRun(pod, sorted, view, parts);
    },
    wakesOn: mayHelp,
  };
}

interface SortedClaims {
  bound: PersistentVolumeClaim[];
  /** They wait for their first consumer: smallest first. */
  waiting: PersistentVolumeClaim[];
}

function sortClaims(pod: Pod, view: VolumeView): SortedClaims | Verdict {
  const sorted: SortedClaims = { bound: [], waiting: [] };
  let unbound = false;
  for (const { name, ephemeral } of claimsOf(pod)) {
    const claim = view.claims.get(`${pod.metadata.namespace}/${name}`);
    const problem = claim ? claimProblem(pod, claim, ephemeral) : missing(name, ephemeral);
    if (problem) return unresolvable(problem);
    if (isBound(claim!)) sorted.bound.push(claim!);
    else if (waits(claim!, view)) sorted.waiting.push(claim!);
    else unbound = true;
  }
  if (unbound) return unresolvable("pod has unbound immediate PersistentVolumeClaims");
  sorted.waiting.sort((a, b) => sizeOf(a).compare(sizeOf(b)));
  return sorted;
}

const missing = (name: string, ephemeral: boolean): string =>
  ephemeral ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"` : `persistentvolumeclaim "${name}" not found`;

function claimProblem(pod: Pod, claim: PersistentVolumeClaim, ephemeral: boolean): string | undefined {
  const { name, deletionTimestamp } = claim.metadata;
  if (claim.status?.phase === "Lost") return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName}"`;
  if (deletionTimestamp) return `persistentvolumeclaim "${name}" is being deleted`;
  return ephemeral ? ownershipProblem(pod, claim) : undefined;
}

const waits = (claim: PersistentVolumeClaim, view: VolumeView): boolean =>
  !claim.spec?.volumeName && view.storageClass(classOf(claim))?.volumeBindingMode === "WaitForFirstConsumer";

class BindingRun implements PluginRun {
  readonly #pod: Pod;
  readonly #claims: SortedClaims;
  readonly #view: VolumeView;
  readonly #parts: VolumeBinderParts;
  readonly #work = new Map<string, VolumeWork>();
  #reserved: VolumeWork | undefined;

  constructor(pod: Pod, claims: SortedClaims, view: VolumeView, parts: VolumeBinderParts) {
    this.#pod = pod;
    this.#claims = claims;
    this.#view = view;
    this.#parts = parts;
  }

  filter(info: NodeInfo): Verdict | undefined {
    const reasons = this.#boundProblems(info);
    const { waiting } = this.#claims;
    if (waiting.length > 0) {
      const work = this.#workOn(info);
      if (typeof work === "string") reasons.push(work);
      else this.#work.set(info.name, work);
    }
    return reasons.length > 0 ? unresolvable(...reasons) : undefined;
  }

  reserve({ name }: NodeInfo): Verdict | undefined {
    const work = this.#work.get(name);
    if (!work) return undefined;
    this.#reserved = {
      bindings: work.bindings.map(({ volume, claim }) => ({ volume: reserved(volume, claim), claim })),
      provisions: work.provisions.map((claim) => withSelectedNode(claim, name)),
    };
    for (const { volume } of this.#reserved.bindings) this.#view.volumes.assume(volume);
    for (const claim of this.#reserved.provisions) this.#view.claims.assume(claim);
    return undefined;
  }

  unreserve(): void {
    for (const { volume } of this.#reserved?.bindings ?? []) this.#view.volumes.restore(volume);
    for (const claim of this.#reserved?.provisions ?? []) this.#view.claims.restore(claim);
    this.#reserved = undefined;
  }

  needsPreBind(): boolean {
    return this.#reserved !== undefined;
  }

  async preBind({ node }: NodeInfo, signal: AbortSignal): Promise<void> {
    if (this.#reserved) await bindVolumes(this.#parts, this.#pod, node, this.#reserved, signal);
  }

  #boundProblems({ node }: NodeInfo): string[] {
    for (const { spec } of this.#claims.bound) {
      const volume = this.#view.volumes.get(spec!.volumeName!);
      if (!volume) return [lostVolume];
      if (!reaches(volume, node)) return [elsewhere];
    }
    return [];
  }

  /** What the waiting claims need on a node, or why that is not possible. */
  #workOn({ node }: NodeInfo): VolumeWork | string {
    const work: VolumeWork = { bindings: [], provisions: [] };
    const taken = new Set<string>();
    for (const claim of this.#claims.waiting) {
      const selected = claim.metadata.annotations?.[selectedNode];
      if (selected !== undefined && selected !== node.metadata.name) return noVolume;
      const volume = selected === undefined ? findVolume(claim, this.#view.volumesOfClass(classOf(claim)), node, taken) : undefined;
      if (volume) {
        taken.add(volume.metadata.name);
        work.bindings.push({ volume, claim });
      } else work.provisions.push(claim);
    }
    for (const claim of work.provisions) {
      const possible = canProvision(this.#view, claim, node);
      if (possible !== "yes") return possible === "space" ? noSpace : noVolume;
    }
    return work;
  }
}

function mayHelp(event: ClusterEvent, pod: Pod): boolean {
  if (event.type === "nodeAdded") return true;
  if (event.type === "nodeUpdated") return !isDeepStrictEqual(event.node.metadata.labels, event.old.metadata.labels);
  if (event.type !== "added" && event.type !== "updated") return false;
  switch (event.resource) {
    case "persistentvolumeclaims":
      return concerns(event.object as PersistentVolumeClaim, pod);
    case "persistentvolumes":
    case "storageclasses":
    case "csistoragecapacities":
    case "csidrivers":
      return true;
    case "csinodes":
      return event.type === "added";
    default:
      return false;
  }
}
