import type { z } from "zod";
import type { Clock } from "../time.ts";
import type { StreamEnds, StreamSource } from "./types.ts";

interface OpenStreamOptions {
  clock: Clock;
  /** Least ms between two messages. */
  pace: number;
  updates: z.ZodType;
  send(message: unknown): void;
  ended(error?: unknown): void;
}

/** One open stream: pulls its source when there is credit, never faster than its pace. */
export class OpenStream {
  readonly #options: OpenStreamOptions;
  #source: StreamSource<unknown, unknown> | undefined;
  #credit = 0;
  #awake = false;
  #lastSent = Number.NEGATIVE_INFINITY;
  #timer: Disposable | undefined;
  #ending: { error?: unknown } | undefined;
  #closed = false;

  constructor(options: OpenStreamOptions) {
    this.#options = options;
  }

  get updates(): z.ZodType {
    return this.#options.updates;
  }

  get source(): StreamSource<unknown, unknown> | undefined {
    return this.#source;
  }

  start(open: (ends: StreamEnds) => StreamSource<unknown, unknown>): void {
    this.#source = open({ wake: () => this.#wake(), end: (error) => this.#end(error) });
    this.#wake();
  }

  addCredit(credit: number): void {
    this.#credit += credit;
    this.#schedule();
  }

  update(update: unknown): void {
    this.#source?.update?.(update);
    this.#wake();
  }

  fail(error: unknown): void {
    this.#finish({ error });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    this.#source?.[Symbol.dispose]();
  }

  #wake(): void {
    this.#awake = true;
    this.#schedule();
  }

  #end(error?: unknown): void {
    this.#ending = error === undefined ? {} : { error };
    this.#wake();
  }

  #schedule(): void {
    if (this.#closed || this.#timer || !this.#awake || this.#credit <= 0) return;
    const wait = Math.max(0, this.#lastSent + this.#options.pace - this.#options.clock.now());
    this.#timer = this.#options.clock.after(wait, () => this.#pull());
  }

  #pull(): void {
    this.#timer = undefined;
    if (this.#closed || !this.#source) return;
    let message: unknown;
    try {
      message = this.#source.next();
    } catch (error) {
      return this.#finish({ error });
    }
    if (message === undefined) {
      this.#awake = false;
      if (this.#ending) this.#finish(this.#ending);
      return;
    }
    this.#credit--;
    this.#lastSent = this.#options.clock.now();
    this.#options.send(message);
    this.#schedule();
  }

  #finish(ending: { error?: unknown }): void {
    if (this.#closed) return;
    this.close();
    this.#options.ended(ending.error);
  }
}
