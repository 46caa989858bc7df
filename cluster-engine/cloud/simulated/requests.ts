import { sleep, type Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { SimulatedCloudConfig } from "./config.ts";

/** The way of every request to the cloud: it takes its time, and some fail. */
export class Requests {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #config: SimulatedCloudConfig;

  constructor(clock: Clock, random: Random, config: SimulatedCloudConfig) {
    this.#clock = clock;
    this.#random = random;
    this.#config = config;
  }

  /** @throws Error when chance has it. */
  async make(what: string, ms = this.#config.requestMs): Promise<void> {
    const fails = this.#random.next() < this.#config.failureRate;
    if (ms > 0) await sleep(this.#clock, ms);
    if (fails) throw new Error(`simulated cloud: ${what}: InternalError: please try again later`);
  }
}
