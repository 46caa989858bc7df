import { describe, expect, it } from "vitest";
import type { Row } from "../../../shared/contract.ts";
import { noSelection, selectRange, toggleRow } from "./selection.ts";

const rows = ["a", "b", "c", "d"].map((name): Row => ({
  key: name,
  object: { group: "", version: "v1", resource: "pods", name },
  uid: name,
  labels: {},
  facts: {},
  cells: {},
}));

describe("selecting rows", () => {
  it("toggles one", () => {
    const one = toggleRow(noSelection, rows[0]!);
    expect([...one.keys()]).toEqual(["a"]);
    expect(toggleRow(one, rows[0]!).size).toBe(0);
  });

  it.each([
    [1, 3, ["b", "c", "d"]],
    [3, 1, ["b", "c", "d"]],
    [2, 9, ["c", "d"]],
  ])("from %d to %d takes %j", (from, to, keys) => {
    expect([...selectRange(noSelection, (index) => rows[index], from, to).keys()]).toEqual(keys);
  });
});
