import type {
  Deployment,
  Pod,
  PodDisruptionBudget,
  PodDisruptionBudgetStatus,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from "../../shared/kubernetes/types.ts";
import { Deployments, PodDisruptionBudgets, Pods, ReplicaSets, ReplicationControllers, StatefulSets } from "../api/resources.ts";
import { labelSelectorMatcher } from "../api/selectors.ts";
import { rfc3339 } from "../base/clock.ts";
import { runReconciler, source } from "../client/reconciler.ts";
import type { Informers } from "../client/types.ts";
import { withCondition } from "./conditions.ts";
import { semanticEqual } from "./equality.ts";
import { scaledValue } from "./intOrPercent.ts";
import { controllerOf } from "./owners.ts";
import { isReady, isTerminal } from "./podState.ts";
import { loopOptions, type Controller } from "./types.ts";

/** An eviction that was allowed but has not led to a deletion is forgotten after this, ms. */
const disruptionTimeout = 120_000;

/** Counts how many pods of each PodDisruptionBudget may be evicted. */
export const disruptionController: Controller = {
  name: "disruption-controller",
  account: "disruption-controller",
  component: "controllermanager",
  start(context) {
    const { informers, clock, events } = context;
    const budgets = informers.of(PodDisruptionBudgets);
    const pods = informers.of(Pods);
    const owners = [Deployments, ReplicaSets, ReplicationControllers, StatefulSets].map((type) => informers.of(type as typeof Deployments));
    const concerned = (pod: Pod): string[] =>
      budgets
        .list(pod.metadata.namespace)
        .filter(({ spec }) => labelSelectorMatcher(spec?.selector)(pod.metadata.labels))
        .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    return runReconciler({
      ...loopOptions(context),
      name: "disruption",
      sources: [source(budgets), source(pods, concerned)],
      reads: owners,
      async reconcile(key, { client }) {
        const budget = budgets.get(key);
        if (!budget) return;
        const selects = labelSelectorMatcher(budget.spec?.selector);
        const selected = pods.list(budget.metadata.namespace).filter((pod) => selects(pod.metadata.labels));
        if (selected.length === 0) events.event(budget, "Normal", "NoPods", "No matching pods found");
        const now = clock.now();
        const status = budgetStatus(budget, selected, expectedPods(budget, selected, informers), now);
        if (!semanticEqual(status, budget.status)) await client.resource(PodDisruptionBudgets).updateStatus({ ...budget, status });
        const oldest = Math.min(...Object.values(status.disruptedPods ?? {}).map((time) => Date.parse(time)));
        return Number.isFinite(oldest) ? { requeueAfter: oldest + disruptionTimeout - now } : undefined;
      },
    });
  },
};

/** How many pods there should be: what their controllers want, or (with a fixed minimum) what there is. */
export function expectedPods({ spec }: PodDisruptionBudget, pods: Pod[], informers: Informers): number {
  const fixed = typeof spec?.minAvailable === "number" && spec.maxUnavailable === undefined;
  if (fixed) return pods.length;
  const wanted = new Map<string, number>();
  for (const pod of pods) {
    const scale = scaleOf(pod, informers);
    if (scale) wanted.set(scale.uid, scale.replicas);
  }
  return [...wanted.values()].reduce((sum, replicas) => sum + replicas, 0);
}

function scaleOf(pod: Pod, informers: Informers): { uid: string; replicas: number } | undefined {
  const reference = controllerOf(pod);
  const type = { ReplicaSet: ReplicaSets, ReplicationController: ReplicationControllers, StatefulSet: StatefulSets }[reference?.kind ?? ""];
  if (!reference || !type) return undefined;
  const { namespace } = pod.metadata;
  const owner = informers.of(type as typeof ReplicaSets).get({ namespace, name: reference.name }) as
    | ReplicaSet
    | ReplicationController
    | StatefulSet
    | undefined;
  if (owner?.metadata.uid !== reference.uid) return undefined;
  const above = controllerOf(owner);
  const deployment: Deployment | undefined =
    above?.kind === "Deployment" ? informers.of(Deployments).get({ namespace, name: above.name }) : undefined;
  const scaled = deployment ?? owner;
  return { uid: scaled.metadata.uid, replicas: scaled.spec?.replicas ?? 1 };
}

/** What the status should say; `now` in ms. */
export function budgetStatus({ metadata, spec, status }: PodDisruptionBudget, pods: Pod[], expected: number, now: number): PodDisruptionBudgetStatus {
  const disruptedPods = stillDisrupted(status?.disruptedPods, pods, now);
  const healthy = pods.filter(
    (pod) => isReady(pod) && !isTerminal(pod) && !pod.metadata.deletionTimestamp && !(pod.metadata.name in disruptedPods),
  ).length;
  const desired = desiredHealthy(spec, expected);
  const allowed = expected > 0 ? Math.max(0, healthy - desired) : 0;
  const condition = {
    type: "DisruptionAllowed",
    status: allowed > 0 ? ("True" as const) : ("False" as const),
    observedGeneration: metadata.generation,
    lastTransitionTime: rfc3339(now),
    reason: allowed > 0 ? "SufficientPods" : "InsufficientPods",
    message: "",
  };
  return {
    observedGeneration: metadata.generation,
    ...(Object.keys(disruptedPods).length > 0 ? { disruptedPods } : {}),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: withCondition(status?.conditions, condition) as PodDisruptionBudgetStatus["conditions"],
  };
}

function desiredHealthy(spec: PodDisruptionBudget["spec"], expected: number): number {
  if (spec?.maxUnavailable !== undefined) return Math.max(0, expected - scaledValue(spec.maxUnavailable, expected, "up"));
  return scaledValue(spec?.minAvailable, expected, "up");
}

function stillDisrupted(disrupted: Record<string, string> = {}, pods: Pod[], now: number): Record<string, string> {
  const present = new Set(pods.filter(({ metadata }) => !metadata.deletionTimestamp).map(({ metadata }) => metadata.name));
  return Object.fromEntries(Object.entries(disrupted).filter(([name, time]) => present.has(name) && Date.parse(time) + disruptionTimeout > now));
}
