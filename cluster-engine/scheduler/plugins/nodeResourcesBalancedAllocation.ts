import type { NodeInfo } from "../nodeInfo.ts";
import { podRequests } from "../podResources.ts";
import type { Plugin } from "../types.ts";
import { isExtended, type ResourceWeight } from "./resourceScores.ts";
import { maxScore } from "./scores.ts";

export interface BalancedAllocationArgs {
  resources?: readonly ResourceWeight[];
}

const defaults: readonly ResourceWeight[] = [
  { name: "cpu", weight: 1 },
  { name: "memory", weight: 1 },
];

/** Prefers nodes on which the pod brings the shares used of each resource closer together. */
export function nodeResourcesBalancedAllocation({ resources = defaults }: BalancedAllocationArgs = {}): Plugin {
  const names = resources.map(({ name }) => name);
  return {
    name: "NodeResourcesBalancedAllocation",
    begin({ pod }) {
      const { requests } = podRequests(pod);
      const wanted = names.map((name) => requests.get(name));
      // All nodes are alike to a pod that asks for nothing.
      if (wanted.every((amount) => amount === 0)) return undefined;
      return { scoring: () => ({ score: (info) => improvement(info, names, wanted) }) };
    },
    wakesOn: () => false,
  };
}

const half = maxScore / 2;

/** 50…100: 75 when the balance stays as it is. */
function improvement(info: NodeInfo, names: readonly string[], wanted: readonly number[]): number {
  return half + Math.trunc((half + balance(info, names, wanted, true) - balance(info, names, wanted, false)) / 2);
}

/** 100 when all shares are equal, with the pod or without it. */
function balance({ allocatable, requested }: NodeInfo, names: readonly string[], wanted: readonly number[], placed: boolean): number {
  const shares: number[] = [];
  for (let i = 0; i < names.length; i++) {
    const capacity = allocatable.get(names[i]!);
    if (capacity > 0 && (!isExtended(names[i]!) || wanted[i]! > 0))
      shares.push(Math.min(1, (requested.get(names[i]!) + (placed ? wanted[i]! : 0)) / capacity));
  }
  return Math.floor((1 - deviation(shares)) * maxScore);
}

function deviation(shares: readonly number[]): number {
  if (shares.length < 2) return 0;
  if (shares.length === 2) return Math.abs(shares[0]! - shares[1]!) / 2;
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return Math.sqrt(shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length);
}
