import type { Plugin } from "../types.ts";
import { tolerates } from "./tolerations.ts";

const cordoned = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" } as const;

/** Keeps pods off cordoned nodes, unless they tolerate the taint of cordoning. */
export const nodeUnschedulable: Plugin = {
  name: "NodeUnschedulable",
  begin: ({ pod }) => ({
    filter({ node }) {
      if (!node.spec?.unschedulable || pod.spec.tolerations?.some((toleration) => tolerates(toleration, cordoned))) return undefined;
      return { code: "unresolvable", reasons: ["node(s) were unschedulable"] };
    },
  }),
  wakesOn: (event) => event.type === "nodeAdded" || event.type === "nodeUpdated",
};
