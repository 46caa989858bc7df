import { RE2JS } from "re2js";
import type { Cell, ViewFilter } from "../../../shared/contract.ts";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import { ServiceError } from "../errors.ts";
import { parseLabelSelector } from "./labelSelector.ts";

type TextTest = (shown: string) => boolean;
type ObjectTest = (object: KubeObject) => boolean;

/** `web !test` keeps rows with "web" and without "test"; `/we[bc]/` is a regular expression, `!/…/` its opposite. */
export function textTest(filter: string): TextTest {
  const whole = filter.trim();
  if (!whole) return () => true;
  const parts = /^!?\/.*\/$/.test(whole) ? [whole] : whole.split(/\s+/);
  const tests = parts.map(partTest);
  return (shown) => tests.every((test) => test(shown));
}

function partTest(part: string): TextTest {
  if (part.startsWith("!") && part.length > 1) {
    const test = partTest(part.slice(1));
    return (shown) => !test(shown);
  }
  const pattern = /^\/(.+)\/$/.exec(part)?.[1];
  const expression = pattern && compile(pattern);
  if (expression) return (shown) => expression.test(shown);
  const wanted = part.toLowerCase();
  return (shown) => shown.toLowerCase().includes(wanted);
}

/** Undefined while a regular expression is still being typed. */
function compile(pattern: string): { test(text: string): boolean } | undefined {
  try {
    // Linear in time, whatever is typed.
    return RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
  } catch {
    return undefined;
  }
}

/** `spec.nodeName=a,status.phase!=Running`, over any path of the object. */
export function fieldTest(selector: string): ObjectTest {
  const terms = selector
    .split(",")
    .filter((term) => term.trim())
    .map((term) => {
      const match = /^\s*([\w.[\]-]+)\s*(==|=|!=)\s*(.*?)\s*$/.exec(term);
      if (!match) throw new ServiceError("bad-selector", `field selector: cannot read "${term.trim()}": write path=value or path!=value`);
      return { path: match[1]!.split("."), equal: match[2] !== "!=", value: match[3]! };
    });
  return (object) => terms.every(({ path, equal, value }) => (String(at(object, path) ?? "") === value) === equal);
}

const at = (value: unknown, path: string[]): unknown =>
  path.reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], value);

/** The label and field selectors of a filter. Throws a ServiceError for one it cannot read. */
export function objectTest(filter: ViewFilter): ObjectTest {
  const labels = parseLabelSelector(filter.labelSelector);
  const fields = fieldTest(filter.fieldSelector);
  return (object) => labels(object.metadata.labels ?? {}) && fields(object);
}

/** A cell as text, for filters. */
export function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell !== "object") return String(cell);
  switch (cell.kind) {
    case "status":
    case "ref":
    case "link":
      return cell.text;
    case "list":
      return cell.items.join(" ");
    case "ratio":
      return `${cell.value}/${cell.of}`;
    default:
      return "";
  }
}

/** A cell as what lists are sorted by; empty cells come first. */
export function cellOrder(cell: Cell | undefined): string | number {
  if (cell === null || cell === undefined) return Number.NEGATIVE_INFINITY;
  if (typeof cell !== "object") return cell;
  switch (cell.kind) {
    case "time":
      return cell.at;
    case "usage":
      return cell.value;
    case "ratio":
      return cell.of === 0 ? cell.value : cell.value / cell.of;
    default:
      return cellText(cell);
  }
}

const collator = new Intl.Collator("en", { numeric: true });

export function compareOrder(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a === b ? 0 : a < b ? -1 : 1;
  if (typeof a === "string" && typeof b === "string") return collator.compare(a, b);
  return typeof a === "number" ? -1 : 1;
}
