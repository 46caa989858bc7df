import { type AccessQuestion, type AccessRow, type AccessSubject, type Grant, gridVerbs, type Reach } from "../../../shared/access.ts";
import type { ApiResource } from "../../../shared/contract.ts";

/** What a cell says; `none` and `unknown` are what no rule that can be read grants. */
export type CellReach = Reach | "none" | "unknown";

export const qualified = ({ group, resource }: { group: string; resource: string }): string => {
  const [base = "", ...rest] = resource.split("/");
  return [group ? `${base}.${group}` : base, ...rest].join("/");
};

export const subjectKey = ({ kind, namespace = "", name }: AccessSubject): string => `${kind}/${namespace}/${name}`;
export const subjectText = ({ namespace, name }: AccessSubject): string => (namespace ? `${namespace}/${name}` : name);

/** Rows that the filters leave, those with rights first among equals: by name. */
export function shownRows(rows: readonly AccessRow[], { text, granted }: { text: string; granted: boolean }): AccessRow[] {
  const wanted = text.trim().toLowerCase();
  return rows
    .filter((row) => (!granted || Object.keys(row.verbs).length > 0) && `${qualified(row)} ${row.kind}`.toLowerCase().includes(wanted))
    .toSorted((a, b) => qualified(a).localeCompare(qualified(b)));
}

/** A cell of the grid after an arrow key; the same one at an edge. */
export function moveInGrid({ row, column }: { row: number; column: number }, key: string, rows: number): { row: number; column: number } | undefined {
  const to = (r: number, c: number) => ({ row: Math.max(0, Math.min(rows - 1, r)), column: Math.max(0, Math.min(gridVerbs.length - 1, c)) });
  const pageRows = 10;
  if (key === "ArrowDown") return to(row + 1, column);
  if (key === "ArrowUp") return to(row - 1, column);
  if (key === "ArrowRight") return to(row, column + 1);
  if (key === "ArrowLeft") return to(row, column - 1);
  if (key === "PageDown") return to(row + pageRows, column);
  if (key === "PageUp") return to(row - pageRows, column);
  if (key === "Home") return to(row, 0);
  if (key === "End") return to(row, gridVerbs.length - 1);
  return undefined;
}

/** What was typed (`deployments.apps`, `pods/log`, a short name) as a resource that the cluster serves. */
export function findResource(text: string, resources: readonly ApiResource[]): Pick<AccessQuestion, "group" | "resource"> | undefined {
  const [name = "", subresource] = text.trim().toLowerCase().split("/", 2);
  const found = resources.find(
    (each) => qualified(each) === name || each.resource === name || each.shortNames.includes(name) || each.kind.toLowerCase() === name,
  );
  if (!found || (subresource !== undefined && !found.subresources.includes(subresource))) return undefined;
  return { group: found.group, resource: subresource === undefined ? found.resource : `${found.resource}/${subresource}` };
}

/** Where grants hold: nothing when it is everywhere. */
export const namespacesOf = (grants: readonly Grant[]): string[] =>
  grants.some(({ namespace }) => namespace === undefined)
    ? []
    : [...new Set(grants.map(({ namespace }) => namespace!))].toSorted((a, b) => a.localeCompare(b));

/** `get, list pods, pods/log`. */
export const ruleText = ({ verbs, resources, apiGroups }: Grant["rule"]): string => {
  const groups = apiGroups.filter((group) => group !== "");
  return `${verbs.join(", ")} ${resources.join(", ")}${groups.length > 0 ? ` (${groups.join(", ")})` : ""}`;
};
