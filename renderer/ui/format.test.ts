import { describe, expect, it } from "vitest";
import { formatAge, formatBytes, formatCores, formatDuration } from "./format.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe("ages are those of kubectl", () => {
  it.each([
    [-5, "0s"],
    [119 * second, "119s"],
    [2 * minute, "2m"],
    [3 * minute + 20 * second, "3m20s"],
    [10 * minute + 5 * second, "10m"],
    [179 * minute, "179m"],
    [3 * hour, "3h"],
    [7 * hour + 59 * minute, "7h59m"],
    [9 * hour + 20 * minute, "9h"],
    [47 * hour, "47h"],
    [2 * day, "2d"],
    [3 * day + 4 * hour, "3d4h"],
    [8 * day + 4 * hour, "8d"],
    [729 * day, "729d"],
    [730 * day, "2y"],
    [3 * 365 * day + 5 * day, "3y5d"],
    [9 * 365 * day, "9y"],
  ])("%d ms is %s", (span, text) => expect(formatAge(span)).toBe(text));
});

describe("quantities", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1536, "1.5 Ki"],
    [128 * 1024 ** 2, "128 Mi"],
    [7.6 * 1024 ** 3, "7.6 Gi"],
    [52.4 * 1024 ** 2, "52 Mi"],
  ])("%d bytes are %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));
  it.each([
    [0, "0"],
    [0.0001, "1m"],
    [0.25, "250m"],
    [1, "1"],
    [1.456, "1.46"],
    [128, "128"],
  ])("%d cores are %s", (cores, text) => expect(formatCores(cores)).toBe(text));
  it.each([
    [12, "12 ms"],
    [2140, "2.1 s"],
    [125_000, "2m5s"],
  ])("%d ms last %s", (ms, text) => expect(formatDuration(ms)).toBe(text));
});
