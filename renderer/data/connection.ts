import type {
  ContractError,
  RequestAnswer,
  RequestName,
  RequestParams,
  StreamMessage,
  StreamName,
  StreamParams,
  StreamUpdate,
  ToServices,
  ToWindow,
} from "../../shared/contract.ts";

/** What services answered instead of a result. */
export class ContractFailure extends Error {
  readonly code: string;
  readonly status: unknown;
  constructor(error: ContractError) {
    super(error.message);
    this.name = "ContractFailure";
    this.code = error.code;
    this.status = error.status;
  }
}

/** The side of a MessagePort that the window uses. */
export interface Port {
  postMessage(message: ToServices): void;
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
  start?(): void;
}

export interface StreamHandlers<N extends StreamName> {
  message(message: StreamMessage<N>): void;
  end?(error?: ContractError): void;
  /** The services process restarted and the stream was opened again: what came before is void. */
  reopened?(): void;
  /** Set for a stream that makes no sense to repeat (a terminal, an apply): it ends instead. */
  once?: boolean;
}

export interface OpenStream<N extends StreamName> {
  readonly id: number;
  update(update: StreamUpdate<N>): void;
  close(): void;
}

interface StreamRecord {
  name: string;
  params: object;
  handlers: StreamHandlers<StreamName>;
}

const restarted: ContractError = { code: "Restarted", message: "The services process restarted before it answered." };

/** Messages of one stream that may be under way before the window asks for more. */
const credit = 8;

/**
 * The window's end of the contract: requests and streams over the port of the moment.
 * Before the first port arrives everything waits; when a new one arrives, streams are opened again on it.
 */
export class Connection {
  #port: Port | undefined;
  #nextId = 1;
  #requests = new Map<number, { send: ToServices; resolve(answer: unknown): void; reject(error: Error): void; sent: boolean }>();
  #streams = new Map<number, StreamRecord>();

  /** Uses this port from now on. */
  attach(port: Port): void {
    const again = this.#port !== undefined;
    this.#port?.close();
    this.#port = port;
    port.onmessage = (event) => this.#receive(event.data as ToWindow);
    port.start?.();
    this.#flushRequests();
    for (const [id, stream] of this.#streams) this.#reopen(id, stream, again);
  }

  request<N extends RequestName>(name: N, params: RequestParams<N>): Promise<RequestAnswer<N>> {
    const id = this.#nextId++;
    const send: ToServices = { type: "request", id, name, params };
    return new Promise<RequestAnswer<N>>((resolve, reject) => {
      this.#requests.set(id, { send, resolve: resolve as (answer: unknown) => void, reject, sent: this.#port !== undefined });
      this.#port?.postMessage(send);
    });
  }

  open<N extends StreamName>(name: N, params: StreamParams<N>, handlers: StreamHandlers<N>): OpenStream<N> {
    const id = this.#nextId++;
    const stream: StreamRecord = { name, params: { ...(params as object) }, handlers: handlers as unknown as StreamHandlers<StreamName> };
    this.#streams.set(id, stream);
    this.#port?.postMessage({ type: "open", id, name, params: stream.params, credit });
    return {
      id,
      update: (update) => {
        if (!this.#streams.has(id)) return;
        if (!handlers.once) Object.assign(stream.params, update);
        this.#port?.postMessage({ type: "update", id, update });
      },
      close: () => {
        if (this.#streams.delete(id)) this.#port?.postMessage({ type: "close", id });
      },
    };
  }

  #reopen(id: number, stream: StreamRecord, again: boolean): void {
    if (again && stream.handlers.once) {
      this.#streams.delete(id);
      stream.handlers.end?.(restarted);
      return;
    }
    if (again) stream.handlers.reopened?.();
    this.#port?.postMessage({ type: "open", id, name: stream.name, params: stream.params, credit });
  }

  /** Requests that waited for a port go out; those that an older port took with it fail, for they may have happened. */
  #flushRequests(): void {
    for (const [id, request] of this.#requests) {
      if (request.sent) {
        this.#requests.delete(id);
        request.reject(new ContractFailure(restarted));
      } else {
        request.sent = true;
        this.#port?.postMessage(request.send);
      }
    }
  }

  #receive(message: ToWindow): void {
    if (message.type === "answer" || message.type === "error") {
      const request = this.#requests.get(message.id);
      this.#requests.delete(message.id);
      if (message.type === "answer") request?.resolve(message.answer);
      else request?.reject(new ContractFailure(message.error));
      return;
    }
    const stream = this.#streams.get(message.id);
    if (!stream) return;
    if (message.type === "message") {
      stream.handlers.message(message.message as never);
      this.#port?.postMessage({ type: "credit", id: message.id, credit: 1 });
      return;
    }
    this.#streams.delete(message.id);
    stream.handlers.end?.(message.error);
  }
}
