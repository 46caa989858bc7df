import type { Deployment, Pod, ReplicaSet } from "../../../shared/kubernetes/types.ts";
import { Deployments, ReplicaSets } from "../../../cluster-engine/api/resources.ts";
import type { Invariant, View } from "../invariant.ts";
import { appOf, controllerUid, imageOf, isActive, isAvailable, lostPod, namespaceGoes, newPod, podsOf } from "./pods.ts";

const share = (value: number | string | undefined, of: number, round: (value: number) => number): number =>
  typeof value === "string" && value.endsWith("%") ? round((Number.parseInt(value) * of) / 100) : Number(value ?? 0);

const replicasOf = (object: { spec?: { replicas?: number } }): number => object.spec?.replicas ?? 1;

const surgeOf = ({ spec }: Deployment): number =>
  spec.strategy?.type === "Recreate" ? 0 : share(spec.strategy?.rollingUpdate?.maxSurge, replicasOf({ spec }), Math.ceil);

function unavailableOf({ spec }: Deployment): number {
  if (spec.strategy?.type === "Recreate") return replicasOf({ spec });
  const wanted = replicasOf({ spec });
  const { maxUnavailable, maxSurge } = spec.strategy?.rollingUpdate ?? {};
  const unavailable = share(maxUnavailable, wanted, Math.floor);
  return unavailable === 0 && share(maxSurge, wanted, Math.ceil) === 0 ? 1 : unavailable;
}

const replicaSetsOf = (view: View, deployment: Deployment): ReplicaSet[] =>
  view.history.list(ReplicaSets, deployment.metadata.namespace).filter((each) => controllerUid(each) === deployment.metadata.uid);

const deploymentOf = (view: View, replicaSet: ReplicaSet): Deployment | undefined =>
  view.history.list(Deployments, replicaSet.metadata.namespace).find(({ metadata }) => metadata.uid === controllerUid(replicaSet));

const replicaSetOf = (view: View, pod: Pod): ReplicaSet | undefined =>
  view.history.list(ReplicaSets, pod.metadata.namespace).find(({ metadata }) => metadata.uid === controllerUid(pod));

/** The states of an object that someone may act on now. */
const recent = <T extends Deployment | ReplicaSet>(view: View, type: typeof Deployments | typeof ReplicaSets, object: T): T[] =>
  (view.history.since(type as never, object.metadata, view.now - view.staleness) as T[]).filter(
    ({ metadata }) => metadata.uid === object.metadata.uid,
  );

export const surge: Invariant = {
  name: "maxSurge",
  onChange(change, view) {
    if (change.resource !== "replicasets.apps" || change.deleted) return;
    const replicaSet = change.object as ReplicaSet;
    if (replicasOf(replicaSet) <= (change.previous ? replicasOf(change.previous as ReplicaSet) : 0)) return;
    const deployment = deploymentOf(view, replicaSet);
    if (!deployment) return;
    const most = Math.max(...recent(view, Deployments, deployment).map((each) => replicasOf(each) + surgeOf(each)));
    const total = replicaSetsOf(view, deployment).reduce((sum, each) => sum + replicasOf(each), 0);
    if (total > most) return `${deployment.metadata.name} has ReplicaSets for ${total} pods, ${most} are allowed`;
    return;
  },
};

export const replicaCount: Invariant = {
  name: "replicas",
  onChange(change, view) {
    const pod = newPod(change);
    const owner = pod && replicaSetOf(view, pod);
    if (!owner) return;
    const most = Math.max(...recent(view, ReplicaSets, owner).map(replicasOf));
    const count = podsOf(view, [owner]).filter(isActive).length;
    if (count > most) return `${owner.metadata.name} has ${count} pods, ${most} are asked for`;
    return;
  },
};

