import { describe, expect, it } from "vitest";
import { moveInGrid } from "./gridNavigation.ts";

const size = { rows: 100, columns: 5, page: 20 };

describe("keys in a grid", () => {
  it.each([
    ["ArrowDown", { row: 0, column: 2 }, { row: 1, column: 2 }],
    ["ArrowDown", { row: 99, column: 0 }, { row: 99, column: 0 }],
    ["ArrowUp", { row: 0, column: 0 }, { row: -1, column: 0 }],
    ["ArrowUp", { row: -1, column: 0 }, { row: -1, column: 0 }],
    ["ArrowLeft", { row: 3, column: 0 }, { row: 3, column: 0 }],
    ["ArrowRight", { row: 3, column: 4 }, { row: 3, column: 4 }],
    ["PageDown", { row: 90, column: 1 }, { row: 99, column: 1 }],
    ["PageUp", { row: 10, column: 1 }, { row: 0, column: 1 }],
    ["Home", { row: 50, column: 3 }, { row: 0, column: 3 }],
    ["End", { row: 50, column: 3 }, { row: 99, column: 3 }],
  ])("%s from %j leads to %j", (key, from, to) => {
    expect(moveInGrid(from, key, size)).toEqual(to);
  });

  it("j and k move only where single keys are on", () => {
    expect(moveInGrid({ row: 1, column: 0 }, "j", size)).toBeUndefined();
    expect(moveInGrid({ row: 1, column: 0 }, "j", size, { letters: true })).toEqual({ row: 2, column: 0 });
    expect(moveInGrid({ row: 1, column: 0 }, "k", size, { letters: true, mod: true })).toBeUndefined();
  });

  it("stays on the header of an empty list", () => {
    expect(moveInGrid({ row: -1, column: 0 }, "ArrowDown", { ...size, rows: 0 })).toEqual({ row: -1, column: 0 });
  });
});
