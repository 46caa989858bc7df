import type { LabelSelector } from "../../../shared/kubernetes/types.ts";
import { ServiceError } from "../errors.ts";

export type Labels = Record<string, string>;
type Test = (labels: Labels) => boolean;

/** Whether labels match a LabelSelector; an empty selector matches everything, an absent one nothing. */
export function selects(selector: LabelSelector | undefined, labels: Labels = {}): boolean {
  if (!selector) return false;
  const expressions = selector.matchExpressions ?? [];
  return (
    matchesAll(selector.matchLabels ?? {}, labels) && expressions.every(({ key, operator, values = [] }) => expression(key, operator, values)(labels))
  );
}

/** Whether labels have every given pair. */
export const matchesAll = (wanted: Labels, labels: Labels = {}): boolean => Object.entries(wanted).every(([key, value]) => labels[key] === value);

/** As `kubectl` prints it: `app=guestbook,tier in (a, b)`. */
export function formatSelector(selector: LabelSelector | undefined): string {
  const pairs = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return `${key} ${operator === "In" ? "in" : "notin"} (${values.join(",")})`;
  });
  return [...pairs, ...expressions].join(",");
}

function expression(key: string, operator: string, values: string[]): Test {
  switch (operator) {
    case "In":
      return (labels) => key in labels && values.includes(labels[key]!);
    case "NotIn":
      return (labels) => !(key in labels) || !values.includes(labels[key]!);
    case "Exists":
      return (labels) => key in labels;
    default:
      return (labels) => !(key in labels);
  }
}

const requirement =
  /^\s*(?:(!)\s*([^\s!=,()]+)|([^\s!=,()]+)\s+(in|notin)\s*\(([^)]*)\)|([^\s!=,()]+)\s*(==|=|!=)\s*([^\s,()=!]*)|([^\s!=,()]+))\s*$/;

/** Parses `app=web,tier in (a,b),!legacy`. Throws a ServiceError that names the part it does not understand. */
export function parseLabelSelector(selector: string): Test {
  const tests = splitOutsideParentheses(selector).map(parseRequirement);
  return (labels) => tests.every((test) => test(labels));
}

function parseRequirement(part: string): Test {
  const match = requirement.exec(part);
  if (!match)
    throw new ServiceError("bad-selector", `label selector: cannot read "${part.trim()}": write key=value, key!=value, key in (a,b), key or !key`);
  const [, , absent, setKey, setOperator, set, pairKey, pairOperator, value, exists] = match;
  if (absent) return expression(absent, "DoesNotExist", []);
  if (exists) return expression(exists, "Exists", []);
  if (setKey)
    return expression(
      setKey,
      setOperator === "in" ? "In" : "NotIn",
      set!.split(",").map((one) => one.trim()),
    );
  return expression(pairKey!, pairOperator === "!=" ? "NotIn" : "In", [value!]);
}

const splitOutsideParentheses = (selector: string): string[] => selector.split(/,(?![^(]*\))/).filter((part) => part.trim());
