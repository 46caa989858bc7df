import type { Pod, PodDisruptionBudget } from "../../../shared/kubernetes/types.ts";
import { Deployments, PodDisruptionBudgets, Pods } from "../../../cluster-engine/api/resources.ts";
import type { Invariant, View } from "../invariant.ts";
import { appOf, isActive, isReady, lostPod } from "./pods.ts";

const budgetsOf = (view: View, pod: Pod): PodDisruptionBudget[] =>
  view.history.list(PodDisruptionBudgets, pod.metadata.namespace).filter(({ spec }) => spec?.selector?.matchLabels?.["app"] === appOf(pod));

const percent = (value: number | string, of: number): number => (typeof value === "string" ? Math.ceil((Number.parseInt(value) * of) / 100) : value);

/** How many healthy pods the budget asks for, of a Deployment of the same name with so many replicas. */
export function neededBy({ spec }: PodDisruptionBudget, expected: number): number {
  if (spec?.maxUnavailable !== undefined) return Math.max(0, expected - percent(spec.maxUnavailable, expected));
  return percent(spec?.minAvailable ?? 0, expected);
}

/** A pod was lost by something else than an eviction, or became unready, since `since`. */
const otherLosses = (view: View, app: string, since: number): boolean =>
  view.history.changes.some((change) => {
    if (change.at < since || change.resource !== "pods" || appOf(change.object) !== app || !change.previous) return false;
    const [pod, before] = [change.object as Pod, change.previous as Pod];
    return (lostPod(change) !== undefined && !change.touched) || (isReady(before) && !isReady(pod) && !before.metadata.deletionTimestamp);
  });

export const budgetKept: Invariant = {
  name: "evictions keep the budget",
  onChange(change, view) {
    const pod = change.touched ? lostPod(change) : undefined;
    if (!pod || !isReady(pod)) return;
    const app = appOf(pod);
    const since = view.now - Math.max(view.staleness, 1000);
    if (otherLosses(view, app, since)) return;
    const healthy = view.history.list(Pods, pod.metadata.namespace).filter((each) => appOf(each) === app && isActive(each) && isReady(each)).length;
    for (const budget of budgetsOf(view, pod)) {
      // Budgets that the controller has not seen yet admit nothing; what they asked for a moment ago counts too.
      const wanted = view.history.since(Deployments, { namespace: pod.metadata.namespace, name: app }, since).map(({ spec }) => spec.replicas ?? 1);
      const needed = Math.min(...wanted.map((replicas) => neededBy(budget, replicas)));
      if (Number.isFinite(needed) && healthy < needed)
        return `${pod.metadata.name} was evicted: ${healthy} healthy pods are left of ${needed} that ${budget.metadata.name} needs`;
    }
    return;
  },
};

export const budgetRest: Invariant = {
  name: "PodDisruptionBudget at rest",
  settled: (view) =>
    view.history.list(PodDisruptionBudgets).flatMap((budget) => {
      const { metadata, spec, status } = budget;
      const app = spec?.selector?.matchLabels?.["app"] ?? "";
      const deployment = view.history.get(Deployments, { namespace: metadata.namespace, name: app });
      const pods = view.history.list(Pods, metadata.namespace).filter((pod) => appOf(pod) === app);
      const healthy = pods.filter((pod) => isActive(pod) && isReady(pod)).length;
      const expected = pods.length === 0 ? 0 : typeof spec?.minAvailable === "number" ? pods.length : (deployment?.spec.replicas ?? 0);
      const needed = neededBy(budget, expected);
      const allowed = expected > 0 ? Math.max(0, healthy - needed) : 0;
      const right =
        status?.observedGeneration === metadata.generation &&
        status?.currentHealthy === healthy &&
        status.disruptionsAllowed === allowed &&
        Object.keys(status.disruptedPods ?? {}).length === 0;
      return right || metadata.deletionTimestamp
        ? []
        : [`${metadata.name} tells ${JSON.stringify(status)} of ${healthy} healthy pods, ${needed} needed`];
    }),
};

export const budgetInvariants: readonly Invariant[] = [budgetKept, budgetRest];
