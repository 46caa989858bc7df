import type { SchedulingExplanation, SchedulingRefusal } from "../../../shared/scheduling.ts";
import type { Event, Pod } from "../../../shared/kubernetes/types.ts";
import { detailOf, type World } from "./evidence.ts";
import { remedyFor } from "./remedies.ts";

/** A decision as Wherry's scheduler tells it. */
export interface DecisionTrace {
  at: number;
  attempt: number;
  node?: string;
  message?: string;
  preFilters: { plugin: string; reasons: string[] }[];
  preemption?: { node: string; victims: string[] };
  nodeCount: number;
  feasible: number;
  reasons: Record<string, number>;
  nodes: {
    name: string;
    filters: { plugin: string; reasons: string[] }[];
    scores: { plugin: string; score: number; weight: number }[];
    total?: number;
  }[];
}

/** A decision in plain words, with the numbers behind each refusal. */
export function explainTrace(trace: DecisionTrace, world: World): SchedulingExplanation {
  const { at, attempt, node, message, preemption, nodeCount, feasible } = trace;
  return {
    source: "trace",
    at,
    attempt,
    ...(node ? { node } : {}),
    ...(message ? { message } : {}),
    nodeCount,
    feasible,
    refusals: flat(trace.preFilters),
    reasons: reasonsOf(counted(trace)),
    nodes: trace.nodes.map(({ name, filters, scores, total }) => ({
      name,
      refusals: flat(filters).map((refusal) => withDetail(refusal, name, world)),
      scores,
      ...(total === undefined ? {} : { total }),
    })),
    ...(preemption ? { preemption } : {}),
  };
}

const flat = (filters: { plugin: string; reasons: string[] }[]): SchedulingRefusal[] =>
  filters.flatMap(({ plugin, reasons }) => reasons.map((reason) => ({ plugin, reason })));

function withDetail(refusal: SchedulingRefusal, node: string, world: World): SchedulingRefusal {
  const detail = detailOf(refusal.reason, node, world);
  return detail ? { ...refusal, detail } : refusal;
}

/** Every plugin's reasons where the nodes are told one by one: the scheduler itself counts only the first of each node. */
function counted({ nodes, nodeCount, reasons, preFilters }: DecisionTrace): Record<string, number> {
  if (nodes.length < nodeCount) return reasons;
  const counts: Record<string, number> = {};
  for (const { reason } of flat(preFilters)) counts[reason] = nodeCount;
  for (const { filters } of nodes) for (const { reason } of flat(filters)) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

const reasonsOf = (counts: Record<string, number>): SchedulingExplanation["reasons"] =>
  Object.entries(counts)
    .map(([reason, nodes]) => ({ reason, nodes, next: remedyFor(reason) }))
    .sort((a, b) => b.nodes - a.nodes);

const nothing = { nodeCount: 0, feasible: 0, refusals: [], reasons: [], nodes: [] };

/** What the pod's condition or the newest FailedScheduling event says: all that other clusters tell. */
export function explainMessage(pod: Pod, events: Event[]): SchedulingExplanation {
  if (pod.spec.nodeName) return { ...nothing, source: "event", node: pod.spec.nodeName };
  const condition = pod.status?.conditions?.find(({ type, status }) => type === "PodScheduled" && status === "False");
  const event = events.find(({ reason, involvedObject }) => reason === "FailedScheduling" && involvedObject.uid === pod.metadata.uid);
  const message = condition?.message ?? event?.message;
  if (!message) return { ...nothing, source: "none" };
  const at = event?.lastTimestamp ?? event?.eventTime ?? condition?.lastTransitionTime;
  const { nodeCount, counts } = parsed(message);
  return { ...nothing, source: "event", ...(at ? { at: Date.parse(at) } : {}), message, nodeCount, reasons: reasonsOf(counts) };
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {a: b}. preemption: …`. */
function parsed(message: string): { nodeCount: number; counts: Record<string, number> } {
  const [, total, told = ""] = /^0\/(\d+) nodes are available: (.*)$/s.exec(message) ?? [];
  if (total === undefined) return { nodeCount: 0, counts: { [message]: 0 } };
  const reasons = told.replace(/\.? (no new claims to deallocate, )?preemption: .*$/s, "").replace(/\.$/, "");
  const counts: Record<string, number> = {};
  for (const [, count, reason] of reasons.matchAll(/(\d+) (.+?)(?=, \d+ |$)/gs)) counts[reason!] = Number(count);
  return { nodeCount: Number(total), counts };
}
