import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { Query } from "./types.ts";

/** Whether an object matches the labelSelector and fieldSelector of a query. */
export function queryMatcher(query: Query = {}): (object: KubeObject) => boolean {
  const labels = terms(query.labelSelector).map(labelTerm);
  const fields = terms(query.fieldSelector).map(fieldTerm);
  return (object) => labels.every((matches) => matches(object.metadata.labels ?? {})) && fields.every((matches) => matches(object));
}

/** Splits at commas outside of parentheses. */
const terms = (selector: Query[string]): string[] => (typeof selector === "string" && selector ? selector.split(/,(?![^(]*\))/) : []);

function labelTerm(term: string): (labels: Record<string, string>) => boolean {
  const set = /^\s*(\S+)\s+(in|notin)\s+\((.*)\)\s*$/.exec(term);
  if (set) {
    const [, key = "", operator, list = ""] = set;
    const values = list.split(",").map((value) => value.trim());
    return (labels) => (key in labels && values.includes(labels[key]!)) === (operator === "in");
  }
  const equality = /^\s*([^!=\s]+)\s*(==?|!=)\s*(\S*)\s*$/.exec(term);
  if (equality) return (labels) => (labels[equality[1]!] === equality[3]) === (equality[2] !== "!=");
  const key = term.trim();
  return key.startsWith("!") ? (labels) => !(key.slice(1) in labels) : (labels) => key in labels;
}

function fieldTerm(term: string): (object: KubeObject) => boolean {
  const [, path = "", operator, value] = /^([^!=]+)(==?|!=)(.*)$/.exec(term) ?? [];
  return (object) => (textAt(object, path) === value) === (operator !== "!=");
}

function textAt(object: unknown, path: string): string {
  const value = path.split(".").reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], object);
  return typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
}
