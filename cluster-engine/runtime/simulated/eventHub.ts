import type { RuntimeEvent } from "../types.ts";

/** Hands each event to every subscriber, in order, none lost between subscribing and reading. */
export class EventHub {
  readonly #subscribers = new Set<(event: RuntimeEvent) => void>();

  emit(event: RuntimeEvent): void {
    for (const deliver of this.#subscribers) deliver(event);
  }

  subscribe(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    const queue: RuntimeEvent[] = [];
    let wake: (() => void) | undefined;
    const deliver = (event: RuntimeEvent) => {
      queue.push(event);
      wake?.();
    };
    this.#subscribers.add(deliver);
    signal.addEventListener("abort", () => {
      this.#subscribers.delete(deliver);
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
}
