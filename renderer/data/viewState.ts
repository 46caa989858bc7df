import type { Row, ViewMessage } from "../../shared/contract.ts";

/** What the window knows of an open view: the asked range of rows, and counts of the rest. */
export interface ViewState {
  columns: NonNullable<ViewMessage["columns"]>;
  start: number;
  keys: readonly string[];
  rows: ReadonlyMap<string, Row>;
  matched: number;
  total: number;
  statusCounts: NonNullable<ViewMessage["statusCounts"]>;
  freshness: NonNullable<ViewMessage["freshness"]>;
}

export const emptyView: ViewState = {
  columns: [],
  start: 0,
  keys: [],
  rows: new Map(),
  matched: 0,
  total: 0,
  statusCounts: {},
  freshness: { state: "loading" },
};

/** Rows kept beyond the asked range, so that scrolling back shows them at once. */
const keptRows = 3000;

function mergedRows(state: ViewState, message: ViewMessage): ReadonlyMap<string, Row> {
  if (!message.rows?.length) return state.rows;
  const rows = new Map(state.rows);
  for (const row of message.rows) {
    rows.delete(row.key);
    rows.set(row.key, row);
  }
  const wanted = new Set(message.order?.keys ?? state.keys);
  for (const key of rows.keys()) {
    if (rows.size <= keptRows) break;
    if (!wanted.has(key)) rows.delete(key);
  }
  return rows;
}

/** The state after one message of the view. */
export function applyViewMessage(state: ViewState, message: ViewMessage): ViewState {
  return {
    columns: message.columns ?? state.columns,
    start: message.order?.start ?? state.start,
    keys: message.order?.keys ?? state.keys,
    rows: mergedRows(state, message),
    matched: message.matched ?? state.matched,
    total: message.total ?? state.total,
    statusCounts: message.statusCounts ?? state.statusCounts,
    freshness: message.freshness ?? state.freshness,
  };
}

/** The row at an index of the whole list, when it was received. */
export function rowAt(state: ViewState, index: number): Row | undefined {
  const key = state.keys[index - state.start];
  return key === undefined ? undefined : state.rows.get(key);
}

/** Where a key stands in the whole list, when it is in the asked range. */
export function indexOf(state: ViewState, key: string): number {
  const at = state.keys.indexOf(key);
  return at < 0 ? -1 : at + state.start;
}
