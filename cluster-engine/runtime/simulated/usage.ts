import { areaUntil, valueAt, type Curve } from "./curve.ts";
import type { LifeScript } from "./lifeScript.ts";
import type { SimulatedContainer } from "./processes.ts";

/** What a container has used. Times are ms since the epoch. */
export interface UsageMeter {
  /** ns, since its start. */
  cpuUntil(now: number): number;
  memoryAt(now: number): number;
}

const nsPerCoreMs = 1e6;

/** A load that several containers share evenly: begins with the first of them, and goes on with those that are left. */
class SharedLoad {
  readonly #curve: Curve;
  readonly #beganAt: number;
  #members = 0;
  /** Of the curve, and of one who has been there from the start. */
  #area = 0;
  #share = 0;

  constructor(curve: Curve, now: number) {
    this.#curve = curve;
    this.#beganAt = now;
  }

  get isOver(): boolean {
    return this.#members === 0;
  }

  /** Core-ms of one member until now. */
  shareUntil(now: number): number {
    const area = areaUntil(this.#curve, now - this.#beganAt);
    this.#share += (area - this.#area) / Math.max(1, this.#members);
    this.#area = area;
    return this.#share;
  }

  change(members: 1 | -1, now: number): void {
    this.shareUntil(now);
    this.#members += members;
  }
}

/** Counts what containers use, and knows the loads that are shared now. */
export class UsageMeters {
  readonly #loads = new Map<string, SharedLoad>();

  /** Begins to count what a container uses that has just started; to be told when it has ended. */
  start(container: SimulatedContainer): { end(now: number): void } {
    const { script, status } = container;
    const startedAt = status.startedAt!;
    const seed = Number.parseInt(status.id.slice(0, 6), 16);
    const load = script?.sharedCpu && this.#join(container, script.sharedCpu, startedAt);
    const cpuUntil = load?.cpuUntil ?? ownCpu(script?.cpu, startedAt, seed);
    container.meter = { cpuUntil, memoryAt: memoryOf(script?.memory, startedAt, seed) };
    return { end: (now) => load?.leave(now) };
  }

  #join({ sandbox }: SimulatedContainer, { curve, text }: NonNullable<LifeScript["sharedCpu"]>, now: number) {
    const key = `${sandbox.config.metadata.namespace} ${text}`;
    const load = this.#loads.get(key) ?? new SharedLoad(curve, now);
    this.#loads.set(key, load);
    load.change(1, now);
    const before = load.shareUntil(now);
    return {
      cpuUntil: (at: number) => Math.round((load.shareUntil(at) - before) * nsPerCoreMs),
      leave: (at: number) => {
        load.change(-1, at);
        if (load.isOver) this.#loads.delete(key);
      },
    };
  }
}

/** Without a curve a little, for good: `seed` makes containers differ. */
function ownCpu(curve: Curve | undefined, startedAt: number, seed: number): UsageMeter["cpuUntil"] {
  const idle = 1 + (seed % 20);
  if (!curve) return (now) => (now - startedAt) * idle * 1000;
  return (now) => Math.round(areaUntil(curve, now - startedAt) * nsPerCoreMs);
}

function memoryOf(curve: Curve | undefined, startedAt: number, seed: number): UsageMeter["memoryAt"] {
  const idle = (8 + (seed % 56)) * 2 ** 20;
  return curve ? (now) => Math.round(valueAt(curve, now - startedAt)) : () => idle;
}
