import type { RuntimeEvent } from "../types.ts";

type Deliver = (event: RuntimeEvent) => void;

/** Hands each event to every subscriber that it concerns, in order, none lost between subscribing and reading. */
export class EventHub {
  readonly #all = new Set<Deliver>();
  readonly #byNode = new Map<string, Set<Deliver>>();

  emit(event: RuntimeEvent): void {
    for (const deliver of this.#all) deliver(event);
    if (event.node !== undefined) for (const deliver of this.#byNode.get(event.node) ?? []) deliver(event);
    else for (const subscribers of this.#byNode.values()) for (const deliver of subscribers) deliver(event);
  }

  /** Events of `node` and those of no node; all when it is absent. */
  subscribe(signal: AbortSignal, node?: string): AsyncIterable<RuntimeEvent> {
    const queue: RuntimeEvent[] = [];
    let wake: (() => void) | undefined;
    const deliver = (event: RuntimeEvent) => {
      queue.push(event);
      wake?.();
    };
    const subscribers = this.#subscribersOf(node);
    subscribers.add(deliver);
    signal.addEventListener("abort", () => {
      subscribers.delete(deliver);
      wake?.();
    });
    return {
      async *[Symbol.asyncIterator]() {
        while (!signal.aborted) {
          for (let event = queue.shift(); event; event = queue.shift()) yield event;
          if (signal.aborted) return;
          await new Promise<void>((resolve) => (wake = resolve));
        }
      },
    };
  }

  #subscribersOf(node: string | undefined): Set<Deliver> {
    if (node === undefined) return this.#all;
    let subscribers = this.#byNode.get(node);
    if (!subscribers) this.#byNode.set(node, (subscribers = new Set()));
    return subscribers;
  }
}
