import type { LabelSelector, LabelSelectorRequirement } from "../../../shared/kubernetes/types.ts";
import { labelValueErrors, qualifiedName } from "../../api/names.ts";
import { validateLabels } from "./objectMeta.ts";
import type { Problems } from "./problems.ts";

/** The form of a label selector; an absent one is fine. */
export function validateLabelSelector(selector: LabelSelector | undefined | null, path: string, problems: Problems): void {
  if (!selector) return;
  validateLabels(selector.matchLabels, `${path}.matchLabels`, problems);
  selector.matchExpressions?.forEach((requirement, i) => validateRequirement(requirement, `${path}.matchExpressions[${i}]`, problems));
}

function validateRequirement(requirement: LabelSelectorRequirement, path: string, problems: Problems): void {
  const { key, operator, values } = requirement;
  switch (operator as string) {
    case "In":
    case "NotIn":
      if (!values?.length) problems.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
      break;
    case "Exists":
    case "DoesNotExist":
      if (values?.length) problems.forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
      break;
    default:
      problems.invalid(`${path}.operator`, operator ?? "", "not a valid selector operator");
  }
  problems.invalidEach(`${path}.key`, key, qualifiedName(key));
  values?.forEach((value, i) => problems.invalidEach(`${path}.values[${i}]`, value, labelValueErrors(value)));
}

/** True when the selector has no requirement: it matches everything. */
export const isEmptySelector = (selector: LabelSelector): boolean =>
  Object.keys(selector.matchLabels ?? {}).length === 0 && !selector.matchExpressions?.length;

const operators = ["In", "NotIn", "Exists", "DoesNotExist"];

/** False when the selector can't be evaluated: an unknown operator, or values that do not go with it. */
export const isUsableSelector = (selector: LabelSelector): boolean =>
  (selector.matchExpressions ?? []).every(({ operator, values }) => operators.includes(operator) && operator.endsWith("In") === !!values?.length);
