import type { Pod, PodDisruptionBudget } from "../../shared/kubernetes/types.ts";
import { type LabelMatcher, labelSelectorMatcher } from "../api/selectors.ts";
import { Change } from "./change.ts";
import type { NodeInfo } from "./nodeInfo.ts";
import type { Failure, Verdict } from "./types.ts";

/** A node on which room can be made. */
export interface Candidate {
  node: NodeInfo;
  /** The most important first. */
  victims: Pod[];
  /** How many victims their PodDisruptionBudgets would keep. */
  violations: number;
}

export const priorityOf = (pod: Pod): number => pod.spec.priority ?? 0;
const startOf = (pod: Pod): string => pod.status?.startTime ?? "9999";

const nobodyLeaves: Verdict = { code: "unresolvable", reasons: ["No preemption victims found for incoming pod"] };

/**
 * All lower pods leave; then each may come back as long as the pod still fits: those that a budget keeps first, the most
 * important first (kube-scheduler's DefaultPreemption).
 */
export function victimsOn(info: NodeInfo, { cycle, fits }: Failure, budgets: readonly PodDisruptionBudget[]): Candidate | Verdict {
  const lower = [...info.pods.values()].filter((pod) => priorityOf(pod) < priorityOf(cycle.pod)).sort(byImportance);
  if (lower.length === 0) return nobodyLeaves;
  const change = new Change([], lower);
  const trial = info.with(change);
  const verdict = () => fits(trial, change);
  const refusal = verdict();
  if (refusal) return refusal;
  const { kept, free } = byBudget(lower, budgets);
  let violations = 0;
  for (const pod of [...kept, ...free]) {
    trial.add(pod);
    change.restore(pod);
    if (!verdict()) continue;
    trial.remove(pod);
    change.remove(pod);
    if (kept.includes(pod)) violations++;
  }
  return { node: info, victims: [...change.removed].sort(byImportance), violations };
}

function byImportance(a: Pod, b: Pod): number {
  return priorityOf(b) - priorityOf(a) || compareText(startOf(a), startOf(b));
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const matchers = new WeakMap<PodDisruptionBudget, LabelMatcher>();

/** A budget without a selector, or with an empty one, is about no pod. */
function matcherOf(budget: PodDisruptionBudget): LabelMatcher {
  let matcher = matchers.get(budget);
  if (!matcher) {
    const { matchLabels = {}, matchExpressions = [] } = budget.spec?.selector ?? {};
    const empty = Object.keys(matchLabels).length + matchExpressions.length === 0;
    matchers.set(budget, (matcher = empty ? () => false : labelSelectorMatcher(budget.spec!.selector)));
  }
  return matcher;
}

/** Pods whose budget has nothing left for them, and the others. */
function byBudget(pods: readonly Pod[], budgets: readonly PodDisruptionBudget[]): { kept: Pod[]; free: Pod[] } {
  const known = budgets.map((budget) => ({ budget, matches: matcherOf(budget), left: budget.status?.disruptionsAllowed ?? 0 }));
  const kept: Pod[] = [];
  const free: Pod[] = [];
  for (const pod of pods) {
    const { name, namespace, labels = {} } = pod.metadata;
    let violated = false;
    for (const entry of known) {
      const { metadata, status } = entry.budget;
      if (metadata.namespace !== namespace || Object.keys(labels).length === 0 || !entry.matches(labels)) continue;
      if (status?.disruptedPods && name in status.disruptedPods) continue;
      if (--entry.left < 0) violated = true;
    }
    (violated ? kept : free).push(pod);
  }
  return { kept, free };
}

/** The fewest broken budgets, the least important highest victim, the smallest sum of priorities, the fewest, the youngest. */
export function compareCandidates(a: Candidate, b: Candidate): number {
  const highest = ({ victims }: Candidate) => priorityOf(victims[0]!);
  const sum = ({ victims }: Candidate) => victims.reduce((total, pod) => total + priorityOf(pod) + 2 ** 31, 0);
  return (
    a.violations - b.violations ||
    highest(a) - highest(b) ||
    sum(a) - sum(b) ||
    a.victims.length - b.victims.length ||
    compareText(earliestStart(b), earliestStart(a))
  );
}

/** Of the most important victims. */
function earliestStart({ victims }: Candidate): string {
  const highest = priorityOf(victims[0]!);
  return victims
    .filter((pod) => priorityOf(pod) === highest)
    .map(startOf)
    .sort()[0]!;
}
