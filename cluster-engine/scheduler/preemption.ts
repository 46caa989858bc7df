import type { Pod } from "../../shared/kubernetes/types.ts";
import { countedReasons, type Decision, fits } from "./decide.ts";
import { NodeInfo } from "./nodeInfo.ts";
import type { Cycle, Plugin } from "./types.ts";

export interface Preemption {
  node: NodeInfo;
  victims: Pod[];
}

const priorityOf = (pod: Pod): number => pod.spec.priority ?? 0;
const startOf = (pod: Pod): string => pod.status?.startTime ?? pod.metadata.creationTimestamp;

/**
 * Finds a node that would fit the pod when pods of lower priority leave it, and the fewest of them that must
 * (kube-scheduler's DefaultPreemption). A message when there is none.
 */
export function preempt(cycle: Cycle, decision: Decision, plugins: readonly Plugin[]): Preemption | { message: string } {
  const reasons: string[] = [];
  const candidates: Preemption[] = [];
  if (cycle.pod.spec.preemptionPolicy === "Never") return { message: "not eligible due to preemptionPolicy=Never." };
  for (const info of cycle.nodes) {
    if (decision.refusals.get(info.name)?.code !== "unschedulable") {
      reasons.push("Preemption is not helpful for scheduling");
      continue;
    }
    const victims = victimsOn(info, cycle, plugins);
    if (victims) candidates.push({ node: info, victims });
    else reasons.push("No preemption victims found for incoming pod");
  }
  const chosen = candidates.sort(compareCandidates)[0];
  return chosen ?? { message: `0/${cycle.nodes.length} nodes are available: ${countedReasons(reasons)}.` };
}

/** All lower pods leave; then each, the most important first, may come back as long as the pod still fits. */
function victimsOn(info: NodeInfo, cycle: Cycle, plugins: readonly Plugin[]): Pod[] | undefined {
  const lower = [...info.pods.values()].filter((pod) => priorityOf(pod) < priorityOf(cycle.pod)).sort(byImportance);
  if (lower.length === 0) return undefined;
  const staying = new Set([...info.pods.values()].filter((pod) => !lower.includes(pod)));
  const fitsWith = (pods: Iterable<Pod>) => {
    const reduced = new NodeInfo(info.node, pods);
    return fits({ ...cycle, nodes: cycle.nodes.map((node) => (node === info ? reduced : node)) }, plugins, reduced);
  };
  if (!fitsWith(staying)) return undefined;
  const victims: Pod[] = [];
  for (const pod of lower) {
    if (fitsWith([...staying, pod])) staying.add(pod);
    else victims.push(pod);
  }
  return victims;
}

function byImportance(a: Pod, b: Pod): number {
  return priorityOf(b) - priorityOf(a) || startOf(a).localeCompare(startOf(b));
}

/** The least important highest victim, then the smallest sum of priorities, then the fewest, then the youngest. */
function compareCandidates(a: Preemption, b: Preemption): number {
  const highest = ({ victims }: Preemption) => Math.max(...victims.map(priorityOf));
  const sum = ({ victims }: Preemption) => victims.reduce((total, pod) => total + priorityOf(pod) + 2 ** 31, 0);
  const youngest = ({ victims }: Preemption) => victims.map(startOf).sort()[0]!;
  return highest(a) - highest(b) || sum(a) - sum(b) || a.victims.length - b.victims.length || youngest(b).localeCompare(youngest(a));
}
