import type { Node, NodeCondition, Taint } from "../../../shared/kubernetes/types.ts";
import { findCondition } from "../conditions.ts";

type Effect = "NoSchedule" | "NoExecute";

/** Condition type and status → the taint that it means. */
const byCondition: [type: string, status: string, key: string, effects: Effect[]][] = [
  ["Ready", "False", "node.kubernetes.io/not-ready", ["NoSchedule", "NoExecute"]],
  ["Ready", "Unknown", "node.kubernetes.io/unreachable", ["NoSchedule", "NoExecute"]],
  ["MemoryPressure", "True", "node.kubernetes.io/memory-pressure", ["NoSchedule"]],
  ["DiskPressure", "True", "node.kubernetes.io/disk-pressure", ["NoSchedule"]],
  ["NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable", ["NoSchedule"]],
  ["PIDPressure", "True", "node.kubernetes.io/pid-pressure", ["NoSchedule"]],
];

const unschedulable = "node.kubernetes.io/unschedulable";

const idOf = ({ key, effect }: Taint): string => `${key}:${effect}`;

const managed = new Set([`${unschedulable}:NoSchedule`, ...byCondition.flatMap(([, , key, effects]) => effects.map((effect) => `${key}:${effect}`))]);

/**
 * The taints that a node should have: its own, and those that follow from its conditions. A node without any condition
 * keeps what it has: its kubelet has not spoken yet.
 */
export function desiredTaints({ spec, status }: Node, stamp: string): Taint[] {
  const current = spec?.taints ?? [];
  const wanted = wantedTaints(spec?.unschedulable ?? false, status?.conditions ?? []);
  const silent = !findCondition(status?.conditions, "Ready");
  const kept = current.filter((taint) => !managed.has(idOf(taint)) || wanted.has(idOf(taint)) || (silent && taint.key !== unschedulable));
  const present = new Set(current.map(idOf));
  const added = [...wanted.values()].filter((taint) => !present.has(idOf(taint)));
  return [...kept, ...added.map((taint) => ({ ...taint, timeAdded: stamp }))];
}

function wantedTaints(isUnschedulable: boolean, conditions: NodeCondition[]): Map<string, Taint> {
  const taints: Taint[] = isUnschedulable ? [{ key: unschedulable, effect: "NoSchedule" }] : [];
  for (const [type, status, key, effects] of byCondition)
    if (findCondition(conditions, type)?.status === status) taints.push(...effects.map((effect) => ({ key, effect })));
  return new Map(taints.map((taint) => [idOf(taint), taint]));
}
