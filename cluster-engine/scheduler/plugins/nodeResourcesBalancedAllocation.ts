import { podRequests } from "../podResources.ts";
import type { Plugin } from "../types.ts";
import { maxScore } from "./scores.ts";

/** Prefers nodes on which CPU and memory would be used to a like share. */
export const nodeResourcesBalancedAllocation: Plugin = {
  name: "NodeResourcesBalancedAllocation",
  weight: 1,
  begin({ pod }) {
    const { requests } = podRequests(pod);
    if (!requests["cpu"] && !requests["memory"]) return undefined;
    return {
      score(info) {
        const shares = ["cpu", "memory"].flatMap((name) => {
          const capacity = info.allocatable[name] ?? 0;
          return capacity > 0 ? [Math.min(1, ((info.requested[name] ?? 0) + (requests[name] ?? 0)) / capacity)] : [];
        });
        const deviation = shares.length === 2 ? Math.abs(shares[0]! - shares[1]!) / 2 : 0;
        return Math.floor((1 - deviation) * maxScore);
      },
    };
  },
  wakesOn: () => false,
};
