import type { MessagePortMain } from "electron";
import type { StreamMessage, StreamName, StreamParams, ToServices, ToWindow } from "../../shared/contract.ts";

/** Streams of services for the app itself, over a port as windows have one. */
export class ContractClient {
  readonly #port: MessagePortMain;
  readonly #streams = new Map<number, { onMessage(message: unknown): void; onEnd(): void }>();
  #next = 1;

  constructor(port: MessagePortMain) {
    this.#port = port;
    port.on("message", ({ data }) => this.#receive(data as ToWindow));
    port.start();
  }

  /** Calls back with each message, and once when services end the stream. */
  follow<N extends StreamName>(name: N, params: StreamParams<N>, onMessage: (message: StreamMessage<N>) => void, onEnd = () => {}): void {
    const id = this.#next++;
    this.#streams.set(id, { onMessage: onMessage as (message: unknown) => void, onEnd });
    this.#send({ type: "open", id, name, params, credit: 1 });
  }

  #receive(received: ToWindow): void {
    const stream = this.#streams.get(received.id);
    if (received.type === "end") {
      this.#streams.delete(received.id);
      stream?.onEnd();
    }
    if (received.type !== "message") return;
    stream?.onMessage(received.message);
    this.#send({ type: "credit", id: received.id, credit: 1 });
  }

  #send(message: ToServices): void {
    this.#port.postMessage(message);
  }
}
