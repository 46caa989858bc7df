import type { ViewColumn } from "../../../shared/contract.ts";
import type { ColumnChoice } from "../../app/preferences.ts";

export interface LaidColumn extends ViewColumn {
  /** Least width in px; flexible columns share what is left. */
  width: number;
  flexible: boolean;
}

const widths: Record<ViewColumn["type"], number> = {
  text: 120,
  number: 80,
  status: 168,
  time: 72,
  ratio: 96,
  usage: 120,
  ref: 168,
  list: 200,
  link: 156,
};

/** Columns whose name says more than their type. */
const known: Record<string, { width: number; flexible?: boolean }> = {
  name: { width: 168, flexible: true },
  namespace: { width: 124 },
  status: { width: 128 },
  node: { width: 120 },
  restarts: { width: 80 },
  message: { width: 240, flexible: true },
  reason: { width: 136 },
  type: { width: 104 },
  clusterIP: { width: 108 },
  external: { width: 96 },
  endpoints: { width: 80 },
  count: { width: 64 },
  ready: { width: 104 },
  images: { width: 220, flexible: true },
  ports: { width: 104, flexible: true },
  object: { width: 184, flexible: true },
  keys: { width: 200, flexible: true },
};

/** Least widths in a drawer. */
const narrowWidths: Record<string, number> = {
  name: 136,
  status: 116,
  ready: 64,
  age: 56,
  reason: 104,
  last: 64,
  type: 88,
  message: 176,
  object: 120,
  restarts: 72,
};

export const minimumWidth = 56;
export const maximumWidth = 800;

function laidOut(column: ViewColumn, chosen: number | undefined, narrow: boolean): LaidColumn {
  const fit = known[column.id];
  const width = chosen ?? (narrow ? narrowWidths[column.id] : undefined) ?? fit?.width ?? widths[column.type];
  return { ...column, width, flexible: chosen === undefined && Boolean(fit?.flexible) };
}

/** All columns in the user's order; new ones keep the place that services gave them. */
export function orderedColumns(columns: readonly ViewColumn[], choice: ColumnChoice): ViewColumn[] {
  const order = choice.order;
  if (!order) return [...columns];
  const place = (column: ViewColumn, index: number) => (order.includes(column.id) ? order.indexOf(column.id) : index);
  return columns
    .map((column, index) => ({ column, at: place(column, index) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ column }) => column);
}

export function isShown(column: ViewColumn, choice: ColumnChoice): boolean {
  if (column.id === "name") return true;
  if (column.extra) return choice.shown?.includes(column.id) ?? false;
  return !choice.hidden?.includes(column.id);
}

/** The columns on screen. The namespace shows only when several are listed. */
export function layColumns(
  columns: readonly ViewColumn[],
  choice: ColumnChoice,
  options: { showNamespace: boolean; omit?: readonly string[]; narrow?: boolean },
): LaidColumn[] {
  return orderedColumns(columns, choice)
    .filter((column) => isShown(column, choice) && (column.id !== "namespace" || options.showNamespace) && !options.omit?.includes(column.id))
    .map((column) => laidOut(column, choice.widths?.[column.id], options.narrow ?? false));
}

/** Columns that make room in a narrow place, the first to go first. What the user chose to see stays. */
const yielding = [
  "source",
  "first",
  "ip",
  "owner",
  "os",
  "policy",
  "modes",
  "external",
  "strategy",
  "rollout",
  "taints",
  "selector",
  "images",
  "node",
  "memory",
  "cpu",
  "restarts",
  "roles",
  "count",
  "age",
];

/** The columns that fit into a width (px). */
export function fitColumns(columns: readonly LaidColumn[], width: number, selectable: boolean, choice: ColumnChoice): LaidColumn[] {
  let kept = [...columns];
  for (const id of yielding) {
    if (leastWidth(kept, selectable) <= width) break;
    if (choice.shown?.includes(id) || choice.widths?.[id]) continue;
    kept = kept.filter((column) => column.id !== id);
  }
  return kept;
}

/** `grid-template-columns` of a row: selection, columns, end. */
export const gridTemplate = (columns: readonly LaidColumn[], selectable: boolean): string =>
  [
    ...(selectable ? ["36px"] : ["16px"]),
    ...columns.map(({ width, flexible }) => (flexible ? `minmax(${width}px, ${width}fr)` : `${width}px`)),
    columns.some((column) => column.flexible) ? "16px" : "minmax(16px, 1fr)",
  ].join(" ");

export const leastWidth = (columns: readonly LaidColumn[], selectable: boolean): number =>
  columns.reduce((sum, column) => sum + column.width, selectable ? 52 : 32);

/** The choice after showing or hiding a column. */
export function toggled(column: ViewColumn, choice: ColumnChoice): ColumnChoice {
  const list = (column.extra ? choice.shown : choice.hidden) ?? [];
  const next = list.includes(column.id) ? list.filter((id) => id !== column.id) : [...list, column.id];
  return column.extra ? { ...choice, shown: next } : { ...choice, hidden: next };
}

/** The choice after moving a column by one place. */
export function moved(columns: readonly ViewColumn[], id: string, by: -1 | 1, choice: ColumnChoice): ColumnChoice {
  const order = orderedColumns(columns, choice).map((column) => column.id);
  const from = order.indexOf(id);
  const to = from + by;
  if (from < 0 || to < 0 || to >= order.length) return choice;
  [order[from], order[to]] = [order[to]!, order[from]!];
  return { ...choice, order };
}

export const resized = (id: string, width: number, choice: ColumnChoice): ColumnChoice => ({
  ...choice,
  widths: { ...choice.widths, [id]: Math.round(Math.min(maximumWidth, Math.max(minimumWidth, width))) },
});
