import { isDeepStrictEqual } from "node:util";
import type { LabelSelector, Node, Pod, TopologySpreadConstraint } from "../../../shared/kubernetes/types.ts";
import { type LabelMatcher, labelSelectorMatcher } from "../../api/selectors.ts";
import type { NodeInfo } from "../nodeInfo.ts";
import type { Change } from "../change.ts";
import type { ClusterEvent, Cycle, Plugin, Scoring, Tally, Topology, Verdict } from "../types.ts";
import { matchesPodsSelection } from "./nodeSelection.ts";
import { maxScore } from "./scores.ts";
import { untolerated } from "./tolerations.ts";

export interface PodTopologySpreadArgs {
  defaultingType?: "System" | "List";
  defaultConstraints?: readonly TopologySpreadConstraint[];
}

/** The selector of pods that belong together with one that has no constraints of its own. */
export type DefaultSelector = (pod: Pod) => LabelSelector | undefined;

const hostname = "kubernetes.io/hostname";
const systemDefaults: readonly TopologySpreadConstraint[] = [
  { topologyKey: hostname, whenUnsatisfiable: "ScheduleAnyway", maxSkew: 3 },
  { topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "ScheduleAnyway", maxSkew: 5 },
];

const uneven: Verdict = { code: "unschedulable", reasons: ["node(s) didn't match pod topology spread constraints"] };
const unlabelled: Verdict = {
  code: "unresolvable",
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
};

/** Holds the difference of matching pods between topology domains below maxSkew. */
export function podTopologySpread(args: PodTopologySpreadArgs, selectorOf: DefaultSelector): Plugin {
  const system = args.defaultingType !== "List";
  const defaults = system ? systemDefaults : (args.defaultConstraints ?? []);
  const constraintsOf = (pod: Pod): readonly TopologySpreadConstraint[] => {
    const own = pod.spec.topologySpreadConstraints;
    if (own?.length) return own;
    const labelSelector = defaults.length > 0 ? selectorOf(pod) : undefined;
    return labelSelector ? defaults.map((constraint) => ({ ...constraint, labelSelector })) : [];
  };
  return {
    name: "PodTopologySpread",
    begin(cycle) {
      const specs = constraintsOf(cycle.pod);
      if (specs.length === 0) return undefined;
      const hard = compile(cycle, specs, "DoNotSchedule");
      const soft = compile(cycle, specs, "ScheduleAnyway");
      const counted = hard.map((constraint) => countDomains(cycle, constraint, hard));
      // Nodes without a zone still spread by name, unless the constraints are the pod's own.
      const lenient = system && !cycle.pod.spec.topologySpreadConstraints?.length;
      return {
        ...(hard.length > 0 && { filter: (info: NodeInfo, change?: Change) => firstBroken(counted, info, change) }),
        scoring: (nodes) => (soft.length > 0 ? spreadScoring(cycle, soft, nodes, lenient) : undefined),
      };
    },
    wakesOn: (event, pod) => mayHelp(event, pod, constraintsOf(pod)),
  };
}

interface Constraint {
  spec: TopologySpreadConstraint;
  topology: Topology;
  tally: Tally;
  matches: LabelMatcher;
}

function compile(
  { pod, snapshot }: Cycle,
  specs: readonly TopologySpreadConstraint[],
  when: TopologySpreadConstraint["whenUnsatisfiable"],
): Constraint[] {
  const { namespace } = pod.metadata;
  return specs
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === when)
    .map((spec) => {
      const selector = withMatchKeys(spec, pod);
      const matches = labelSelectorMatcher(selector);
      const empty = !selector || Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0) === 0;
      const of = ({ metadata: { labels, deletionTimestamp } }: Pod) => (!empty && !deletionTimestamp && matches(labels) ? 1 : 0);
      const tally = snapshot.tally({ key: `spread ${namespace} ${JSON.stringify(selector)}`, namespace, of });
      return { spec, topology: snapshot.topology(spec.topologyKey), tally, matches };
    });
}

