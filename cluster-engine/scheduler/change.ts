import type { Pod } from "../../shared/kubernetes/types.ts";

type CountOf = (pod: Pod) => number;

/** Pods by which a NodeInfo in a trial differs from the node as it is. */
export class Change {
  readonly added: readonly Pod[];
  readonly #removed: Set<Pod>;
  /** What was asked for before, kept up to date: a trial asks the same again and again. */
  readonly #differences = new Map<CountOf, number>();

  constructor(added: readonly Pod[], removed: Iterable<Pod>) {
    this.added = added;
    this.#removed = new Set(removed);
  }

  get removed(): ReadonlySet<Pod> {
    return this.#removed;
  }

  /** By how much a count of the node's pods differs; the same `countOf` must be given again to be quick. */
  difference(countOf: CountOf): number {
    let difference = this.#differences.get(countOf);
    if (difference !== undefined) return difference;
    difference = 0;
    for (const pod of this.added) difference += countOf(pod);
    for (const pod of this.#removed) difference -= countOf(pod);
    this.#differences.set(countOf, difference);
    return difference;
  }

  remove(pod: Pod): void {
    this.#removed.add(pod);
    for (const [countOf, difference] of this.#differences) this.#differences.set(countOf, difference - countOf(pod));
  }

  /** The pod stays after all. */
  restore(pod: Pod): void {
    this.#removed.delete(pod);
    for (const [countOf, difference] of this.#differences) this.#differences.set(countOf, difference + countOf(pod));
  }

  /** With more guests; a copy. */
  with(guests: readonly Pod[]): Change {
    return new Change([...this.added, ...guests], this.#removed);
  }
}
