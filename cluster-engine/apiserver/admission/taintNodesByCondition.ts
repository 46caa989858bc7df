import type { Node } from "../../../shared/kubernetes/types.ts";
import { concerns } from "./refusal.ts";
import type { AdmissionPlugin } from "./types.ts";

const key = "node.kubernetes.io/not-ready";

/** A node begins as not ready, so that nothing is scheduled to it before it says so. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: "TaintNodesByCondition",
  admit(attributes) {
    if (attributes.operation !== "CREATE" || !concerns(attributes, "nodes")) return;
    const spec = ((attributes.object as Node).spec ??= {});
    if (!spec.taints?.some((taint) => taint.key === key && taint.effect === "NoSchedule"))
      spec.taints = [...(spec.taints ?? []), { key, effect: "NoSchedule" }];
  },
};
