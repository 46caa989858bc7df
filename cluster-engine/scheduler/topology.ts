import type { NodeInfo } from "./nodeInfo.ts";
import type { Tally, Topology } from "./types.ts";

export function topologyOf(key: string, infos: Iterable<NodeInfo>): Topology {
  const numbers = new Map<string, number>();
  const domains: number[] = [];
  for (const info of infos) {
    const value = info.node.metadata.labels?.[key];
    if (value === undefined) continue;
    const number = numbers.get(value) ?? numbers.size;
    numbers.set(value, number);
    domains[info.slot] = number;
  }
  // Trials of a node stand in its slot.
  return { key, size: numbers.size, domainOf: ({ slot }) => domains[slot] ?? -1 };
}

/** What a tally adds up to in each domain. */
export function sumByDomain({ counts, total }: Tally, topology: Topology, nodes: readonly NodeInfo[]): Float64Array {
  const sums = new Float64Array(topology.size);
  if (total === 0) return sums;
  for (const info of nodes) {
    const count = counts[info.slot];
    if (!count) continue;
    const domain = topology.domainOf(info);
    if (domain >= 0) sums[domain]! += count;
  }
  return sums;
}
