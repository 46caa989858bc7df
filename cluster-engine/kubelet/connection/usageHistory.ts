import type { UsageSample } from "../../api/nodeConnection.ts";
import { every, rfc3339 } from "../../base/clock.ts";
import type { ContainerStats } from "../../runtime/types.ts";
import type { KubeletContext } from "../types.ts";

/** One hour, a sample every ten seconds. */
const intervalMs = 10_000;
const keptSamples = 360;

interface Series {
  samples: UsageSample[];
  last: ContainerStats;
}

/** CPU and memory of this node's containers over the last hour. */
export class UsageHistory {
  readonly #context: KubeletContext;
  readonly #isOwn: (containerId: string) => boolean;
  readonly #series = new Map<string, Series>();
  readonly #node: UsageSample[] = [];
  #timer: Disposable | undefined;
  #sampling = false;

  constructor(context: KubeletContext, isOwn: (containerId: string) => boolean) {
    this.#context = context;
    this.#isOwn = isOwn;
  }

  start(): void {
    void this.sample();
    this.#timer = every(this.#context.clock, intervalMs, () => void this.sample(), intervalMs * this.#context.phase);
  }

  stop(): void {
    this.#timer?.[Symbol.dispose]();
  }

  get node(): UsageSample[] {
    return this.#node;
  }

  of(containerId: string): UsageSample[] {
    return this.#series.get(containerId)?.samples ?? [];
  }

  async sample(): Promise<void> {
    if (this.#sampling) return;
    this.#sampling = true;
    try {
      this.#take((await this.#context.runtime.stats({ node: this.#context.nodeName })).filter(({ containerId }) => this.#isOwn(containerId)));
    } catch (error) {
      this.#context.log.debug("usage not read", { error: (error as Error).message });
    } finally {
      this.#sampling = false;
    }
  }

  #take(stats: ContainerStats[]): void {
    const total: UsageSample = { time: rfc3339(this.#context.clock.now()), cpuNanoCores: 0, memoryWorkingSetBytes: 0 };
    for (const current of stats) {
      const series = this.#series.get(current.containerId);
      const sample = toSample(current, series?.last);
      total.cpuNanoCores += sample.cpuNanoCores;
      total.memoryWorkingSetBytes += sample.memoryWorkingSetBytes;
      // The first reading has no rate yet.
      this.#series.set(current.containerId, { samples: series ? keep(series.samples, sample) : [], last: current });
    }
    const live = new Set(stats.map(({ containerId }) => containerId));
    for (const id of this.#series.keys()) if (!live.has(id)) this.#series.delete(id);
    keep(this.#node, total);
  }
}

function toSample(current: ContainerStats, last: ContainerStats | undefined): UsageSample {
  const elapsed = last ? current.timestamp - last.timestamp : 0;
  const used = last ? Math.max(0, current.cpuUsageNanoSeconds - last.cpuUsageNanoSeconds) : 0;
  return {
    time: rfc3339(current.timestamp),
    cpuNanoCores: elapsed > 0 ? Math.round((used * 1000) / elapsed) : 0,
    memoryWorkingSetBytes: current.memoryWorkingSetBytes,
  };
}

function keep(samples: UsageSample[], sample: UsageSample): UsageSample[] {
  samples.push(sample);
  if (samples.length > keptSamples) samples.shift();
  return samples;
}
