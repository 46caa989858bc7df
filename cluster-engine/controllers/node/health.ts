import type { Node, NodeCondition } from "../../../shared/kubernetes/types.ts";
import { findCondition } from "../conditions.ts";

const watched = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/** The conditions of a node whose kubelet has been silent for too long. */
export function silentConditions({ metadata, status }: Node, stamp: string): NodeCondition[] {
  const conditions = [...(status?.conditions ?? [])];
  for (const type of watched) {
    const index = conditions.findIndex((condition) => condition.type === type);
    const current = conditions[index];
    if (!current) {
      const reason = { reason: "NodeStatusNeverUpdated", message: "Kubelet never posted node status." };
      conditions.push({ type, status: "Unknown", ...reason, lastHeartbeatTime: metadata.creationTimestamp, lastTransitionTime: stamp });
    } else if (current.status !== "Unknown") {
      conditions[index] = {
        ...current,
        status: "Unknown",
        reason: "NodeStatusUnknown",
        message: "Kubelet stopped posting node status.",
        lastTransitionTime: stamp,
      };
    }
  }
  return conditions;
}

/** Remembers when each node last gave a sign of life, by this process's clock. */
export class SignsOfLife {
  readonly #seen = new Map<string, { signal: string; at: number }>();

  /** How long the node has been silent, ms; `signal` is whatever changes while it lives. */
  silence(node: string, signal: string, now: number): number {
    const seen = this.#seen.get(node);
    if (seen?.signal === signal) return now - seen.at;
    this.#seen.set(node, { signal, at: now });
    return 0;
  }

  forget(node: string): void {
    this.#seen.delete(node);
  }
}

/** What changes while a kubelet lives: its Lease, and the heartbeat in its conditions. */
export const signalOf = (node: Node, renewTime: string | undefined): string =>
  `${renewTime}/${findCondition(node.status?.conditions, "Ready")?.lastHeartbeatTime}`;
