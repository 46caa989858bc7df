import { z } from "zod";
import { requests, streams, type RequestName, type StreamName } from "../../../shared/contract.ts";
import { contractError, ServiceError } from "../errors.ts";
import type { Clock } from "../time.ts";
import { OpenStream } from "./openStream.ts";
import type { Handlers, RequestHandler, ServicesPort, StreamHandler } from "./types.ts";

const id = z.number().int();
/** Longer than any name of the contract; an answer repeats it. */
const name = z.string().max(100);
const credit = z.number().int().min(0).max(1_000_000);

/** The envelope of everything that a window may send. */
const envelope = z.discriminatedUnion("type", [
  z.object({ type: z.literal("request"), id, name, params: z.unknown() }),
  z.object({ type: z.literal("open"), id, name, params: z.unknown(), credit }),
  z.object({ type: z.literal("update"), id, update: z.unknown() }),
  z.object({ type: z.literal("credit"), id, credit }),
  z.object({ type: z.literal("close"), id }),
]);
type Envelope = z.infer<typeof envelope>;

/** One window's conversation: checks every message against the contract, runs requests, keeps open streams. */
export class Session {
  readonly #port: ServicesPort;
  readonly #handlers: Handlers;
  readonly #clock: Clock;
  readonly #streams = new Map<number, OpenStream>();

  /** Messages wait, in order, until `ready`: the list of clusters is read from files. */
  constructor(port: ServicesPort, handlers: Handlers, clock: Clock, ready: Promise<void>) {
    this.#port = port;
    this.#handlers = handlers;
    this.#clock = clock;
    port.onMessage((message) => void ready.then(() => this.#receive(message)));
    port.onClose(() => this.close());
  }

  close(): void {
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
  }

  #receive(raw: unknown): void {
    const message = envelope.safeParse(raw);
    if (!message.success) return this.#refuse(raw, message.error);
    this.#dispatch(message.data);
  }

  #dispatch(message: Envelope): void {
    switch (message.type) {
      case "request":
        return void this.#request(message.id, message.name, message.params);
      case "open":
        return this.#open(message.id, message.name, message.params, message.credit);
      case "update":
        return this.#update(message.id, message.update);
      case "credit":
        return this.#streams.get(message.id)?.addCredit(message.credit);
      case "close":
        this.#streams.get(message.id)?.close();
        this.#streams.delete(message.id);
    }
  }

  async #request(requestId: number, name: string, raw: unknown): Promise<void> {
    try {
      const params = check(name in requests ? requests[name as RequestName].params : undefined, name, raw);
      const handler = this.#handlers.requests[name as RequestName] as RequestHandler<RequestName>;
      const answer = await handler(params as never, { source: (stream) => this.#streams.get(Number(stream))?.source as never });
      this.#port.send({ type: "answer", id: requestId, answer });
    } catch (error) {
      this.#port.send({ type: "error", id: requestId, error: contractError(error) });
    }
  }

  #open(streamId: number, name: string, raw: unknown, initialCredit: number): void {
    try {
      if (this.#streams.has(streamId)) throw new ServiceError("duplicate-stream", `stream ${streamId} is open already: choose another id`);
      const params = check(name in streams ? streams[name as StreamName].params : undefined, name, raw);
      const stream = new OpenStream({
        clock: this.#clock,
        pace: this.#handlers.streams[name as StreamName].pace,
        updates: streams[name as StreamName].update,
        send: (message) => this.#port.send({ type: "message", id: streamId, message }),
        ended: (error) => {
          this.#streams.delete(streamId);
          this.#port.send({ type: "end", id: streamId, ...(error === undefined ? {} : { error: contractError(error) }) });
        },
      });
      this.#streams.set(streamId, stream);
      stream.addCredit(initialCredit);
      stream.start((ends) => (this.#handlers.streams[name as StreamName] as StreamHandler<StreamName>).open(params as never, ends) as never);
    } catch (error) {
      this.#streams.delete(streamId);
      this.#port.send({ type: "end", id: streamId, error: contractError(error) });
    }
  }

  #update(streamId: number, raw: unknown): void {
    const stream = this.#streams.get(streamId);
    if (!stream) return;
    try {
      stream.update(check(stream.updates, "update", raw));
    } catch (error) {
      stream.fail(error);
    }
  }

  #refuse(raw: unknown, error: z.ZodError): void {
    const failed = z.object({ id }).safeParse(raw);
    if (failed.success)
      this.#port.send({ type: "error", id: failed.data.id, error: { code: "bad-message", message: `message refused: ${z.prettifyError(error)}` } });
  }
}

function check(schema: z.ZodType | undefined, name: string, raw: unknown): unknown {
  if (!schema)
    throw new ServiceError("unknown-name", `"${name}" is not part of the contract: window and services are of different versions, restart the app`);
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw new ServiceError("bad-params", `parameters of "${name}" refused: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
