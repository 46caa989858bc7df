import type { Pod, PodDisruptionBudget } from "../../../shared/kubernetes/types.ts";
import type { Random } from "../../base/random.ts";
import { unavailable } from "../decide.ts";
import type { NodeInfo } from "../nodeInfo.ts";
import { type Candidate, compareCandidates, priorityOf, victimsOn } from "../preemption.ts";
import type { Failure, Plugin, PostFilterResult, Verdict } from "../types.ts";

export interface DefaultPreemptionArgs {
  /** How many nodes are looked at: this share of them, and at least so many. */
  minCandidateNodesPercentage?: number;
  minCandidateNodesAbsolute?: number;
}

export interface PreemptionParts {
  random: Random;
  budgets(): readonly PodDisruptionBudget[];
  /** Whether the victims of an earlier attempt of this pod are still being deleted. */
  isRunning(uid: string): boolean;
  /** Extenders may strike candidates. */
  review?(pod: Pod, candidates: Candidate[]): Promise<Candidate[]> | undefined;
}

const notHelpful: Verdict = { code: "unresolvable", reasons: ["Preemption is not helpful for scheduling"] };

/** Makes room for a pod by ending pods of lower priority: the fewest and least important that will do. */
export function defaultPreemption(args: DefaultPreemptionArgs, parts: PreemptionParts): Plugin {
  return {
    name: "DefaultPreemption",
    preEnqueue: ({ metadata: { uid } }) => (parts.isRunning(uid) ? "waiting for the preemption for this pod to be finished" : undefined),
    postFilter(failure) {
      const { pod } = failure.cycle;
      const ineligible = whyNot(failure);
      if (ineligible) return { message: `preemption: ${ineligible}` };
      const { candidates, verdicts } = findCandidates(failure, args, parts);
      if (candidates.length === 0) {
        const message = `preemption: ${unavailable(failure.cycle.snapshot.nodes.length, verdicts.values(), notHelpful)}`;
        return { message, nominatedNode: "" };
      }
      const reviewed = parts.review?.(pod, candidates);
      return reviewed ? reviewed.then(chosen) : chosen(candidates);
    },
    // Whatever refused the pod waits for what helps.
    wakesOn: () => false,
  };
}

function chosen(candidates: readonly Candidate[]): PostFilterResult {
  const best = [...candidates].sort(compareCandidates)[0];
  if (!best) return { message: "preemption: no candidate node for preemption" };
  return { nominatedNode: best.node.name, victims: best.victims, final: true };
}

function whyNot({ cycle: { pod, snapshot }, refusals }: Failure): string | undefined {
  if (pod.spec.preemptionPolicy === "Never") return "not eligible due to preemptionPolicy=Never.";
  const nominated = pod.status?.nominatedNodeName;
  if (!nominated || refusals.get(nominated)?.code === "unresolvable") return undefined;
  for (const other of snapshot.get(nominated)?.pods.values() ?? [])
    if (priorityOf(other) < priorityOf(pod) && isLeaving(other)) return "not eligible due to a terminating pod on the nominated node.";
  return undefined;
}

const isLeaving = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined &&
  Boolean(
    status?.conditions?.some(
      (condition) => condition.type === "DisruptionTarget" && condition.status === "True" && condition.reason === "PreemptionByScheduler",
    ),
  );

function findCandidates(
  failure: Failure,
  { minCandidateNodesPercentage = 10, minCandidateNodesAbsolute = 100 }: DefaultPreemptionArgs,
  { random, budgets }: PreemptionParts,
): { candidates: Candidate[]; verdicts: Map<string, Verdict> } {
  const { snapshot } = failure.cycle;
  const verdicts = new Map<string, Verdict>();
  const candidates: Candidate[] = [];
  const potential: NodeInfo[] = [];
  for (const [name, { code }] of failure.refusals) {
    const info = code === "unschedulable" ? snapshot.get(name) : undefined;
    if (info) potential.push(info);
  }
  if (potential.length === 0) return { candidates, verdicts };
  const enough = Math.min(potential.length, Math.max(minCandidateNodesAbsolute, Math.floor((potential.length * minCandidateNodesPercentage) / 100)));
  const offset = Math.floor(random.next() * potential.length);
  const known = budgets();
  let harmless = 0;
  for (let i = 0; i < potential.length && !(harmless > 0 && candidates.length >= enough); i++) {
    const info = potential[(offset + i) % potential.length]!;
    const result = victimsOn(info, failure, known);
    if ("code" in result) verdicts.set(info.name, result);
    else {
      candidates.push(result);
      if (result.violations === 0) harmless++;
    }
  }
  return { candidates, verdicts };
}
