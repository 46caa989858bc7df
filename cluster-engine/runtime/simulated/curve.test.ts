import { describe, expect, test } from "vitest";
import { areaUntil, firstAbove, parseBytes, parseCpu, parseCurve, parseDuration, valueAt } from "./curve.ts";

const curve = (text: string) => parseCurve(text, Number);

describe("a curve", () => {
  test.each([
    ["5", 0, 5],
    ["5", 99_000, 5],
    ["0s=10 10s=20", 5_000, 15],
    ["0s=10 10s=20", 30_000, 20],
    ["10s=4, 20s=8", 1_000, 4],
    ["0s=0 10s=10 repeat", 13_000, 3],
  ])("%s at %i ms is %d", (text, at, expected) => {
    expect(valueAt(curve(text), at)).toBeCloseTo(expected);
  });

  test.each([
    ["5", 2_000, 10_000],
    ["0s=0 10s=10", 10_000, 50_000],
    ["0s=0 10s=10", 12_000, 70_000],
    ["0s=0 10s=10 repeat", 25_000, 112_500],
    ["10s=4 20s=8", 15_000, 40_000 + 25_000],
  ])("%s has used by %i ms", (text, until, expected) => {
    expect(areaUntil(curve(text), until)).toBeCloseTo(expected);
  });

  test.each([
    ["0s=10 10s=110", 60, 5_000],
    ["70", 60, 0],
    ["0s=10 10s=50", 60, undefined],
  ])("%s first lies above %i at", (text, limit, expected) => {
    expect(firstAbove(curve(text), limit)).toBe(expected);
  });

  test.each(["", "repeat", "5s=1 2s=3"])("%j is refused", (text) => {
    expect(() => curve(text)).toThrow();
  });
});

test("durations and amounts are read with their units", () => {
  expect([parseDuration("1m30s"), parseDuration("500ms"), parseCpu("250m"), parseCpu("1.5"), parseBytes("64Mi"), parseBytes("1k")]).toEqual([
    90_000,
    500,
    0.25,
    1.5,
    64 * 2 ** 20,
    1_000,
  ]);
  for (const wrong of [() => parseDuration("90"), () => parseCpu("1Gi"), () => parseBytes("half")]) expect(wrong).toThrow(/is no/);
});
