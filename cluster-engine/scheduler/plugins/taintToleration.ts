import { isDeepStrictEqual } from "node:util";
import type { Taint } from "../../../shared/kubernetes/types.ts";
import type { Plugin, Verdict } from "../types.ts";
import { normalizeByMax } from "./scores.ts";
import { tolerates, untolerated } from "./tolerations.ts";

const keepingOff: Taint["effect"][] = ["NoSchedule", "NoExecute"];
const refusal: Verdict = { code: "unresolvable", reasons: ["node(s) had untolerated taint(s)"] };

/** Keeps pods off tainted nodes that they do not tolerate, and prefers nodes with fewer PreferNoSchedule taints. */
export const taintToleration: Plugin = {
  name: "TaintToleration",
  begin({ pod }) {
    const tolerations = pod.spec.tolerations ?? [];
    const preferring = tolerations.filter((toleration) => !toleration.effect || toleration.effect === "PreferNoSchedule");
    return {
      filter: ({ node: { spec } }) => (spec?.taints?.length && untolerated(spec.taints, tolerations, keepingOff) ? refusal : undefined),
      scoring: () => ({
        score: ({ node: { spec } }) =>
          spec?.taints?.filter((taint) => taint.effect === "PreferNoSchedule" && !preferring.some((toleration) => tolerates(toleration, taint)))
            .length ?? 0,
        normalize: (scores) => normalizeByMax(scores, true),
      }),
    };
  },
  wakesOn(event, pod) {
    if (event.type === "self") return !isDeepStrictEqual(event.pod.spec.tolerations, event.old.spec.tolerations);
    if (event.type !== "nodeAdded" && event.type !== "nodeUpdated") return false;
    const refused = ({ spec }: typeof event.node) => untolerated(spec?.taints, pod.spec.tolerations, ["NoSchedule", "NoExecute"]) !== undefined;
    return !refused(event.node) && (event.type === "nodeAdded" || refused(event.old));
  },
};
