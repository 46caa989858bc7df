import type { Lease, Node, NodeCondition } from "../../../shared/kubernetes/types.ts";
import { findCondition } from "../conditions.ts";

// ms; the defaults of kube-controller-manager.
const monitorGrace = 50_000;
const startupGrace = 60_000;

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

interface Signs {
  heartbeat?: string;
  renewTime?: string;
  /** Monotonic ms. */
  at: number;
}

/** Remembers when each node last gave a sign of life (its Lease, the heartbeat in its status), by this process's clock. */
export class SignsOfLife {
  readonly #seen = new Map<string, Signs>();

  /**
   * Whether the node has been silent for longer than it may. A node that never reported is counted from its creation,
   * `age` ms ago.
   */
  isSilent(node: Node, lease: Lease | undefined, now: number, age: number): boolean {
    const { name } = node.metadata;
    const ready = findCondition(node.status?.conditions, "Ready");
    const signs = { heartbeat: ready?.lastHeartbeatTime, renewTime: lease?.spec?.renewTime };
    let seen = this.#seen.get(name);
    if (!seen) this.#seen.set(name, (seen = { ...signs, at: ready || signs.renewTime ? now : now - age }));
    else if (isNews(signs, seen)) Object.assign(seen, signs, { at: now });
    return now - seen.at > (ready ? monitorGrace : startupGrace);
  }

  forget(name: string): void {
    this.#seen.delete(name);
  }

  /** After a time in which nobody was heard, all get another chance. */
  trustAll(now: number): void {
    for (const seen of this.#seen.values()) seen.at = now;
  }
}

const isNews = (signs: Omit<Signs, "at">, seen: Signs): boolean =>
  signs.heartbeat !== seen.heartbeat || (signs.renewTime !== undefined && signs.renewTime > (seen.renewTime ?? ""));
