import type { Random } from "../base/random.ts";
import type { NodeInfo } from "./nodeInfo.ts";
import type { Cycle, Plugin, PluginRun, SchedulingTrace, Verdict } from "./types.ts";

export interface Decision {
  /** The chosen node; absent when none will do. */
  node?: NodeInfo;
  /** Why each node that was refused was refused, by name. */
  refusals: Map<string, Verdict>;
  /** The plugins that refused at least one node: only what they wait for can help. */
  refusedBy: Set<string>;
  trace: SchedulingTrace["nodes"];
}

interface Begun {
  plugin: Plugin;
  run: PluginRun;
}

type NodeTrace = SchedulingTrace["nodes"][number];

/** Chooses a node for the cycle's pod: filter all, score what is left, take the best; among equals by chance. */
export function decide(cycle: Cycle, plugins: readonly Plugin[], random: Random): Decision {
  const begun = begin(cycle, plugins);
  const decision: Decision = { refusals: new Map(), refusedBy: new Set(), trace: [] };
  const feasible: { info: NodeInfo; trace: NodeTrace }[] = [];
  for (const info of cycle.nodes) {
    const trace: NodeTrace = { name: info.name, filters: [], scores: [] };
    decision.trace.push(trace);
    const refusal = firstRefusal(begun, info);
    if (!refusal) {
      feasible.push({ info, trace });
      continue;
    }
    decision.refusals.set(info.name, refusal.verdict);
    decision.refusedBy.add(refusal.plugin);
    trace.filters.push({ plugin: refusal.plugin, reasons: refusal.verdict.reasons });
  }
  if (feasible.length === 0) return decision;
  if (feasible.length > 1) scoreAll(begun, feasible);
  return { ...decision, node: best(feasible, random) };
}

/** Whether the pod fits on one node of the cycle. */
export function fits(cycle: Cycle, plugins: readonly Plugin[], info: NodeInfo): boolean {
  return !firstRefusal(begin(cycle, plugins), info);
}

function begin(cycle: Cycle, plugins: readonly Plugin[]): Begun[] {
  return plugins.flatMap((plugin) => {
    const run = plugin.begin(cycle);
    return run ? [{ plugin, run }] : [];
  });
}

function firstRefusal(begun: Begun[], info: NodeInfo): { plugin: string; verdict: Verdict } | undefined {
  for (const { plugin, run } of begun) {
    const verdict = run.filter?.(info);
    if (verdict) return { plugin: plugin.name, verdict };
  }
  return undefined;
}

function scoreAll(begun: Begun[], feasible: { info: NodeInfo; trace: NodeTrace }[]): void {
  for (const { plugin, run } of begun) {
    if (!run.score || !plugin.weight) continue;
    const raw = feasible.map(({ info }) => run.score!(info));
    const scores = run.normalize?.(raw) ?? raw;
    feasible.forEach(({ trace }, i) => trace.scores.push({ plugin: plugin.name, score: scores[i]!, weight: plugin.weight! }));
  }
}

function best(feasible: { info: NodeInfo; trace: NodeTrace }[], random: Random): NodeInfo {
  for (const { trace } of feasible) trace.total = trace.scores.reduce((sum, { score, weight }) => sum + score * weight, 0);
  const highest = Math.max(...feasible.map(({ trace }) => trace.total!));
  const equals = feasible.filter(({ trace }) => trace.total === highest);
  return equals[Math.floor(random.next() * equals.length)]!.info;
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint(s).` as kube-scheduler writes it. */
export function refusalMessage(nodeCount: number, refusals: Map<string, Verdict>): string {
  return `0/${nodeCount} nodes are available: ${countedReasons([...refusals.values()].flatMap((verdict) => verdict.reasons))}.`;
}

/** `1 this, 2 that`, sorted as text. */
export function countedReasons(reasons: string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(", ");
}
