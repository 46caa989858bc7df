import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscalerSpec,
  HPAScalingRules,
  MetricSpec,
  MetricTarget,
} from "../../../shared/kubernetes/types.ts";
import { dns1123Label, pathSegmentName } from "../../api/names.ts";
import { parseQuantity } from "../../api/quantity.ts";
import { validateLabelSelector } from "./labelSelectors.ts";
import type { Problems } from "./problems.ts";
import { notNegative } from "./problems.ts";
import { validateContainerResourceName } from "./resourceNames.ts";

const selectPolicies = ["Disabled", "Max", "Min"];
const policyTypes = ["Percent", "Pods"];
const sources = ["ContainerResource", "External", "Object", "Pods", "Resource"];
const longestWindow = 3600;
const longestPeriod = 1800;
type SourceField = "object" | "external" | "pods" | "resource" | "containerResource";
const sourceFields: SourceField[] = ["object", "external", "pods", "resource", "containerResource"];

/** spec of a HorizontalPodAutoscaler. */
export function validateAutoscaler(spec: HorizontalPodAutoscalerSpec, problems: Problems): void {
  const { minReplicas, maxReplicas } = spec;
  if (minReplicas !== undefined && minReplicas < 1) problems.invalid("spec.minReplicas", minReplicas, "must be greater than or equal to 1");
  if (!maxReplicas) problems.required("spec.maxReplicas", "must be set and greater than 0");
  else if (maxReplicas < 0) problems.invalid("spec.maxReplicas", maxReplicas, "must be greater than or equal to 1");
  if (minReplicas !== undefined && maxReplicas < minReplicas)
    problems.invalid("spec.maxReplicas", maxReplicas, "must be greater than or equal to `minReplicas`");
  validateReference(spec.scaleTargetRef, false, "spec.scaleTargetRef", problems);
  spec.metrics?.forEach((metric, i) => validateMetric(metric, `spec.metrics[${i}]`, problems));
  if (spec.behavior?.scaleUp) validateRules(spec.behavior.scaleUp, "spec.behavior.scaleUp", problems);
  if (spec.behavior?.scaleDown) validateRules(spec.behavior.scaleDown, "spec.behavior.scaleDown", problems);
}

/** `coreAllowed`: whether the core group may be meant. */
function validateReference(
  { kind, name, apiVersion = "" }: CrossVersionObjectReference,
  coreAllowed: boolean,
  path: string,
  problems: Problems,
): void {
  for (const [field, value] of [
    ["kind", kind],
    ["name", name],
  ] as const) {
    if (!value) problems.required(`${path}.${field}`);
    else problems.invalidEach(`${path}.${field}`, value, pathSegmentName(value));
  }
  const slashes = apiVersion.split("/").length - 1;
  if (slashes > 1) problems.invalid(`${path}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`);
  else if (slashes === 0 && !coreAllowed && !(apiVersion === "v1" && kind === "ReplicationController"))
    problems.invalid(`${path}.apiVersion`, apiVersion, "apiVersion must specify API group");
}

function validateMetric(metric: MetricSpec, path: string, problems: Problems): void {
  if (!metric.type) problems.required(`${path}.type`, "must specify a metric source type");
  if (!sources.includes(metric.type)) problems.notSupported(`${path}.type`, metric.type, sources);
  const present = sourceFields.filter((field) => metric[field]);
  if (present[0]) validateSource(metric, present[0], `${path}.${present[0]}`, problems);
  const expected = (metric.type ? metric.type[0]!.toLowerCase() + metric.type.slice(1) : "") as SourceField;
  if (sources.includes(metric.type)) {
    if (!metric[expected]) problems.required(`${path}.${expected}`, "must populate information for the given metric source");
  } else problems.notSupported(`${path}.type`, metric.type, sources);
  if (present.length !== 1)
    for (const field of present) if (field !== expected) problems.forbidden(`${path}.${field}`, "must populate the given metric source only");
}

