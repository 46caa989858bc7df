import type { UsageSample } from "../../api/nodeConnection.ts";
import { every } from "../../base/clock.ts";
import type { ContainerStats } from "../../runtime/types.ts";
import type { KubeletContext } from "../types.ts";
import { UsageSeries, type Usage } from "./usageSeries.ts";

/** One hour, a sample every ten seconds. */
const intervalMs = 10_000;
const keptSamples = 360;

interface Series {
  history: UsageSeries;
  last: ContainerStats;
}

/** CPU and memory of this node's containers over the last hour. */
export class UsageHistory {
  readonly #context: KubeletContext;
  readonly #isOwn: (containerId: string) => boolean;
  readonly #series = new Map<string, Series>();
  readonly #node = new UsageSeries(keptSamples);
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

  /** The newest `last` samples; all when it is absent. */
  node(last?: number): UsageSample[] {
    return this.#node.samples(last);
  }

  of(containerId: string, last?: number): UsageSample[] {
    return this.#series.get(containerId)?.history.samples(last) ?? [];
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
    const total: Usage = { cpuNanoCores: 0, memoryWorkingSetBytes: 0 };
    for (const current of stats) {
      const series = this.#series.get(current.containerId);
      const usage = usageOf(current, series?.last);
      total.cpuNanoCores += usage.cpuNanoCores;
      total.memoryWorkingSetBytes += usage.memoryWorkingSetBytes;
      // The first reading has no rate yet.
      if (!series) this.#series.set(current.containerId, { history: new UsageSeries(keptSamples), last: current });
      else {
        series.history.add(current.timestamp, usage);
        series.last = current;
      }
    }
    const live = new Set(stats.map(({ containerId }) => containerId));
    for (const id of this.#series.keys()) if (!live.has(id)) this.#series.delete(id);
    this.#node.add(this.#context.clock.now(), total);
  }
}

function usageOf(current: ContainerStats, last: ContainerStats | undefined): Usage {
  const elapsed = last ? current.timestamp - last.timestamp : 0;
  const used = last ? Math.max(0, current.cpuUsageNanoSeconds - last.cpuUsageNanoSeconds) : 0;
  return { cpuNanoCores: elapsed > 0 ? Math.round((used * 1000) / elapsed) : 0, memoryWorkingSetBytes: current.memoryWorkingSetBytes };
}
