import { keyOf } from "../../shared/kubernetes/object.ts";
import type { Decision } from "./decide.ts";
import type { DecisionTrace, NodeTrace } from "./types.ts";

/** Clusters up to this size are traced whole. */
const wholeUpTo = 100;
/** Of larger ones: so many of the best, and so many of the refused. */
const shown = 10;

/** What a decision looked like from inside. */
export function traceOf(decision: Decision, { at, attempt }: Pick<DecisionTrace, "at" | "attempt">): DecisionTrace {
  const { attempt: run, feasible, refusals, node } = decision;
  const { cycle, profile } = run;
  const { nodes } = cycle.snapshot;
  const limit = nodes.length <= wholeUpTo ? nodes.length : shown;
  return {
    pod: keyOf(cycle.pod.metadata),
    uid: cycle.pod.metadata.uid,
    scheduler: profile.schedulerName,
    at,
    attempt,
    ...(node && { node: node.name }),
    preFilters: run.refusal ? [{ plugin: run.refusal.plugin, reasons: run.refusal.verdict.reasons }] : [],
    nodeCount: nodes.length,
    evaluated: feasible.length + refusals.size,
    feasible: feasible.length,
    reasons: countReasons(decision),
    nodes: [...bestNodes(decision, limit), ...refusedNodes(decision, limit)].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function countReasons({ refusals }: Decision): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reasons } of refusals.values()) for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

function bestNodes({ feasible, scores, totals }: Decision, limit: number): NodeTrace[] {
  return bestIndexes(totals, feasible.length, limit).map((i) => ({
    name: feasible[i]!.name,
    filters: [],
    scores: scores.map(({ plugin, weight, scores: own }) => ({ plugin, weight, score: own[i]! })),
    ...(totals.length > 0 && { total: totals[i] }),
  }));
}

/** The best come first; one look at each, no sorting of all. */
function bestIndexes(totals: readonly number[], length: number, limit: number): number[] {
  if (length <= limit) return Array.from({ length }, (_, i) => i);
  const best: number[] = [];
  for (let i = 0; i < length; i++) {
    if (best.length === limit && totals[i]! <= totals[best[limit - 1]!]!) continue;
    let at = best.length === limit ? limit - 1 : best.length;
    for (; at > 0 && totals[best[at - 1]!]! < totals[i]!; at--) best[at] = best[at - 1]!;
    best[at] = i;
  }
  return best;
}

function refusedNodes({ attempt, refusals }: Decision, limit: number): NodeTrace[] {
  const found: NodeTrace[] = [];
  for (const [name, verdict] of refusals) {
    if (found.length >= limit) break;
    const info = attempt.cycle.snapshot.get(name);
    const all = info ? attempt.allRefusals(info) : [];
    const own = { plugin: "", verdict };
    found.push({ name, filters: (all.length > 0 ? all : [own]).map((each) => ({ plugin: each.plugin, reasons: each.verdict.reasons })), scores: [] });
  }
  return found;
}
