import type { Pod } from "../../shared/kubernetes/types.ts";
import type { Random } from "../base/random.ts";
import { Attempt } from "./attempt.ts";
import { Change } from "./change.ts";
import type { NodeInfo } from "./nodeInfo.ts";
import type { Profile } from "./profile.ts";
import type { Cycle, Verdict } from "./types.ts";

const fewNodes = 100;
const smallestPercentage = 5;

export interface DecideOptions {
  profile: Profile;
  random: Random;
  /** Which node is asked first: a search that ends early goes on there the next time. */
  start?: number;
  /** Pods for which room is made on a node. */
  nominated?(node: string): readonly Pod[];
}

/** What is known of one attempt after each step. */
export interface Decision {
  attempt: Attempt;
  /** Nodes that would do. */
  feasible: NodeInfo[];
  /** Why each node that was asked was refused, by name. */
  refusals: Map<string, Verdict>;
  /** The reason for nodes that were not asked at all. */
  unasked?: Verdict;
  /** The plugins that refused at least one node: only what they wait for can help. */
  refusedBy: Set<string>;
  /** Plugin → its scores, in the order of `feasible`. */
  scores: { plugin: string; weight: number; scores: number[] }[];
  totals: number[];
  /** The chosen node; absent when none will do. */
  node?: NodeInfo;
}

/** Chooses a node for the cycle's pod: filter, score what is left, take the best; among equals by chance. */
export function decide(cycle: Cycle, options: DecideOptions): Decision {
  const decision = filterNodes(cycle, options);
  if (decision.feasible.length > 1) scoreNodes(decision);
  return choose(decision, options.random);
}

/** The first half: which nodes would do. */
export function filterNodes(cycle: Cycle, options: DecideOptions): Decision {
  const attempt = new Attempt(cycle, options.profile);
  const decision: Decision = { attempt, feasible: [], refusals: new Map(), refusedBy: new Set(), scores: [], totals: [] };
  if (attempt.refusal) {
    decision.refusedBy.add(attempt.refusal.plugin);
    decision.unasked = attempt.refusal.verdict;
    return decision;
  }
  const nominatedNode = cycle.pod.status?.nominatedNodeName;
  const first = nominatedNode ? cycle.snapshot.get(nominatedNode) : undefined;
  if (first) search(decision, [first], { ...options, start: 0 }, 1);
  if (decision.feasible.length === 0) search(decision, candidates(decision), options, wanted(cycle.snapshot.nodes.length, options.profile));
  return decision;
}

function candidates(decision: Decision): readonly NodeInfo[] {
  const { cycle, nodeNames } = decision.attempt;
  if (!nodeNames) return cycle.snapshot.nodes;
  decision.unasked = { code: "unresolvable", reasons: [`node(s) didn't satisfy plugin(s) [${nodeNames.plugins.join(" ")}]`] };
  for (const plugin of nodeNames.plugins) decision.refusedBy.add(plugin);
  return [...nodeNames.names].flatMap((name) => cycle.snapshot.get(name) ?? []);
}

/** How many nodes that would do are enough (kube-scheduler's percentageOfNodesToScore). */
function wanted(nodes: number, profile: Profile): number {
  if (profile.at("score").length === 0) return 1;
  if (nodes < fewNodes) return nodes;
  const percentage = profile.percentageOfNodesToScore || Math.max(smallestPercentage, 50 - Math.floor(nodes / 125));
  return Math.max(fewNodes, Math.floor((nodes * percentage) / 100));
}

function search({ attempt, feasible, refusals, refusedBy }: Decision, nodes: readonly NodeInfo[], options: DecideOptions, enough: number): void {
  const start = options.start ?? 0;
  for (let i = 0; i < nodes.length && feasible.length < enough; i++) {
    const info = nodes[(start + i) % nodes.length]!;
    const refusal = refusalWithNominated(attempt, info, options) ?? attempt.firstRefusal(info);
    if (!refusal) {
      feasible.push(info);
      continue;
    }
    refusals.set(info.name, refusal.verdict);
    refusedBy.add(refusal.plugin);
  }
}

const priorityOf = (pod: Pod): number => pod.spec.priority ?? 0;

/** Pods of at least this pod's priority for which room is made count as if they were there. */
function refusalWithNominated(attempt: Attempt, info: NodeInfo, { nominated }: DecideOptions, change?: Change): ReturnType<Attempt["firstRefusal"]> {
  const all = nominated?.(info.name);
  if (!all?.length) return undefined;
  const { pod } = attempt.cycle;
  const guests = all.filter((guest) => guest.metadata.uid !== pod.metadata.uid && priorityOf(guest) >= priorityOf(pod));
  if (guests.length === 0) return undefined;
  const guestsOnly = new Change(guests, []);
  return attempt.firstRefusal(info.with(guestsOnly), change?.with(guests) ?? guestsOnly);
}

/** Whether the pod fits on a node in trial, pods for which room is made there included. */
export function fits(attempt: Attempt, info: NodeInfo, change: Change, options: DecideOptions): Verdict | undefined {
  return (refusalWithNominated(attempt, info, options, change) ?? attempt.firstRefusal(info, change))?.verdict;
}

/** The second half: what plugins think of the nodes that would do. */
export function scoreNodes(decision: Decision): void {
  const { attempt, feasible } = decision;
  const totals = feasible.map(() => 0);
  for (const { enabled, run } of attempt.runs("score")) {
    const scoring = run.scoring?.(feasible);
    if (!scoring) continue;
    const raw = feasible.map((info) => scoring.score(info));
    const scores = scoring.normalize?.(raw, feasible) ?? raw;
    for (let i = 0; i < totals.length; i++) totals[i]! += scores[i]! * enabled.weight;
    decision.scores.push({ plugin: enabled.plugin.name, weight: enabled.weight, scores });
  }
  decision.totals = totals;
}

export function choose(decision: Decision, random: Random): Decision {
  const { feasible, totals } = decision;
  let best = -Infinity;
  const equals: number[] = [];
  for (let i = 0; i < totals.length; i++) {
    if (totals[i]! > best) {
      best = totals[i]!;
      equals.length = 0;
    }
    if (totals[i] === best) equals.push(i);
  }
  decision.node = feasible[equals.length > 1 ? equals[Math.floor(random.next() * equals.length)]! : (equals[0] ?? 0)];
  return decision;
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint(s).` as kube-scheduler writes it. */
export function refusalMessage({ attempt, refusals, unasked }: Pick<Decision, "attempt" | "refusals" | "unasked">): string {
  const { nodes } = attempt.cycle.snapshot;
  if (nodes.length === 0) return "no nodes available to schedule pods";
  if (attempt.refusal) return `0/${nodes.length} nodes are available: ${attempt.refusal.verdict.reasons.join(", ")}.`;
  return unavailable(nodes.length, refusals.values(), unasked);
}

/** `others` stands for the nodes that have no verdict. */
export function unavailable(nodeCount: number, verdicts: Iterable<Verdict>, others?: Verdict): string {
  const counts = new Map<string, number>();
  const count = (reason: string, by: number) => counts.set(reason, (counts.get(reason) ?? 0) + by);
  let seen = 0;
  for (const { reasons } of verdicts) {
    seen++;
    for (const reason of reasons) count(reason, 1);
  }
  if (seen < nodeCount) for (const reason of others?.reasons ?? []) count(reason, nodeCount - seen);
  const listed = [...counts].map(([reason, number]) => `${number} ${reason}`).sort();
  return `0/${nodeCount} nodes are available:${listed.length > 0 ? ` ${listed.join(", ")}.` : ""}`;
}
