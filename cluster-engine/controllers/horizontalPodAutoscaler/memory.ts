import type { HorizontalPodAutoscalerBehavior, HPAScalingRules } from "../../../shared/kubernetes/types.ts";
import type { Changes } from "./limits.ts";

/** s for which the highest recommendation holds against scaling down. */
export const downscaleStabilization = 300;

interface Recommendation {
  replicas: number;
  /** ms */
  at: number;
}

export interface Stabilized {
  replicas: number;
  /** Why it is not what was recommended. */
  reason: string;
  message: string;
}

const heldHigh = {
  reason: "ScaleDownStabilized",
  message: "recent recommendations were higher than current one, applying the highest recent recommendation",
};

const heldLow = {
  reason: "ScaleUpStabilized",
  message: "recent recommendations were lower than current one, applying the lowest recent recommendation",
};

/** What one autoscaler recommended and did lately. */
export class ScalingMemory {
  readonly changes: Changes = { up: [], down: [] };
  #recommendations: Recommendation[] = [];

  /** The size at which it was found counts as recommended. */
  begin(replicas: number, now: number): void {
    if (this.#recommendations.length === 0) this.#recommendations.push({ replicas, at: now });
  }

  /** Against short dips: the highest recommendation of the last five minutes. */
  stabilize(replicas: number, now: number): Stabilized {
    const recent = this.#recommendations.filter(({ at }) => at >= now - downscaleStabilization * 1000);
    const highest = Math.max(replicas, ...recent.map((each) => each.replicas));
    this.#recommendations = [...recent, { replicas, at: now }];
    return { replicas: highest, ...heldHigh };
  }

  /** By the windows of a behaviour: no higher than all were while it grows, no lower while it shrinks. */
  stabilizeBy({ scaleUp, scaleDown }: HorizontalPodAutoscalerBehavior, current: number, replicas: number, now: number): Stabilized {
    const upSince = now - (scaleUp?.stabilizationWindowSeconds ?? 0) * 1000;
    const downSince = now - (scaleDown?.stabilizationWindowSeconds ?? downscaleStabilization) * 1000;
    const since = (from: number) => this.#recommendations.filter(({ at }) => at > from).map((each) => each.replicas);
    const lowest = Math.min(replicas, ...since(upSince));
    const highest = Math.max(replicas, ...since(downSince));
    const kept = this.#recommendations.filter(({ at }) => at >= Math.min(upSince, downSince));
    this.#recommendations = [...kept, { replicas, at: now }];
    return { replicas: Math.min(Math.max(current, lowest), highest), ...(replicas >= current ? heldLow : heldHigh) };
  }

  /** Remembers a change of size for as long as a policy may ask. */
  changed({ scaleUp, scaleDown }: HorizontalPodAutoscalerBehavior, from: number, to: number, now: number): void {
    const [list, rules] = to > from ? ["up" as const, scaleUp] : ["down" as const, scaleDown];
    const kept = this.changes[list].filter(({ at }) => at >= now - longestPeriod(rules) * 1000);
    this.changes[list] = [...kept, { by: Math.abs(to - from), at: now }];
  }
}

const longestPeriod = (rules: HPAScalingRules | undefined): number =>
  Math.max(0, ...(rules?.policies ?? []).map(({ periodSeconds }) => periodSeconds));
