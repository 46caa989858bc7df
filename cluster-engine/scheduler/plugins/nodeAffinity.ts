import type { Plugin } from "../types.ts";
import { matchesPodsSelection, matchesTerm } from "./nodeSelection.ts";
import { normalizeByMax } from "./scores.ts";

export const nodeAffinity: Plugin = {
  name: "NodeAffinity",
  weight: 2,
  begin({ pod }) {
    const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    return {
      filter: ({ node }) =>
        matchesPodsSelection(pod, node) ? undefined : { code: "unresolvable", reasons: ["node(s) didn't match Pod's node affinity/selector"] },
      ...(preferred.length > 0 && {
        score: ({ node }) => preferred.reduce((sum, { weight, preference }) => sum + (matchesTerm(preference, node) ? weight : 0), 0),
        normalize: (scores) => normalizeByMax(scores),
      }),
    };
  },
  wakesOn: (event) => event.type === "nodeAdded" || event.type === "nodeUpdated" || event.type === "self",
};
