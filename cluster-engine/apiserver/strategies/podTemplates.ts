import type { LabelSelector, PodTemplateSpec } from "../../../shared/kubernetes/types.ts";
import { labelSelectorMatcher, labelSetMatcher, type LabelMatcher } from "../../api/selectors.ts";
import { isEmptySelector, isUsableSelector, validateLabelSelector } from "./labelSelectors.ts";
import { validatePodTemplate } from "./podSpecs.ts";
import type { Problems } from "./problems.ts";

export const mismatch = "`selector` does not match template `labels`";
const nothing: LabelMatcher = () => false;

interface SelectorRules {
  /** As the message about an empty selector names the kind. */
  kind: string;
  /** What an unusable selector is told; undefined says nothing more. */
  unusable: string | undefined;
  /** False where an absent selector is not reported by itself. */
  required?: boolean;
}

/** spec.selector of a workload. @returns how it matches; undefined when it can't be evaluated */
export function validateSelector(
  selector: LabelSelector | null | undefined,
  { kind, unusable, required = true }: SelectorRules,
  problems: Problems,
): LabelMatcher | undefined {
  if (!selector) {
    if (required) problems.required("spec.selector");
    return nothing;
  }
  validateLabelSelector(selector, "spec.selector", problems);
  if (isEmptySelector(selector)) problems.invalid("spec.selector", selector, `empty selector is invalid for ${kind}`);
  if (isUsableSelector(selector)) return isEmptySelector(selector) ? () => true : labelSelectorMatcher(selector);
  if (unusable !== undefined) problems.invalid("spec.selector", selector, unusable);
  return undefined;
}

/** A selector that is a plain set of labels, as ReplicationControllers have it. */
export const setMatcher = (set: Record<string, string> | undefined): LabelMatcher =>
  set && Object.keys(set).length > 0 ? labelSetMatcher(set) : () => true;

export function validateTemplateLabels(template: PodTemplateSpec, matches: LabelMatcher, path: string, problems: Problems): void {
  const labels = template.metadata?.labels;
  if (!matches(labels)) problems.invalid(`${path}.metadata.labels`, labels ?? null, mismatch);
}

/** The template of pods that run for ever: restarted always, with no deadline. */
export function validateServingTemplate(template: PodTemplateSpec | undefined, matches: LabelMatcher, kind: string, problems: Problems): void {
  const path = "spec.template";
  if (!template) return problems.required(path);
  validateTemplateLabels(template, matches, path, problems);
  validatePodTemplate(template, path, problems);
  validateRestartsAlways(template, kind, problems);
}

export function validateRestartsAlways(template: PodTemplateSpec, kind: string, problems: Problems): void {
  const path = "spec.template.spec";
  const policy = template.spec?.restartPolicy ?? "";
  if (policy !== "Always") problems.notSupported(`${path}.restartPolicy`, policy, ["Always"]);
  if (template.spec?.activeDeadlineSeconds !== undefined)
    problems.forbidden(`${path}.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`);
}
