import type { Plugin } from "../types.ts";
import { normalizeByMax } from "./scores.ts";
import { tolerates, untolerated } from "./tolerations.ts";

/** Keeps pods off tainted nodes that they do not tolerate, and prefers nodes with fewer PreferNoSchedule taints. */
export const taintToleration: Plugin = {
  name: "TaintToleration",
  weight: 3,
  begin({ pod }) {
    const tolerations = pod.spec.tolerations ?? [];
    const preferring = tolerations.filter((toleration) => !toleration.effect || toleration.effect === "PreferNoSchedule");
    return {
      filter: ({ node }) =>
        untolerated(node.spec?.taints, tolerations, ["NoSchedule", "NoExecute"])
          ? { code: "unresolvable", reasons: ["node(s) had untolerated taint(s)"] }
          : undefined,
      score: ({ node }) =>
        (node.spec?.taints ?? []).filter(
          (taint) => taint.effect === "PreferNoSchedule" && !preferring.some((toleration) => tolerates(toleration, taint)),
        ).length,
      normalize: (scores) => normalizeByMax(scores, true),
    };
  },
  wakesOn: (event) => event.type === "nodeAdded" || event.type === "nodeUpdated" || event.type === "self",
};
