import type { Cell, ViewColumn } from "../../../../shared/contract.ts";
import type { TableColumn } from "../../watch/table.ts";
import type { KindView } from "../kindView.ts";

/** Columns that every list has anyway. */
const own = new Set(["name", "age", "namespace", "created at"]);

const idOf = (column: TableColumn): string => `column-${column.name.toLowerCase().replace(/\s+/g, "-")}`;

const typeOf = ({ type, format }: TableColumn): ViewColumn["type"] =>
  type === "integer" || type === "number" ? "number" : format === "date-time" ? "time" : "text";

/** A list of any kind, with the columns that the server prints for it. */
export function genericView(columns: TableColumn[]): KindView {
  const shown = columns.map((column, index) => ({ column, index })).filter(({ column }) => !own.has(column.name.toLowerCase()));
  return {
    columns: shown.map(({ column }) => ({
      id: idOf(column),
      title: column.name,
      type: typeOf(column),
      ...(column.priority > 0 ? { extra: true } : {}),
      ...(column.description ? { description: column.description } : {}),
    })),
    joins: [],
    row: (_object, _relations, { cells = [] }) => ({
      cells: Object.fromEntries(shown.map(({ column, index }) => [idOf(column), cellOf(cells[index])])),
    }),
  };
}

const cellOf = (value: unknown): Cell =>
  value === null || value === undefined || value === "" ? null : typeof value === "string" || typeof value === "number" ? value : String(value);
