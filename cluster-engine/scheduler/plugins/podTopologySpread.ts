import type { LabelSelector, Pod, TopologySpreadConstraint } from "../../../shared/kubernetes/types.ts";
import { type LabelMatcher, labelSelectorMatcher } from "../../api/selectors.ts";
import type { NodeInfo } from "../nodeInfo.ts";
import type { Cycle, Plugin, PluginRun, Verdict } from "../types.ts";
import { matchesPodsSelection } from "./nodeSelection.ts";
import { maxScore } from "./scores.ts";
import { untolerated } from "./tolerations.ts";

interface Constraint {
  spec: TopologySpreadConstraint;
  matches: LabelMatcher;
  selfMatch: number;
  /** Matching pods a topology value, over the nodes that count. */
  counts: Map<string, number>;
}

/** Holds the difference of matching pods between topology domains below maxSkew. */
export const podTopologySpread: Plugin = {
  name: "PodTopologySpread",
  weight: 2,
  begin(cycle) {
    const specs = cycle.pod.spec.topologySpreadConstraints ?? [];
    const of = (when: TopologySpreadConstraint["whenUnsatisfiable"]) => specs.filter((spec) => spec.whenUnsatisfiable === when);
    const hard = constraints(cycle, of("DoNotSchedule"));
    const soft = constraints(cycle, of("ScheduleAnyway"));
    if (hard.length + soft.length === 0) return undefined;
    return { ...(hard.length > 0 && { filter: (info: NodeInfo) => firstBroken(hard, info) }), ...(soft.length > 0 && scoring(soft)) };
  },
  wakesOn: () => true,
};

function constraints({ pod, nodes }: Cycle, specs: TopologySpreadConstraint[]): Constraint[] {
  const keys = specs.map((spec) => spec.topologyKey);
  return specs.map((spec) => {
    const matches = labelSelectorMatcher(withMatchKeys(spec, pod));
    const counts = new Map<string, number>();
    for (const info of nodes) {
      const labels = info.node.metadata.labels ?? {};
      if (!keys.every((key) => key in labels) || !nodeCounts(spec, pod, info)) continue;
      const value = labels[spec.topologyKey]!;
      counts.set(value, (counts.get(value) ?? 0) + matchingPods(info, pod.metadata.namespace, matches));
    }
    return { spec, matches, selfMatch: matches(pod.metadata.labels) ? 1 : 0, counts };
  });
}

function withMatchKeys({ labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint, pod: Pod): LabelSelector | undefined {
  const labels = pod.metadata.labels ?? {};
  const own = matchLabelKeys.filter((key) => key in labels).map((key) => ({ key, operator: "In" as const, values: [labels[key]!] }));
  if (!labelSelector || own.length === 0) return labelSelector;
  return { ...labelSelector, matchExpressions: [...(labelSelector.matchExpressions ?? []), ...own] };
}

/** Whether a node counts, by the constraint's inclusion policies. */
function nodeCounts(spec: TopologySpreadConstraint, pod: Pod, { node }: NodeInfo): boolean {
  if (spec.nodeAffinityPolicy !== "Ignore" && !matchesPodsSelection(pod, node)) return false;
  return spec.nodeTaintsPolicy !== "Honor" || !untolerated(node.spec?.taints, pod.spec.tolerations, ["NoSchedule", "NoExecute"]);
}

function matchingPods(info: NodeInfo, namespace: string, matches: LabelMatcher): number {
  let count = 0;
  for (const pod of info.pods.values()) {
    if (pod.metadata.namespace === namespace && !pod.metadata.deletionTimestamp && matches(pod.metadata.labels)) count++;
  }
  return count;
}

function firstBroken(hard: Constraint[], { node }: NodeInfo): Verdict | undefined {
  for (const { spec, counts, selfMatch } of hard) {
    const value = node.metadata.labels?.[spec.topologyKey];
    if (value === undefined)
      return { code: "unresolvable", reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"] };
    const smallest = counts.size < (spec.minDomains ?? 1) ? 0 : Math.min(...counts.values());
    const skew = (counts.get(value) ?? 0) + selfMatch - smallest;
    if (skew > spec.maxSkew) return { code: "unschedulable", reasons: ["node(s) didn't match pod topology spread constraints"] };
  }
  return undefined;
}

function scoring(soft: Constraint[]): Pick<PluginRun, "score" | "normalize"> {
  const weights = soft.map(({ counts }) => Math.log(counts.size + 2));
  return {
    score: ({ node }) =>
      Math.round(
        soft.reduce((sum, { spec, counts }, i) => {
          const value = node.metadata.labels?.[spec.topologyKey];
          return value === undefined ? sum : sum + (counts.get(value) ?? 0) * weights[i]! + (spec.maxSkew - 1);
        }, 0),
      ),
    normalize(scores) {
      const [min, max] = [Math.min(...scores), Math.max(...scores)];
      return scores.map((score) => (max === 0 ? maxScore : Math.floor((maxScore * (max + min - score)) / max)));
    },
  };
}
