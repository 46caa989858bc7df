import type { Row } from "../../../shared/contract.ts";

/** Rows chosen, by key; they stay chosen when they scroll out of the range. */
export type Selection = ReadonlyMap<string, Row>;

export const noSelection: Selection = new Map();

export function toggleRow(selection: Selection, row: Row): Selection {
  const next = new Map(selection);
  if (!next.delete(row.key)) next.set(row.key, row);
  return next;
}

/** Adds the rows between two indexes, ends included, as far as they are known. */
export function selectRange(selection: Selection, rowAt: (index: number) => Row | undefined, from: number, to: number): Selection {
  const next = new Map(selection);
  for (let index = Math.min(from, to); index <= Math.max(from, to); index++) {
    const row = rowAt(index);
    if (row) next.set(row.key, row);
  }
  return next;
}
