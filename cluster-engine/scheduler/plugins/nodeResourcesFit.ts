import type { Node, Pod } from "../../../shared/kubernetes/types.ts";
import { NodeInfo } from "../nodeInfo.ts";
import { Amounts, podRequests } from "../podResources.ts";
import type { ClusterEvent, Plugin, Verdict } from "../types.ts";
import { nodeScore, type ScoringStrategy } from "./resourceScores.ts";

export interface NodeResourcesFitArgs {
  /** Extended resources that others look after (`example.com/gpu`), or whole groups of them (`example.com`). */
  ignoredResources?: readonly string[];
  ignoredResourceGroups?: readonly string[];
  scoringStrategy?: Partial<ScoringStrategy>;
}

const defaultStrategy: ScoringStrategy = {
  type: "LeastAllocated",
  resources: [
    { name: "cpu", weight: 1 },
    { name: "memory", weight: 1 },
  ],
};

type Wanted = readonly (readonly [name: string, amount: number])[];

/** Requests must fit into what is free; among nodes that fit, the strategy says which is better. */
export function nodeResourcesFit(args: NodeResourcesFitArgs = {}): Plugin {
  const { ignoredResources = [], ignoredResourceGroups = [] } = args;
  const scoringStrategy = { ...defaultStrategy, ...args.scoringStrategy };
  const scoreOf = nodeScore(scoringStrategy);
  const ignored = (name: string) => ignoredResources.includes(name) || ignoredResourceGroups.includes(name.split("/")[0]!);
  const wantedBy = (pod: Pod) => wantedOf(podRequests(pod).requests).filter(([name]) => !name.includes("/") || !ignored(name));
  return {
    name: "NodeResourcesFit",
    begin({ pod }) {
      const { nonZero, requests } = podRequests(pod);
      const wanted = wantedBy(pod);
      const amounts = scoringStrategy.resources.map(({ name }) => (name === "cpu" || name === "memory" ? nonZero : requests).get(name));
      const filter = (info: NodeInfo) => (hasRoom(requests, wanted, info) ? undefined : shortage(wanted, info));
      return { filter, scoring: () => ({ score: (info) => scoreOf(info, amounts) }) };
    },
    wakesOn: (event, pod) => mayHelp(event, wantedBy(pod)),
  };
}

const wantedOf = (requests: Amounts): [string, number][] => {
  const own: [string, number][] = [
    ["cpu", requests.cpu],
    ["memory", requests.memory],
    ["ephemeral-storage", requests.storage],
  ];
  return [...own, ...requests.others].filter(([, amount]) => amount > 0);
};

/** The quick look: a resource that is not asked for may be overdrawn. */
function hasRoom({ cpu, memory, storage, others }: Amounts, wanted: Wanted, { pods, allocatable, requested }: NodeInfo): boolean {
  if (pods.size + 1 > allocatable.pods) return false;
  if (cpu > 0 && cpu > allocatable.cpu - requested.cpu) return false;
  if (memory > 0 && memory > allocatable.memory - requested.memory) return false;
  if (storage > 0 && storage > allocatable.storage - requested.storage) return false;
  if (others.size === 0) return true;
  for (const [name, amount] of wanted) if (amount > allocatable.get(name) - requested.get(name)) return false;
  return true;
}

function shortage(wanted: Wanted, { pods, allocatable, requested }: NodeInfo): Verdict | undefined {
  const reasons: string[] = pods.size + 1 > allocatable.pods ? ["Too many pods"] : [];
  let hopeless = false;
  for (const [name, amount] of wanted) {
    const capacity = allocatable.get(name);
    if (amount <= capacity - requested.get(name)) continue;
    reasons.push(`Insufficient ${name}`);
    hopeless ||= amount > capacity;
  }
  if (reasons.length === 0) return undefined;
  return { code: hopeless ? "unresolvable" : "unschedulable", reasons };
}

function mayHelp(event: ClusterEvent, wanted: Wanted): boolean {
  switch (event.type) {
    case "podDeleted":
      return true;
    case "podUpdated":
      return isLess(podRequests(event.pod).requests, podRequests(event.old).requests, wanted);
    case "self":
      return isLess(podRequests(event.pod).requests, podRequests(event.old).requests, wantedOf(podRequests(event.old).requests));
    case "nodeAdded":
      return fitsEmpty(wanted, event.node);
    case "nodeUpdated":
      return fitsEmpty(wanted, event.node) && hasGrown(event.old, event.node, wanted);
    default:
      return false;
  }
}

const isLess = (now: Amounts, before: Amounts, wanted: Wanted): boolean => wanted.some(([name]) => now.get(name) < before.get(name));

const fitsEmpty = (wanted: Wanted, node: Node): boolean => !shortage(wanted, new NodeInfo(node));

function hasGrown(before: Node, now: Node, wanted: Wanted): boolean {
  const [was, is] = [Amounts.of(before.status?.allocatable), Amounts.of(now.status?.allocatable)];
  return is.pods > was.pods || wanted.some(([name]) => is.get(name) > was.get(name));
}
