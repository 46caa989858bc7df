import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

/** What this process uses. Times in s, memory in bytes. */
export interface ProcessUsage {
  cpuSeconds: number;
  residentBytes: number;
  heapUsedBytes: number;
  /** Buffers and other memory outside of the heap. */
  externalBytes: number;
  /** How late the event loop was, since the reading before; 0 at the first, which begins to measure. */
  loopLag: { mean: number; p99: number; max: number };
}

/** ms between two looks at the clock: a hold-up is seen this much too long at most. */
const resolution = 10;
/** Nobody has asked for so long, ms: the looks end, as they cost a little. */
const forgottenAfter = 120_000;

let histogram: IntervalHistogram | undefined;
let forgetting: NodeJS.Timeout | undefined;

export function processUsage(): ProcessUsage {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { cpuSeconds: (user + system) / 1e6, residentBytes: rss, heapUsedBytes: heapUsed, externalBytes: external, loopLag: readLoopLag() };
}

function readLoopLag(): ProcessUsage["loopLag"] {
  clearTimeout(forgetting);
  forgetting = setTimeout(forget, forgottenAfter).unref();
  if (!histogram) {
    histogram = monitorEventLoopDelay({ resolution });
    histogram.enable();
    return { mean: 0, p99: 0, max: 0 };
  }
  const lag = { mean: late(histogram.mean), p99: late(histogram.percentile(99)), max: late(histogram.max) };
  histogram.reset();
  return lag;
}

/** The histogram holds the ns between looks. */
const late = (ns: number): number => Math.max(0, (Number.isNaN(ns) ? 0 : ns) / 1e9 - resolution / 1000);

function forget(): void {
  histogram?.disable();
  histogram = undefined;
}
