import type { Pod, StatefulSet } from "../../../shared/kubernetes/types.ts";
import { ControllerRevisions, PersistentVolumeClaims, StatefulSets } from "../../../cluster-engine/api/resources.ts";
import type { Invariant, View } from "../invariant.ts";
import { appOf, controllerUid, imageOf, isActive, isAvailable, isReady, lostPod, namespaceGoes, newPod, podsOf } from "./pods.ts";

const ownerOf = (view: View, pod: Pod): StatefulSet | undefined =>
  view.history.list(StatefulSets, pod.metadata.namespace).find(({ metadata }) => metadata.uid === controllerUid(pod));

const ordinalOf = ({ metadata }: Pod): number => Number(metadata.name.split("-").at(-1));

const firstOf = ({ spec }: StatefulSet): number => spec.ordinals?.start ?? 0;

const endOf = (set: StatefulSet): number => firstOf(set) + (set.spec.replicas ?? 1);

const isOrdered = ({ spec }: StatefulSet): boolean => spec.podManagementPolicy !== "Parallel";

const revisionOf = ({ metadata }: Pod): string | undefined => metadata.labels?.["controller-revision-hash"];

const recent = (view: View, set: StatefulSet): StatefulSet[] =>
  view.history.since(StatefulSets, set.metadata, view.now - view.staleness).filter(({ metadata }) => metadata.uid === set.metadata.uid);

export const ordinalsWithinBounds: Invariant = {
  name: "StatefulSet ordinals",
  onChange(change, view) {
    const pod = newPod(change);
    const set = pod && ownerOf(view, pod);
    if (!set) return;
    const ordinal = ordinalOf(pod);
    if (recent(view, set).every((each) => ordinal < firstOf(each) || ordinal >= endOf(each)))
      return `${pod.metadata.name} is none of ${endOf(set)} ordinals`;
    return;
  },
};

export const orderedStart: Invariant = {
  name: "StatefulSet starts in order",
  onChange(change, view) {
    const pod = newPod(change);
    const set = pod && ownerOf(view, pod);
    if (!set || !isOrdered(set) || view.isDisturbed(appOf(pod))) return;
    const pods = new Map(podsOf(view, [set]).map((each) => [ordinalOf(each), each]));
    const first = Math.max(...recent(view, set).map(firstOf));
    for (let ordinal = first; ordinal < ordinalOf(pod); ordinal++) {
      const before = pods.get(ordinal);
      if (!before || !isAvailable(before, set.spec.minReadySeconds ?? 0, view.wall))
        return `${pod.metadata.name} was made before ${ordinal} was available`;
    }
    return;
  },
};

export const orderedStop: Invariant = {
  name: "StatefulSet stops in order",
  onChange(change, view) {
    const pod = lostPod(change);
    const set = pod && ownerOf(view, pod);
    if (!set || !isOrdered(set) || !isActive(pod) || set.metadata.deletionTimestamp || namespaceGoes(view, pod) || view.isDisturbed(appOf(pod)))
      return;
    const ordinal = ordinalOf(pod);
    const others = podsOf(view, [set]).filter(({ metadata }) => metadata.name !== pod.metadata.name);
    const higher = others.filter((each) => ordinalOf(each) > ordinal);
    if (recent(view, set).some((each) => ordinal >= endOf(each) || ordinal < firstOf(each))) {
      return higher.length > 0 ? `${pod.metadata.name} went before ${higher[0]!.metadata.name}` : undefined;
    }
    // An update: everything above is at the new revision and serves.
    const { minReadySeconds = 0 } = set.spec;
    const unready = higher.filter((each) => ordinalOf(each) < endOf(set) && !isAvailable(each, minReadySeconds, view.wall));
    if (isReady(pod) && unready.length > 0) return `${pod.metadata.name} was replaced while ${unready[0]!.metadata.name} was not available`;
    const partition = Math.min(...recent(view, set).map(({ spec }) => spec.updateStrategy?.rollingUpdate?.partition ?? 0));
    if (isReady(pod) && ordinal < partition) return `${pod.metadata.name} was replaced below the partition ${partition}`;
    if (isReady(pod) && recent(view, set).every(({ spec }) => spec.updateStrategy?.type === "OnDelete"))
      return `${pod.metadata.name} was replaced in spite of OnDelete`;
    return;
  },
};

function wrongRest(view: View, set: StatefulSet): string[] {
  const { metadata, spec, status } = set;
  const wrong: string[] = [];
  const say = (what: string) => wrong.push(`${metadata.name} ${what}`);
  if (status?.observedGeneration !== metadata.generation) say(`is at generation ${metadata.generation}, observed ${status?.observedGeneration}`);
  const pods = podsOf(view, [set]);
  if (metadata.deletionTimestamp || [imageOf(spec.template), ...pods.map(imageOf)].some((image) => image.startsWith("sick"))) return wrong;
  const ordinals = pods
    .filter(isActive)
    .map(ordinalOf)
    .sort((a, b) => a - b);
  const wanted = Array.from({ length: spec.replicas ?? 1 }, (_, i) => firstOf(set) + i);
  if (ordinals.join() !== wanted.join()) say(`wants pods ${wanted.join()} and has ${ordinals.join()}`);
  const { replicas, readyReplicas = 0, availableReplicas = 0, currentRevision, updateRevision } = status ?? {};
  if ([replicas, readyReplicas, availableReplicas].some((count) => count !== wanted.length))
    say(`wants ${wanted.length} and tells ${JSON.stringify(status)}`);
  const rolling = spec.updateStrategy?.type !== "OnDelete";
  const partition = spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  const old = pods.filter((pod) => rolling && ordinalOf(pod) >= partition && imageOf(pod) !== imageOf(spec.template));
  if (old.length > 0) say(`has pods of an old template: ${old.map(({ metadata: { name } }) => name).join()}`);
  if (rolling && partition <= firstOf(set) && currentRevision !== updateRevision) say(`is at revision ${currentRevision}, not ${updateRevision}`);
  const live = new Set([currentRevision, updateRevision, ...pods.map(revisionOf)]);
  const kept = view.history
    .list(ControllerRevisions, metadata.namespace)
    .filter((each) => controllerUid(each) === metadata.uid && !live.has(each.metadata.name));
  if (kept.length > (spec.revisionHistoryLimit ?? 10)) say(`keeps ${kept.length} old revisions`);
  return [...wrong, ...wrongClaims(view, set)];
}

/** The retention policy of the model's sets is Delete: claims go with their pods. */
function wrongClaims(view: View, set: StatefulSet): string[] {
  if (!set.spec.volumeClaimTemplates?.length) return [];
  const name = (ordinal: number) => `data-${set.metadata.name}-${ordinal}`;
  const wanted = Array.from({ length: set.spec.replicas ?? 1 }, (_, i) => name(firstOf(set) + i));
  const claims = view.history.list(PersistentVolumeClaims, set.metadata.namespace).map(({ metadata }) => metadata.name);
  const own = claims.filter((claim) => claim.startsWith(`data-${set.metadata.name}-`)).sort();
  return own.join() === wanted.join() ? [] : [`${set.metadata.name} wants claims ${wanted.join()} and has ${own.join()}`];
}

export const statefulSetRest: Invariant = {
  name: "StatefulSet at rest",
  settled: (view) => view.history.list(StatefulSets).flatMap((set) => wrongRest(view, set)),
};

export const statefulSetInvariants: readonly Invariant[] = [ordinalsWithinBounds, orderedStart, orderedStop, statefulSetRest];
