import type { ContractError, StreamMessage, StreamName, StreamParams } from "../../shared/contract.ts";
import type { Connection, OpenStream } from "./connection.ts";

export interface Snapshot<M> {
  message?: M;
  error?: ContractError;
}

interface Shared {
  snapshot: Snapshot<unknown>;
  listeners: Set<() => void>;
  stream: OpenStream<StreamName>;
  lingering?: ReturnType<typeof setTimeout> | undefined;
}

/** How long (ms) a stream stays open after its last user left: going back finds it warm. */
const linger = 3000;

/** Streams of whole states (clusters, engine, home, an object, …), each open once however many parts look at it. */
export class SharedStreams {
  #connection: Connection;
  #streams = new Map<string, Shared>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  subscribe<N extends StreamName>(key: string, name: N, params: StreamParams<N>, changed: () => void): () => void {
    const shared = this.#streams.get(key) ?? this.#open(key, name, params);
    clearTimeout(shared.lingering);
    shared.listeners.add(changed);
    return () => {
      shared.listeners.delete(changed);
      if (shared.listeners.size === 0) shared.lingering = setTimeout(() => this.#close(key, shared), linger);
    };
  }

  snapshot<M>(key: string): Snapshot<M> {
    return (this.#streams.get(key)?.snapshot ?? none) as Snapshot<M>;
  }

  #open<N extends StreamName>(key: string, name: N, params: StreamParams<N>): Shared {
    const listeners = new Set<() => void>();
    const set = (snapshot: Snapshot<unknown>) => {
      shared.snapshot = snapshot;
      for (const listener of listeners) listener();
    };
    const stream = this.#connection.open(name, params, {
      message: (message: StreamMessage<N>) => set({ message }),
      end: (error) => set({ ...shared.snapshot, ...(error ? { error } : {}) }),
    }) as unknown as OpenStream<StreamName>;
    const shared: Shared = { snapshot: none, listeners, stream };
    this.#streams.set(key, shared);
    return shared;
  }

  #close(key: string, shared: Shared): void {
    if (shared.listeners.size > 0) return;
    this.#streams.delete(key);
    shared.stream.close();
  }
}

const none: Snapshot<unknown> = {};
