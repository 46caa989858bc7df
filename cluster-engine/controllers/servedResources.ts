import type { Clock } from "../base/clock.ts";
import { discoverResources, type DiscoveredResource } from "../client/discovery.ts";
import type { Transport } from "../client/types.ts";

/** ms; new kinds are found at once all the same. */
const lifetime = 60_000;

/** What the API serves, remembered for a while: some controllers ask often. */
export class ServedResources {
  readonly #clock: Clock;
  #known: { at: number; resources: DiscoveredResource[] } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Those that `wanted` names; looked for afresh when there are none. @throws StatusError */
  async find(transport: Transport, wanted: (resource: DiscoveredResource) => boolean): Promise<DiscoveredResource[]> {
    const now = this.#clock.monotonic();
    const known = this.#known && now - this.#known.at < lifetime ? this.#known.resources.filter(wanted) : [];
    if (known.length > 0) return known;
    this.#known = { at: now, resources: await discoverResources(transport) };
    return this.#known.resources.filter(wanted);
  }
}
