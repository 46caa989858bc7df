import { isDeepStrictEqual } from "node:util";
import type { Plugin, Verdict } from "../types.ts";
import { tolerates } from "./tolerations.ts";

const cordoned = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" } as const;
const refusal: Verdict = { code: "unresolvable", reasons: ["node(s) were unschedulable"] };

/** Keeps pods off cordoned nodes, unless they tolerate the taint of cordoning. */
export const nodeUnschedulable: Plugin = {
  name: "NodeUnschedulable",
  begin({ pod }) {
    if (pod.spec.tolerations?.some((toleration) => tolerates(toleration, cordoned))) return undefined;
    return { filter: ({ node }) => (node.spec?.unschedulable ? refusal : undefined) };
  },
  wakesOn(event) {
    if (event.type === "nodeAdded") return !event.node.spec?.unschedulable;
    if (event.type === "nodeUpdated") return Boolean(event.old.spec?.unschedulable) && !event.node.spec?.unschedulable;
    return event.type === "self" && !isDeepStrictEqual(event.pod.spec.tolerations, event.old.spec.tolerations);
  },
};
