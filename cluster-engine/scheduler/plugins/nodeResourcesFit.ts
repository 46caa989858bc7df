import type { NodeInfo } from "../nodeInfo.ts";
import { podRequests } from "../podResources.ts";
import type { Plugin } from "../types.ts";
import { maxScore } from "./scores.ts";

/** Requests must fit into what is free; among nodes that fit, the emptier one is better (LeastAllocated). */
export const nodeResourcesFit: Plugin = {
  name: "NodeResourcesFit",
  weight: 1,
  begin({ pod }) {
    const { requests, nonZero } = podRequests(pod);
    const wanted = Object.entries(requests).filter(([, amount]) => amount > 0);
    const free = (info: NodeInfo, resource: "cpu" | "memory") => {
      const capacity = info.allocatable[resource] ?? 0;
      const used = info.nonZero[resource] + nonZero[resource];
      return capacity === 0 || used > capacity ? 0 : Math.floor(((capacity - used) * maxScore) / capacity);
    };
    return {
      filter(info) {
        const short = wanted.filter(([name, amount]) => amount > (info.allocatable[name] ?? 0) - (info.requested[name] ?? 0));
        const hopeless = short.some(([name, amount]) => amount > (info.allocatable[name] ?? 0));
        const reasons = short.map(([name]) => `Insufficient ${name}`);
        if (info.pods.size + 1 > (info.allocatable["pods"] ?? 0)) reasons.unshift("Too many pods");
        return reasons.length > 0 ? { code: hopeless ? "unresolvable" : "unschedulable", reasons } : undefined;
      },
      score: (info) => Math.floor((free(info, "cpu") + free(info, "memory")) / 2),
    };
  },
  wakesOn: (event) => event.type !== "podBound",
};
