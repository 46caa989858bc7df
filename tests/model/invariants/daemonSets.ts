import type { DaemonSet, Node, Pod } from "../../../shared/kubernetes/types.ts";
import { ControllerRevisions, DaemonSets, Nodes } from "../../../cluster-engine/api/resources.ts";
import type { Invariant, View } from "../invariant.ts";
import { appOf, controllerUid, imageOf, isActive, isAvailable, lostPod, namespaceGoes, newPod, podsOf } from "./pods.ts";

const ownerOf = (view: View, pod: Pod): DaemonSet | undefined =>
  view.history.list(DaemonSets, pod.metadata.namespace).find(({ metadata }) => metadata.uid === controllerUid(pod));

/** The node that a daemon pod is on, or is made for. */
const nodeOf = ({ spec }: Pod): string | undefined =>
  spec.nodeName ?? spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0];

/** Where a pod of the set belongs: selected, and without a taint that daemons do not tolerate. */
export const isEligible = ({ spec }: DaemonSet, node: Node): boolean =>
  Object.entries(spec.template.spec?.nodeSelector ?? {}).every(([key, value]) => node.metadata.labels?.[key] === value) &&
  !(node.spec?.taints ?? []).some(({ key, effect }) => effect !== "PreferNoSchedule" && !key.startsWith("node.kubernetes.io/"));

const recent = (view: View, set: DaemonSet): DaemonSet[] =>
  view.history.since(DaemonSets, set.metadata, view.now - view.staleness).filter(({ metadata }) => metadata.uid === set.metadata.uid);

const surges = ({ spec }: DaemonSet): boolean => ![undefined, 0, "0%"].includes(spec.updateStrategy?.rollingUpdate?.maxSurge);

export const oneDaemonANode: Invariant = {
  name: "DaemonSet has one pod a node",
  onChange(change, view) {
    const pod = newPod(change);
    const set = pod && ownerOf(view, pod);
    if (!set) return;
    const most = recent(view, set).some(surges) ? 2 : 1;
    const node = nodeOf(pod);
    const count = podsOf(view, [set]).filter((each) => isActive(each) && nodeOf(each) === node).length;
    return count > most ? `${set.metadata.name} has ${count} pods for ${node}` : undefined;
  },
};

function unavailableOf({ spec }: DaemonSet, desired: number): number {
  const value = spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1;
  return typeof value === "string" ? Math.ceil((Number.parseInt(value) * desired) / 100) : value;
}

export const daemonAvailability: Invariant = {
  name: "DaemonSet maxUnavailable",
  onChange(change, view) {
    const pod = lostPod(change);
    const set = pod && ownerOf(view, pod);
    if (!set || set.metadata.deletionTimestamp || namespaceGoes(view, pod) || view.isDisturbed(appOf(pod))) return;
    const { minReadySeconds = 0 } = set.spec;
    if (!isAvailable(pod, minReadySeconds, view.wall)) return;
    if (recent(view, set).every(({ spec }) => spec.updateStrategy?.type === "OnDelete"))
      return `${pod.metadata.name} was deleted in spite of OnDelete`;
    const nodes = view.history.list(Nodes).filter((node) => isEligible(set, node));
    const served = new Set(
      podsOf(view, [set])
        .filter((each) => isAvailable(each, minReadySeconds, view.wall))
        .map(nodeOf),
    );
    const missing = nodes.filter(({ metadata }) => !served.has(metadata.name)).length;
    const most = Math.max(...recent(view, set).map((each) => unavailableOf(each, nodes.length)));
    return missing > most
      ? `${set.metadata.name} lacks ${missing} of ${nodes.length} daemons after ${pod.metadata.name} was deleted, ${most} may lack`
      : undefined;
  },
};

function wrongRest(view: View, set: DaemonSet): string[] {
  const { metadata, spec, status } = set;
  const wrong: string[] = [];
  const say = (what: string) => wrong.push(`${metadata.name} ${what}`);
  if (status?.observedGeneration !== metadata.generation) say(`is at generation ${metadata.generation}, observed ${status?.observedGeneration}`);
  if (metadata.deletionTimestamp) return wrong;
  const nodes = view.history
    .list(Nodes)
    .filter((node) => isEligible(set, node))
    .map((node) => node.metadata.name)
    .sort();
  const pods = podsOf(view, [set]).filter(isActive);
  const served = pods.map((pod) => nodeOf(pod)!).sort();
  // A taint that only keeps new pods away leaves those that are there.
  const excess = served.filter((node) => !nodes.includes(node) && !mayStay(view, set, node));
  const expected = nodes.filter((node) => served.filter((each) => each === node).length !== 1);
  if (excess.length + expected.length > 0) say(`belongs on ${nodes.join()} and is on ${served.join()}`);
  const { desiredNumberScheduled, numberAvailable = 0, numberUnavailable = 0 } = status ?? {};
  if (desiredNumberScheduled !== nodes.length || numberAvailable !== nodes.length || numberUnavailable !== 0)
    say(`tells ${JSON.stringify(status)} of ${nodes.length} nodes`);
  const old = pods.filter((pod) => imageOf(pod) !== imageOf(spec.template) && nodes.includes(nodeOf(pod)!));
  if (old.length > 0 && spec.updateStrategy?.type !== "OnDelete") say(`has ${old.length} pods of an old template`);
  const hashes = new Set(pods.map((pod) => pod.metadata.labels?.["controller-revision-hash"]));
  const revisions = view.history.list(ControllerRevisions, metadata.namespace).filter((each) => controllerUid(each) === metadata.uid);
  const newest = Math.max(...revisions.map(({ revision }) => revision));
  const kept = revisions.filter(({ revision, metadata: { labels } }) => revision !== newest && !hashes.has(labels?.["controller-revision-hash"]));
  if (kept.length > (spec.revisionHistoryLimit ?? 10)) say(`keeps ${kept.length} old revisions`);
  return wrong;
}

const mayStay = (view: View, set: DaemonSet, name: string): boolean => {
  const node = view.history.get(Nodes, { name });
  const selected = node && isEligible(set, { ...node, spec: {} });
  return Boolean(selected) && !(node!.spec?.taints ?? []).some(({ effect, key }) => effect === "NoExecute" && !key.startsWith("node.kubernetes.io/"));
};

export const daemonSetRest: Invariant = {
  name: "DaemonSet at rest",
  settled: (view) => view.history.list(DaemonSets).flatMap((set) => wrongRest(view, set)),
};

export const daemonSetInvariants: readonly Invariant[] = [oneDaemonANode, daemonAvailability, daemonSetRest];
