import type { Pod, Toleration } from "../../../shared/kubernetes/types.ts";
import { concerns } from "./refusal.ts";
import type { AdmissionPlugin } from "./types.ts";

const seconds = 300;
const taints = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

const tolerates = (toleration: Toleration, taint: string): boolean =>
  (toleration.key === taint || !toleration.key) && (toleration.effect === "NoExecute" || !toleration.effect);

/** Pods stay five minutes on a node that is lost, unless they say otherwise. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: "DefaultTolerationSeconds",
  admit(attributes) {
    if (!concerns(attributes, "pods") || !attributes.object || (attributes.operation !== "CREATE" && attributes.operation !== "UPDATE")) return;
    const spec = (attributes.object as Pod).spec!;
    const given = spec.tolerations ?? [];
    const missing = taints.filter((taint) => !given.some((toleration) => tolerates(toleration, taint)));
    if (missing.length === 0) return;
    spec.tolerations = [
      ...given,
      ...missing.map((key): Toleration => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: seconds })),
    ];
  },
};
