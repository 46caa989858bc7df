import type {
  ContractError,
  EngineState,
  RequestAnswer,
  RequestName,
  RequestParams,
  StreamMessage,
  StreamName,
  StreamParams,
  StreamUpdate,
  ToWindow,
} from "../../shared/contract.ts";
import type { ServicesPort } from "../../main/services/port/types.ts";
import { startServices } from "../../main/services/services.ts";
import type { EngineControl, Services } from "../../main/services/types.ts";

/** An open stream as a window sees it: every message so far, and waiting for one that satisfies a condition. */
export class TestStream<N extends StreamName> {
  readonly messages: StreamMessage<N>[] = [];
  ended: { error?: ContractError } | undefined;
  readonly #waiting = new Set<() => void>();
  readonly #send: (message: object) => void;

  constructor(send: (message: object) => void) {
    this.#send = send;
  }

  receive(message: StreamMessage<N>): void {
    this.messages.push(message);
    for (const check of this.#waiting) check();
  }

  end(error?: ContractError): void {
    this.ended = error ? { error } : {};
    for (const check of this.#waiting) check();
  }

  /** Resolves when `found` answers something, which it is asked after every message and at the end. */
  until<T>(what: string, found: (stream: this) => T | undefined | false, timeoutMs = 20_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const result = found(this);
        if (result === undefined || result === false) return;
        this.#waiting.delete(check);
        clearTimeout(timer);
        resolve(result);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        reject(
          new Error(`never saw ${what}; last message: ${JSON.stringify(this.messages.at(-1))?.slice(0, 3000)}; ended: ${JSON.stringify(this.ended)}`),
        );
      }, timeoutMs);
      this.#waiting.add(check);
      check();
    });
  }

  update(update: StreamUpdate<N>): void {
    this.#send({ type: "update", update });
  }

  close(): void {
    this.#send({ type: "close" });
  }
}

/** A window without a screen: speaks the contract with services that run in this process. */
export class TestWindow {
  readonly services: Services;
  #deliver: (message: unknown) => void = () => {};
  #next = 1;
  readonly #answers = new Map<number, { resolve: (answer: never) => void; reject: (error: ContractError) => void }>();
  readonly #streams = new Map<number, TestStream<StreamName>>();

  constructor(options: { localKubeconfig: string; dataDir: string; kubeconfigPaths?: string[]; engine?: EngineControl }) {
    const port: ServicesPort = {
      // Through JSON, as a MessagePort copies.
      send: (message) => queueMicrotask(() => this.#receive(JSON.parse(JSON.stringify(message)) as ToWindow)),
      onMessage: (listener) => (this.#deliver = listener),
      onClose: () => {},
    };
    this.services = startServices({ kubeconfigPaths: [], engine: noEngine, ...options, port });
  }

  request<N extends RequestName>(name: N, params: RequestParams<N>): Promise<RequestAnswer<N>> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve: resolve as (answer: never) => void, reject });
      this.send({ type: "request", id, name, params });
    });
  }

  open<N extends StreamName>(name: N, params: StreamParams<N>, credit = 1_000_000): TestStream<N> {
    const id = this.#next++;
    const stream = new TestStream<N>((message) => this.send({ ...message, id }));
    this.#streams.set(id, stream as unknown as TestStream<StreamName>);
    this.send({ type: "open", id, name, params, credit });
    return stream;
  }

  /** The id of a stream, for `logs.save`. */
  idOf(stream: object): string {
    return String([...this.#streams].find(([, one]) => (one as object) === stream)?.[0]);
  }

  /** Anything at all, as a window that is broken or taken over might. */
  send(message: unknown): void {
    this.#deliver(message);
  }

  close(): Promise<void> {
    return this.services.close();
  }

  #receive(message: ToWindow): void {
    const { id } = message;
    if (message.type === "message") this.#streams.get(id)?.receive(message.message as never);
    if (message.type === "end") this.#streams.get(id)?.end(message.error);
    if (message.type === "answer") this.#answers.get(id)?.resolve(message.answer as never);
    if (message.type === "error") this.#answers.get(id)?.reject(message.error);
  }
}

const stopped: EngineState = { phase: "stopped", steps: [], log: [], restarts: 0 };

/** An engine that nobody supervises. */
const noEngine: EngineControl = {
  state: () => stopped,
  subscribe: () => ({ [Symbol.dispose]() {} }),
  start: () => Promise.reject(new Error("no engine here")),
  stop: () => Promise.reject(new Error("no engine here")),
};

/** A view as the window keeps it: the deltas put together. */
export function assemble(stream: TestStream<"view">) {
  const rows = new Map<string, NonNullable<StreamMessage<"view">["rows"]>[number]>();
  let state: StreamMessage<"view"> = {};
  for (const message of stream.messages) {
    state = { ...state, ...message };
    for (const row of message.rows ?? []) rows.set(row.key, row);
  }
  return { ...state, shown: (state.order?.keys ?? []).map((key) => rows.get(key)) };
}