function withMatchKeys(
  { labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint,
  { metadata: { labels = {} } }: Pod,
): LabelSelector | undefined {
  const own = matchLabelKeys.filter((key) => key in labels).map((key) => ({ key, operator: "In" as const, values: [labels[key]!] }));
  if (!labelSelector || own.length === 0) return labelSelector;
  return { ...labelSelector, matchExpressions: [...(labelSelector.matchExpressions ?? []), ...own] };
}

/** Whether a node counts, by the constraint's inclusion policies. */
function nodeCounts(spec: TopologySpreadConstraint, pod: Pod, node: Node): boolean {
  if (spec.nodeAffinityPolicy !== "Ignore" && !matchesPodsSelection(pod, node)) return false;
  return spec.nodeTaintsPolicy !== "Honor" || !untolerated(node.spec?.taints, pod.spec.tolerations, ["NoSchedule", "NoExecute"]);
}

const selects = ({ spec }: Pod): boolean =>
  spec.nodeSelector !== undefined || spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined;

/** Without a selection and a look at taints, every node counts. */
const allCount = (spec: TopologySpreadConstraint, pod: Pod): boolean =>
  spec.nodeTaintsPolicy !== "Honor" && (spec.nodeAffinityPolicy === "Ignore" || !selects(pod));

interface Domains extends Constraint {
  /** Matching pods a domain; -1 where no node counts. */
  sums: Int32Array;
  domains: number;
  smallest: number;
  selfMatch: number;
  counts(node: NodeInfo): boolean;
}

/** Matching pods a domain, over the nodes that have all the keys and count. */
function countDomains({ pod, snapshot }: Cycle, constraint: Constraint, all: readonly Constraint[]): Domains {
  const { spec, topology, tally, matches } = constraint;
  const everyNode = allCount(spec, pod);
  const counts = (info: NodeInfo) => all.every((each) => each.topology.domainOf(info) >= 0) && (everyNode || nodeCounts(spec, pod, info.node));
  const sums = new Int32Array(topology.size).fill(-1);
  let domains = 0;
  for (const info of snapshot.nodes) {
    if (!counts(info)) continue;
    const domain = topology.domainOf(info);
    if (sums[domain]! < 0) {
      sums[domain] = 0;
      domains++;
    }
    sums[domain]! += tally.counts[info.slot] ?? 0;
  }
  return { ...constraint, sums, domains, smallest: smallestOf(sums), selfMatch: matches(pod.metadata.labels) ? 1 : 0, counts };
}

function smallestOf(sums: Int32Array): number {
  let smallest = Infinity;
  for (const sum of sums) if (sum >= 0 && sum < smallest) smallest = sum;
  return smallest;
}

function firstBroken(hard: readonly Domains[], info: NodeInfo, change?: Change): Verdict | undefined {
  for (const constraint of hard) {
    const { spec, topology, domains, selfMatch } = constraint;
    const domain = topology.domainOf(info);
    if (domain < 0) return unlabelled;
    const { sums, smallest } = change ? changed(constraint, info, change) : constraint;
    const least = domains < (spec.minDomains ?? 1) ? 0 : smallest;
    if (Math.max(0, sums[domain]!) + selfMatch - least > spec.maxSkew) return uneven;
  }
  return undefined;
}

function changed(constraint: Domains, info: NodeInfo, change: Change): Pick<Domains, "sums" | "smallest"> {
  const { sums, topology, tally, counts } = constraint;
  if (!counts(info)) return constraint;
  const difference = change.difference(tally.of);
  if (difference === 0) return constraint;
  const own = sums.slice();
  own[topology.domainOf(info)]! += difference;
  return { sums: own, smallest: smallestOf(own) };
}

/** Fewer matching pods in a node's domains are better; topologies with many domains weigh more. */
function spreadScoring({ pod, snapshot }: Cycle, soft: readonly Constraint[], nodes: readonly NodeInfo[], lenient: boolean): Scoring {
  const ignored = (info: NodeInfo) => !lenient && soft.some(({ topology }) => topology.domainOf(info) < 0);
  const scored = nodes.filter((info) => !ignored(info));
  const parts = soft.map((constraint) => {
    const { spec, topology, tally } = constraint;
    if (spec.topologyKey === hostname)
      return { ...constraint, weight: Math.log(scored.length + 2), count: (info: NodeInfo) => tally.counts[info.slot] ?? 0 };
    const domains = new Set(scored.map((info) => topology.domainOf(info)));
    const sums = new Float64Array(topology.size);
    const everyNode = allCount(spec, pod);
    for (const info of snapshot.nodes) {
      const count = tally.counts[info.slot];
      const domain = topology.domainOf(info);
      if (count && domain >= 0 && !ignored(info) && (everyNode || nodeCounts(spec, pod, info.node))) sums[domain]! += count;
    }
    return { ...constraint, weight: Math.log(domains.size + 2), count: (info: NodeInfo) => sums[topology.domainOf(info)]! };
  });
  return {
    score(info) {
      if (ignored(info)) return NaN;
      let sum = 0;
      for (const { spec, topology, weight, count } of parts) if (topology.domainOf(info) >= 0) sum += count(info) * weight + spec.maxSkew - 1;
      return Math.round(sum);
    },
    normalize: reversed,
  };
}

/** NaN stands for nodes that the constraints say nothing about: they get 0. */
function reversed(scores: number[]): number[] {
  let [min, max] = [Infinity, 0];
  for (const score of scores) {
    if (score < min) min = score;
    if (score > max) max = score;
  }
  return scores.map((score) => (Number.isNaN(score) ? 0 : max === 0 ? maxScore : Math.floor((maxScore * (max + min - score)) / max)));
}

function mayHelp(event: ClusterEvent, pod: Pod, specs: readonly TopologySpreadConstraint[]): boolean {
  const hard = specs.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === "DoNotSchedule");
  const matching = ({ metadata }: Pod) =>
    metadata.namespace === pod.metadata.namespace && hard.some((spec) => labelSelectorMatcher(withMatchKeys(spec, pod))(metadata.labels));
  const labelled = ({ metadata: { labels = {} } }: Node) => hard.every(({ topologyKey }) => topologyKey in labels);
  switch (event.type) {
    case "podBound":
    case "podDeleted":
      return matching(event.pod);
    case "podUpdated":
      return (
        matching(event.pod) !== matching(event.old) ||
        (matching(event.pod) && event.pod.metadata.deletionTimestamp !== event.old.metadata.deletionTimestamp)
      );
    case "self":
      return (
        !isDeepStrictEqual(event.pod.metadata.labels, event.old.metadata.labels) ||
        !isDeepStrictEqual(event.pod.spec.tolerations, event.old.spec.tolerations)
      );
    case "nodeAdded":
    case "nodeDeleted":
      return labelled(event.node);
    case "nodeUpdated":
      return (
        labelled(event.node) !== labelled(event.old) ||
        (labelled(event.node) &&
          (hard.some(({ topologyKey }) => event.node.metadata.labels?.[topologyKey] !== event.old.metadata.labels?.[topologyKey]) ||
            !isDeepStrictEqual(event.node.spec?.taints, event.old.spec?.taints)))
      );
    default:
      return false;
  }
}
