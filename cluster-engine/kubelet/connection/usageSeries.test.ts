import { expect, test } from "vitest";
import { UsageSeries } from "./usageSeries.ts";

const start = Date.UTC(2026, 0, 1);
const seriesOf = (cpus: number[], kept = 10) => {
  const series = new UsageSeries(kept);
  cpus.forEach((cpuNanoCores, i) => series.add(start + i * 10_000, { cpuNanoCores, memoryWorkingSetBytes: 7 }));
  return series;
};
const summary = (series: UsageSeries, last?: number) => series.samples(last).map(({ time, cpuNanoCores }) => `${time.slice(14, 19)} ${cpuNanoCores}`);

test.each([
  ["nothing", [], undefined, []],
  ["each sample with its time", [1, 1, 2, 1], undefined, ["00:00 1", "00:10 1", "00:20 2", "00:30 1"]],
  ["the newest", [1, 1, 2, 2], 3, ["00:10 1", "00:20 2", "00:30 2"]],
])("a series gives back %s", (_name, cpus, last, expected) => {
  expect(summary(seriesOf(cpus), last)).toEqual(expected);
});

test("a series forgets its oldest samples, also out of a run of equal ones", () => {
  expect(summary(seriesOf([1, 1, 1, 1, 2, 2], 4))).toEqual(["00:20 1", "00:30 1", "00:40 2", "00:50 2"]);
  expect(summary(seriesOf([1, 2, 3, 3, 3, 3], 3))).toEqual(["00:30 3", "00:40 3", "00:50 3"]);
});
