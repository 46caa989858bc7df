import type { Plugin } from "../types.ts";

/** Higher priority first, then who came first. */
export const prioritySort: Plugin = {
  name: "PrioritySort",
  compare: (a, b) => (b.pod.spec.priority ?? 0) - (a.pod.spec.priority ?? 0) || a.arrival - b.arrival,
  wakesOn: () => false,
};
