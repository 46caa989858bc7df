import type { Node, NodeCondition, Taint } from "../../../shared/kubernetes/types.ts";
import { Nodes } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import type { Client } from "../../client/types.ts";

const notReady = "node.kubernetes.io/not-ready";
const unreachable = "node.kubernetes.io/unreachable";
const unschedulable = "node.kubernetes.io/unschedulable";

/** Condition type and status → the NoSchedule taint that it means. */
const byCondition: [type: string, status: string, key: string][] = [
  ["Ready", "False", notReady],
  ["Ready", "Unknown", unreachable],
  ["MemoryPressure", "True", "node.kubernetes.io/memory-pressure"],
  ["DiskPressure", "True", "node.kubernetes.io/disk-pressure"],
  ["NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"],
  ["PIDPressure", "True", "node.kubernetes.io/pid-pressure"],
];

const managed = new Set([unschedulable, ...byCondition.map(([, , key]) => key)]);
const conflictRetries = 5;

/** The NoExecute taint that empties a node in this state of readiness, and the one that it takes the place of. */
export const noExecuteTaint = (ready: NodeCondition): { add: string; drop: string } | undefined =>
  ({ False: { add: notReady, drop: unreachable }, Unknown: { add: unreachable, drop: notReady } })[ready.status as "False" | "Unknown"];

export const hasNoExecute = ({ spec }: Node, key: string): boolean =>
  spec?.taints?.some((taint) => taint.key === key && taint.effect === "NoExecute") ?? false;

/** The node's taints with the NoSchedule ones that follow from its conditions, and no others of that sort. */
export function withConditionTaints({ spec, status }: Node, stamp: string): Taint[] {
  const current = spec?.taints ?? [];
  const wanted = spec?.unschedulable ? [unschedulable] : [];
  for (const [type, value, key] of byCondition)
    if (status?.conditions?.some((condition) => condition.type === type && condition.status === value)) wanted.push(key);
  const kept = current.filter(({ key, effect }) => effect !== "NoSchedule" || !managed.has(key) || wanted.includes(key));
  const isThere = (key: string) => current.some((taint) => taint.key === key && taint.effect === "NoSchedule");
  const added = wanted.filter((key) => !isThere(key)).map((key): Taint => ({ key, effect: "NoSchedule", timeAdded: stamp }));
  return [...kept, ...added];
}

/** The node's taints with NoExecute for `add` in place of `drop`. */
export function withNoExecute({ spec }: Node, { add, drop }: { add: string; drop: string }, stamp: string): Taint[] {
  const kept = (spec?.taints ?? []).filter(({ key, effect }) => effect !== "NoExecute" || key !== drop);
  const present = kept.some(({ key, effect }) => effect === "NoExecute" && key === add);
  return present ? kept : [...kept, { key: add, effect: "NoExecute", timeAdded: stamp }];
}

/** The node's taints without those that empty it for not being ready. */
export const withoutNoExecute = ({ spec }: Node): Taint[] =>
  (spec?.taints ?? []).filter(({ key, effect }) => effect !== "NoExecute" || (key !== notReady && key !== unreachable));

/** Writes the taints that `change` makes of a node's, on its newest state; nothing when they are the same. */
export async function changeTaints(client: Client, node: Node, change: (node: Node) => Taint[]): Promise<void> {
  const nodes = client.resource(Nodes);
  for (let current = node, attempt = 0; ; attempt++) {
    const taints = change(current);
    if (sameTaints(taints, current.spec?.taints ?? [])) return;
    const { resourceVersion } = current.metadata;
    const patch = { metadata: { resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } };
    try {
      await nodes.patch(node.metadata, patch, { type: "merge" });
      return;
    } catch (error) {
      if (!hasReason(error, "Conflict") || attempt === conflictRetries) throw error;
      current = await nodes.get({ name: node.metadata.name });
    }
  }
}

const idOf = ({ key, effect }: Taint): string => `${key}:${effect}`;

const sameTaints = (a: Taint[], b: Taint[]): boolean => a.length === b.length && a.every((taint, i) => idOf(taint) === idOf(b[i]!));