export const availability: Invariant = {
  name: "maxUnavailable",
  onChange(change, view) {
    const pod = change.touched ? undefined : lostPod(change);
    const replicaSet = pod && replicaSetOf(view, pod);
    const deployment = replicaSet && deploymentOf(view, replicaSet);
    if (!deployment || deployment.metadata.deletionTimestamp || namespaceGoes(view, pod) || view.isDisturbed(appOf(pod))) return;
    const { minReadySeconds = 0 } = deployment.spec;
    if (!isAvailable(pod, minReadySeconds, view.wall)) return;
    const least = Math.min(...recent(view, Deployments, deployment).map((each) => replicasOf(each) - unavailableOf(each)));
    const left = podsOf(view, replicaSetsOf(view, deployment)).filter((each) => isAvailable(each, minReadySeconds, view.wall)).length;
    if (left < least) return `${deployment.metadata.name} has ${left} available pods after ${pod.metadata.name} was deleted, ${least} are needed`;
    return;
  },
};

const conditionsOf = ({ status }: Deployment): string =>
  (status?.conditions ?? []).map(({ type, status: value, reason }) => `${type} ${value} ${reason}`).join(", ");

const isHealthy = ({ spec }: Deployment): boolean => !imageOf(spec.template).startsWith("sick");

function wrongRest(view: View, deployment: Deployment): string[] {
  const { metadata, spec, status } = deployment;
  const wrong: string[] = [];
  const say = (what: string) => wrong.push(`${metadata.name} ${what}`);
  if (status?.observedGeneration !== metadata.generation) say(`is at generation ${metadata.generation}, observed ${status?.observedGeneration}`);
  const sets = replicaSetsOf(view, deployment);
  const pods = podsOf(view, sets).filter(isActive);
  if (status?.replicas !== undefined && status.replicas !== pods.length) say(`tells of ${status.replicas} replicas and has ${pods.length}`);
  if (metadata.deletionTimestamp || spec.paused || !isHealthy(deployment)) return wrong;
  const wanted = replicasOf(deployment);
  if (pods.length !== wanted) say(`has ${pods.length} pods for ${wanted} replicas`);
  const old = pods.filter((pod) => imageOf(pod) !== imageOf(spec.template));
  if (old.length > 0) say(`has ${old.length} pods of an old template`);
  const { updatedReplicas = 0, availableReplicas = 0, readyReplicas = 0, unavailableReplicas = 0 } = status ?? {};
  if (updatedReplicas !== wanted || availableReplicas !== wanted || readyReplicas !== wanted || unavailableReplicas !== 0)
    say(`wants ${wanted} and tells ${JSON.stringify({ updatedReplicas, availableReplicas, readyReplicas, unavailableReplicas })}`);
  for (const expected of ["Available True MinimumReplicasAvailable", "Progressing True NewReplicaSetAvailable"])
    if (!conditionsOf(deployment).includes(expected)) say(`has no ${expected}, but ${conditionsOf(deployment)}`);
  const kept = sets.filter((each) => replicasOf(each) === 0 && (each.status?.replicas ?? 0) === 0).length - (wanted === 0 ? 1 : 0);
  if (kept > (spec.revisionHistoryLimit ?? 10)) say(`keeps ${kept} old ReplicaSets`);
  return wrong;
}

export const deploymentRest: Invariant = {
  name: "Deployment at rest",
  settled: (view) => view.history.list(Deployments).flatMap((deployment) => wrongRest(view, deployment)),
};

export const replicaSetRest: Invariant = {
  name: "ReplicaSet at rest",
  settled: (view) =>
    view.history.list(ReplicaSets).flatMap((replicaSet) => {
      const pods = podsOf(view, [replicaSet]).filter(isActive);
      const { metadata, status } = replicaSet;
      const wrong = status?.observedGeneration !== metadata.generation || status?.replicas !== pods.length || pods.length !== replicasOf(replicaSet);
      return wrong && !metadata.deletionTimestamp
        ? [`${metadata.name} wants ${replicasOf(replicaSet)}, tells ${JSON.stringify(status)}, has ${pods.length}`]
        : [];
    }),
};

export const deploymentInvariants: readonly Invariant[] = [surge, replicaCount, availability, deploymentRest, replicaSetRest];
