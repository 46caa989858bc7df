import { describe, expect, it } from "vitest";
import { amountIn, changeOf, isUnchanged, type Wish } from "./wish.ts";

const nothing: Wish = { cpu: "", memory: "", anyNode: false, openNodes: false, emptied: "", another: "" };

it.each([
  ["0.5", 0.5],
  ["250m", 0.25],
  [" 2 ", 2],
  ["512Mi", 512 * 2 ** 20],
  ["1.5Gi", 1.5 * 2 ** 30],
  ["much", undefined],
  ["", undefined],
  ["-1", undefined],
])("%s is %s", (text, amount) => expect(amountIn(text)).toBe(amount));

describe("changeOf", () => {
  it.each([
    ["nothing", {}, {}],
    ["amounts", { cpu: "250m", memory: "1Gi" }, { cpu: 0.25, memory: 2 ** 30 }],
    ["nodes", { anyNode: true, openNodes: true, emptied: "a", another: "b" }, { anyNode: true, openNodes: true, emptied: "a", another: "b" }],
    ["no cores at all", { cpu: "0" }, { cpu: 0 }],
  ])("%s", (_, wish, change) => expect(changeOf({ ...nothing, ...wish })).toEqual(change));

  it("is nothing to ask while an amount is half typed", () => {
    expect(changeOf({ ...nothing, cpu: "2x" })).toBeUndefined();
    expect(changeOf({ ...nothing, memory: "Mi" })).toBeUndefined();
  });
});

it("no wish asks nothing", () => {
  expect(isUnchanged(changeOf(nothing)!)).toBe(true);
  expect(isUnchanged(changeOf({ ...nothing, anyNode: true })!)).toBe(false);
});
