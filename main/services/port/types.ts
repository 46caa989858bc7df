import type { z } from "zod";
import type { RequestAnswer, RequestName, StreamMessage, StreamName, ToWindow, requests, streams } from "../../../shared/contract.ts";

/** One end of a message channel to a window. Hosts adapt their MessagePort to it. */
export interface ServicesPort {
  send(message: ToWindow): void;
  onMessage(listener: (message: unknown) => void): void;
  onClose(listener: () => void): void;
}

/** The parameters of a request after validation, with defaults filled in. */
export type Params<N extends RequestName> = z.output<(typeof requests)[N]["params"]>;
export type StreamParamsOf<N extends StreamName> = z.output<(typeof streams)[N]["params"]>;
export type StreamUpdateOf<N extends StreamName> = z.output<(typeof streams)[N]["update"]>;

/** Who asked: lets a request name one of the same window's open streams. */
export interface Caller {
  source(stream: string): StreamSource<unknown, never> | undefined;
}

export type RequestHandler<N extends RequestName> = (params: Params<N>, caller: Caller) => Promise<RequestAnswer<N>>;

/**
 * What feeds an open stream. It is pulled: `next` is called when the window has given credit and the stream's pace
 * allows, and answers the next message, or undefined when there is nothing new. So state merges while a window is slow.
 */
export interface StreamSource<M, U = never> {
  next(): M | undefined;
  update?(update: U): void;
  [Symbol.dispose](): void;
}

export interface StreamEnds {
  /** Says that `next` may have something. */
  wake(): void;
  /** Ends the stream after what `next` still has. */
  end(error?: unknown): void;
}

export interface StreamHandler<N extends StreamName> {
  /** Least ms between two messages. */
  pace: number;
  open(params: StreamParamsOf<N>, ends: StreamEnds): StreamSource<StreamMessage<N>, StreamUpdateOf<N>>;
}

export type RequestHandlers = { [N in RequestName]: RequestHandler<N> };
export type StreamHandlers = { [N in StreamName]: StreamHandler<N> };

export interface Handlers {
  requests: RequestHandlers;
  streams: StreamHandlers;
}
