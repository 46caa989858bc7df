import { parseQuantity } from "../../api/quantity.ts";
import type { OfferedDevice } from "./deviceView.ts";

/** What devices of a pool share (partitionable devices): each takes its part of the pool's counters. In 10^-9 units. */
export class Counters {
  readonly #left = new Map<string, bigint>();

  constructor(offered: readonly OfferedDevice[], taken: ReadonlySet<string>) {
    for (const { driver, pool, slice } of offered)
      for (const { name, counters } of slice.spec.sharedCounters ?? [])
        for (const [counter, { value }] of Object.entries(counters))
          this.#left.set(`${driver}/${pool}/${name}/${counter}`, parseQuantity(value).nano);
    for (const device of offered) if (taken.has(device.id)) this.take(device);
  }

  suffice(device: OfferedDevice): boolean {
    return needs(device).every(([counter, amount]) => amount <= (this.#left.get(counter) ?? 0n));
  }

  take(device: OfferedDevice): void {
    for (const [counter, amount] of needs(device)) this.#left.set(counter, (this.#left.get(counter) ?? 0n) - amount);
  }

  giveBack(device: OfferedDevice): void {
    for (const [counter, amount] of needs(device)) this.#left.set(counter, (this.#left.get(counter) ?? 0n) + amount);
  }
}

const needs = ({ driver, pool, device }: OfferedDevice): [string, bigint][] =>
  (device.consumesCounters ?? []).flatMap(({ counterSet, counters }) =>
    Object.entries(counters).map(([counter, { value }]): [string, bigint] => [
      `${driver}/${pool}/${counterSet}/${counter}`,
      parseQuantity(value).nano,
    ]),
  );
