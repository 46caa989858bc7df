import type { UsageSample } from "../../api/nodeConnection.ts";
import { rfc3339 } from "../../base/clock.ts";

export interface Usage {
  cpuNanoCores: number;
  memoryWorkingSetBytes: number;
}

/** Equal samples one after the other, at even times (ms since the epoch). */
interface Run extends Usage {
  from: number;
  to: number;
  count: number;
}

/** The newest samples of something. Usage that stays as it is takes no more room: a hundred thousand idle containers fit. */
export class UsageSeries {
  readonly #kept: number;
  readonly #runs: Run[] = [];
  #count = 0;

  /** `kept`: how many samples at most. */
  constructor(kept: number) {
    this.#kept = kept;
  }

  add(at: number, { cpuNanoCores, memoryWorkingSetBytes }: Usage): void {
    const last = this.#runs.at(-1);
    if (last?.cpuNanoCores === cpuNanoCores && last.memoryWorkingSetBytes === memoryWorkingSetBytes) {
      last.to = at;
      last.count++;
    } else this.#runs.push({ from: at, to: at, count: 1, cpuNanoCores, memoryWorkingSetBytes });
    if (++this.#count > this.#kept) this.#dropFirst();
  }

  /** The newest `last` samples, oldest first; all when it is absent. */
  samples(last = this.#kept): UsageSample[] {
    const found: UsageSample[] = [];
    for (let i = this.#runs.length - 1; i >= 0 && found.length < last; i--) {
      const run = this.#runs[i]!;
      for (let j = run.count - 1; j >= 0 && found.length < last; j--) found.push(sampleOf(run, j));
    }
    return found.reverse();
  }

  #dropFirst(): void {
    const first = this.#runs[0]!;
    this.#count--;
    if (first.count === 1) this.#runs.shift();
    else {
      first.from += (first.to - first.from) / (first.count - 1);
      first.count--;
    }
  }
}

function sampleOf({ from, to, count, cpuNanoCores, memoryWorkingSetBytes }: Run, index: number): UsageSample {
  const at = count === 1 ? from : from + ((to - from) * index) / (count - 1);
  return { time: rfc3339(at), cpuNanoCores, memoryWorkingSetBytes };
}
