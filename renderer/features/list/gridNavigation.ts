/** The cell that has the keyboard. Row -1 is the header. */
export interface ActiveCell {
  row: number;
  column: number;
}

export interface GridSize {
  rows: number;
  columns: number;
  /** Rows that fit on the screen. */
  page: number;
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), Math.max(low, high));

/** Where a key leads; undefined when the key does not move. Follows the grid pattern of the ARIA practices. */
export function moveInGrid(
  active: ActiveCell,
  key: string,
  size: GridSize,
  options: { mod?: boolean; letters?: boolean } = {},
): ActiveCell | undefined {
  const to = (row: number, column = active.column): ActiveCell => ({
    row: clamp(row, -1, size.rows - 1),
    column: clamp(column, 0, size.columns - 1),
  });
  const letter = options.letters && !options.mod;
  if (key === "ArrowDown" || (letter && key === "j")) return to(active.row + 1);
  if (key === "ArrowUp" || (letter && key === "k")) return to(active.row - 1);
  if (key === "ArrowRight") return to(active.row, active.column + 1);
  if (key === "ArrowLeft") return to(active.row, active.column - 1);
  if (key === "PageDown") return to(Math.max(active.row, 0) + size.page);
  if (key === "PageUp") return to(Math.max(active.row - size.page, 0));
  if (key === "Home") return to(0);
  if (key === "End") return to(size.rows - 1);
  return undefined;
}
