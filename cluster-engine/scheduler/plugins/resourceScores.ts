import type { NodeInfo } from "../nodeInfo.ts";
import { maxScore } from "./scores.ts";

export interface ResourceWeight {
  name: string;
  /** 1 when absent. */
  weight?: number;
}

export interface ShapePoint {
  /** Percent. */
  utilization: number;
  /** 0…10 */
  score: number;
}

type StrategyType = "LeastAllocated" | "MostAllocated" | "RequestedToCapacityRatio";

export interface ScoringStrategy {
  type: StrategyType;
  resources: readonly ResourceWeight[];
  requestedToCapacityRatio?: { shape: readonly ShapePoint[] };
}

/** 0…100 for one resource of which `requested` of `capacity` would be taken. */
type ResourceScore = (requested: number, capacity: number) => number;

const leastAllocated: ResourceScore = (requested, capacity) =>
  requested > capacity ? 0 : Math.floor(((capacity - requested) * maxScore) / capacity);

const mostAllocated: ResourceScore = (requested, capacity) => Math.floor((Math.min(requested, capacity) * maxScore) / capacity);

/** Straight lines between the points of a shape. */
function alongShape(shape: readonly ShapePoint[]): ResourceScore {
  const points = shape.map(({ utilization, score }) => ({ utilization, score: score * 10 }));
  const at = (utilization: number): number => {
    const next = points.findIndex((point) => utilization <= point.utilization);
    if (next === 0) return points[0]!.score;
    if (next < 0) return points.at(-1)!.score;
    const [from, to] = [points[next - 1]!, points[next]!];
    return from.score + Math.trunc(((to.score - from.score) * (utilization - from.utilization)) / (to.utilization - from.utilization));
  };
  return (requested, capacity) => at(requested > capacity ? 100 : Math.floor((requested * 100) / capacity));
}

export type NodeScore = (node: NodeInfo, wanted: readonly number[]) => number;

/** Not what every node has: it counts only for pods that ask for it. */
export const isExtended = (name: string): boolean => name !== "cpu" && name !== "memory" && name !== "ephemeral-storage";

/** How well the pod's requests (`wanted`, in the order of the strategy's resources) suit a node. */
export function nodeScore({ type, resources, requestedToCapacityRatio }: ScoringStrategy): NodeScore {
  const ratio = type === "RequestedToCapacityRatio";
  const scoreOf = ratio ? alongShape(requestedToCapacityRatio?.shape ?? []) : type === "MostAllocated" ? mostAllocated : leastAllocated;
  return (info, wanted) => {
    let sum = 0;
    let weights = 0;
    for (let i = 0; i < resources.length; i++) {
      const { name, weight = 1 } = resources[i]!;
      const capacity = info.allocatable.get(name);
      if (capacity === 0 || (wanted[i] === 0 && isExtended(name))) continue;
      const taken = name === "cpu" || name === "memory" ? info.nonZero.get(name) : info.requested.get(name);
      const score = scoreOf(taken + wanted[i]!, capacity);
      if (ratio && score <= 0) continue;
      sum += score * weight;
      weights += weight;
    }
    if (weights === 0) return 0;
    return ratio ? Math.round(sum / weights) : Math.floor(sum / weights);
  };
}
