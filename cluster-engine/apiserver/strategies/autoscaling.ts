import type { HorizontalPodAutoscaler, HPAScalingRules } from "../../../shared/kubernetes/types.ts";
import { HorizontalPodAutoscalers } from "../../api/resources.ts";
import { validateAutoscaler } from "./hpaValidation.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { subdomainName } from "./nameRules.ts";

const scaleUp: HPAScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
};
const scaleDown: HPAScalingRules = { selectPolicy: "Max", policies: [{ type: "Percent", value: 100, periodSeconds: 15 }] };

export const horizontalPodAutoscalers = kindStrategy<HorizontalPodAutoscaler>(HorizontalPodAutoscalers, {
  name: subdomainName,
  status: true,
  defaults(object) {
    const spec = object.spec!;
    spec.minReplicas ??= 1;
    // The default metric belongs to version 2; version 1 has no list of metrics.
    if (object.apiVersion === "autoscaling/v2" && !spec.metrics?.length) {
      spec.metrics = [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } }];
    }
    if (!spec.behavior) return;
    spec.behavior.scaleUp = withDefaults(spec.behavior.scaleUp, scaleUp);
    spec.behavior.scaleDown = withDefaults(spec.behavior.scaleDown, scaleDown);
  },
  validate: ({ spec }, problems) => validateAutoscaler(spec!, problems),
});

function withDefaults(rules: HPAScalingRules | undefined, defaults: HPAScalingRules): HPAScalingRules {
  const merged = structuredClone(defaults);
  for (const [name, value] of Object.entries(rules ?? {}))
    if (value !== undefined && value !== null) (merged as Record<string, unknown>)[name] = value;
  return merged;
}
