import { describe, expect, it } from "vitest";
import type { Row } from "../../shared/contract.ts";
import { applyViewMessage, emptyView, indexOf, rowAt } from "./viewState.ts";

const row = (name: string, restarts = 0): Row => ({
  key: `default/${name}`,
  object: { group: "", version: "v1", resource: "pods", namespace: "default", name },
  uid: name,
  labels: {},
  facts: {},
  cells: { restarts },
});

describe("the state of a view", () => {
  const first = applyViewMessage(emptyView, {
    columns: [{ id: "restarts", title: "Restarts", type: "number" }],
    order: { start: 0, keys: ["default/a", "default/b"] },
    rows: [row("a"), row("b")],
    matched: 2,
    total: 9,
    freshness: { state: "live" },
  });

  it("takes everything from the first message", () => {
    expect(rowAt(first, 1)?.object.name).toBe("b");
    expect(first).toMatchObject({ matched: 2, total: 9, freshness: { state: "live" } });
  });

  it("keeps what a delta does not name", () => {
    const next = applyViewMessage(first, { rows: [row("b", 3)] });
    expect(rowAt(next, 0)).toBe(rowAt(first, 0));
    expect(rowAt(next, 1)?.cells["restarts"]).toBe(3);
    expect(next.columns).toBe(first.columns);
  });

  it("places a scrolled range by its start, and shows no row that has not come", () => {
    const next = applyViewMessage(first, { order: { start: 100, keys: ["default/b", "default/c"] }, matched: 400 });
    expect(rowAt(next, 100)?.object.name).toBe("b");
    expect(rowAt(next, 101)).toBeUndefined();
    expect(rowAt(next, 0)).toBeUndefined();
    expect(indexOf(next, "default/c")).toBe(101);
    expect(indexOf(next, "default/a")).toBe(-1);
  });

  it("forgets the oldest rows outside of the range when there are too many", () => {
    const rows = Array.from({ length: 3500 }, (_, index) => row(`p${index}`));
    const keys = rows.slice(0, 10).map((each) => each.key);
    const next = applyViewMessage(emptyView, { order: { start: 0, keys }, rows });
    expect(next.rows.size).toBe(3000);
    expect(keys.every((key) => next.rows.has(key))).toBe(true);
  });
});
