import type { StreamEnds, StreamSource } from "./types.ts";

/** A stream of whole states: each wake sends the state as it then is, unless it equals the last one sent. */
export function latest<M>(state: () => M, subscribe: (wake: () => void) => Disposable, ends: StreamEnds): StreamSource<M> {
  const subscription = subscribe(() => ends.wake());
  let sent: string | undefined;
  return {
    next() {
      const message = state();
      const text = JSON.stringify(message);
      if (text === undefined || text === sent) return undefined;
      sent = text;
      return message;
    },
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  };
}
