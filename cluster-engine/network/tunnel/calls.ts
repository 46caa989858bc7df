import type { Duplex } from "node:stream";

type Call = { id: number; method: string; params: unknown };
type Answer = { id: number; result?: unknown; error?: string };

/** Methods by name, each from its parameters to its result. */
export type Methods = Record<string, (params: never) => unknown>;

/** Serves `methods` to the peer of `stream`: one JSON document a line. Answers come in any order. */
export function serveCalls(stream: Duplex, methods: Methods): void {
  readLines(stream, (line) => {
    const call = JSON.parse(line) as Call;
    void answer(methods, call).then((reply) => stream.writable && stream.write(JSON.stringify(reply) + "\n"));
  });
}

async function answer(methods: Methods, { id, method, params }: Call): Promise<Answer> {
  try {
    const handler = methods[method];
    if (!handler) throw new Error(`no method ${method}`);
    return { id, result: (await handler(params as never)) ?? null };
  } catch (error) {
    return { id, error: (error as Error).message };
  }
}

type Parameter<M extends Methods, K extends keyof M> = Parameters<M[K]>[0];
type Result<M extends Methods, K extends keyof M> = Awaited<ReturnType<M[K]>>;

export interface Caller<M extends Methods> {
  /** @throws Error with the peer's message, or when the stream ends first. */
  call<K extends keyof M & string>(method: K, params: Parameter<M, K>): Promise<Result<M, K>>;
}

/** Calls the methods that the peer of `stream` serves. */
export function caller<M extends Methods>(stream: Duplex): Caller<M> {
  const waiting = new Map<number, { resolve(value: never): void; reject(error: Error): void }>();
  let next = 0;
  readLines(stream, (line) => {
    const { id, result, error } = JSON.parse(line) as Answer;
    const call = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) call?.resolve(result as never);
    else call?.reject(new Error(error));
  });
  stream.on("close", () => {
    for (const call of waiting.values()) call.reject(new Error("the connection to the network agent was lost"));
    waiting.clear();
  });
  return {
    call: (method, params) =>
      new Promise((resolve, reject) => {
        if (stream.destroyed) return reject(new Error("the connection to the network agent was lost"));
        const id = next++;
        waiting.set(id, { resolve: resolve as never, reject });
        stream.write(JSON.stringify({ id, method, params } satisfies Call) + "\n");
      }),
  };
}

function readLines(stream: Duplex, onLine: (line: string) => void): void {
  let parts: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end));
      onLine(Buffer.concat(parts).toString());
      parts = [];
      start = end + 1;
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
  });
}