function validateSource(metric: MetricSpec, kind: SourceField, path: string, problems: Problems): void {
  const target = metric[kind]!.target;
  const at = `${path}.target`;
  if (kind === "object") validateReference(metric.object!.describedObject, true, `${path}.describedObject`, problems);
  if (kind === "resource" && !metric.resource!.name) problems.required(`${path}.name`, "must specify a resource name");
  if (kind === "containerResource") validateContainerSource(metric.containerResource!, path, problems);
  if (kind === "object" || kind === "external" || kind === "pods") validateIdentifier(metric[kind]!.metric, `${path}.metric`, problems);
  validateTarget(target, at, problems);
  const { value, averageValue, averageUtilization } = target;
  if (kind === "object" && value === undefined && averageValue === undefined)
    problems.required(`${at}.averageValue`, "must set either a target value or averageValue");
  if (kind === "external") {
    if (value === undefined && averageValue === undefined)
      problems.required(`${at}.averageValue`, "must set either a target value for metric or a per-pod target");
    if (value !== undefined && averageValue !== undefined)
      problems.forbidden(`${at}.value`, "may not set both a target value for metric and a per-pod target");
  }
  if (kind === "pods" && averageValue === undefined) problems.required(`${at}.averageValue`, "must specify a positive target averageValue");
  if (kind === "resource" || kind === "containerResource") {
    if (averageUtilization === undefined && averageValue === undefined)
      problems.required(`${at}.averageUtilization`, "must set either a target raw value or a target utilization");
    if (averageUtilization !== undefined && averageValue !== undefined)
      problems.forbidden(`${at}.averageValue`, "may not set both a target raw value and a target utilization");
  }
}

function validateContainerSource({ name, container }: NonNullable<MetricSpec["containerResource"]>, path: string, problems: Problems): void {
  if (!name) problems.required(`${path}.name`, "must specify a resource name");
  else validateContainerResourceName(name, `${path}.name`, problems);
  if (!container) problems.required(`${path}.container`, "must specify a container");
  else problems.invalidEach(`${path}.container`, container, dns1123Label(container));
}

function validateIdentifier({ name, selector }: NonNullable<MetricSpec["pods"]>["metric"], path: string, problems: Problems): void {
  if (!name) problems.required(`${path}.name`, "must specify a metric name");
  else problems.invalidEach(`${path}.name`, name, pathSegmentName(name));
  validateLabelSelector(selector, `${path}.selector`, problems);
}

function validateTarget({ type, value, averageValue, averageUtilization }: MetricTarget, path: string, problems: Problems): void {
  if (!type) problems.required(`${path}.type`, "must specify a metric target type");
  if (!["Utilization", "Value", "AverageValue"].includes(type))
    problems.invalid(`${path}.type`, type, "must be either Utilization, Value, or AverageValue");
  for (const [field, amount] of [
    ["value", value],
    ["averageValue", averageValue],
  ] as const) {
    if (amount !== undefined && parseQuantity(amount).sign() !== 1) problems.invalid(`${path}.${field}`, String(amount), "must be positive");
  }
  if (averageUtilization !== undefined && averageUtilization < 1)
    problems.invalid(`${path}.averageUtilization`, averageUtilization, "must be greater than 0");
}

function validateRules(
  { stabilizationWindowSeconds: window, selectPolicy, policies, tolerance }: HPAScalingRules,
  path: string,
  problems: Problems,
): void {
  const field = `${path}.stabilizationWindowSeconds`;
  if (window !== undefined && window < 0) problems.invalid(field, window, "must be greater than or equal to zero");
  if (window !== undefined && window > longestWindow) problems.invalid(field, window, `must be less than or equal to ${longestWindow}`);
  if (selectPolicy !== undefined && !selectPolicies.includes(selectPolicy))
    problems.notSupported(`${path}.selectPolicy`, selectPolicy, selectPolicies);
  if (!policies?.length) problems.required(`${path}.policies`, "must specify at least one Policy");
  policies?.forEach(({ type, value, periodSeconds }, i) => {
    const at = `${path}.policies[${i}]`;
    if (!policyTypes.includes(type)) problems.notSupported(`${at}.type`, type, policyTypes);
    if (value <= 0) problems.invalid(`${at}.value`, value, "must be greater than zero");
    if (periodSeconds <= 0) problems.invalid(`${at}.periodSeconds`, periodSeconds, "must be greater than zero");
    if (periodSeconds > longestPeriod) problems.invalid(`${at}.periodSeconds`, periodSeconds, `must be less than or equal to ${longestPeriod}`);
  });
  if (tolerance !== undefined && parseQuantity(tolerance).sign() < 0) problems.invalid(`${path}.tolerance`, String(tolerance), notNegative);
}
