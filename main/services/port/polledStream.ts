import { ConnectionError } from "../errors.ts";
import type { Clock } from "../time.ts";
import type { StreamEnds, StreamSource } from "./types.ts";

interface PolledOptions<M> {
  clock: Clock;
  ends: StreamEnds;
  /** ms until the next reading, when there has been nothing new for `quietMs`. */
  every(quietMs: number): number;
  read(): Promise<M>;
}

/** A stream of whole states that have to be asked for: sends what differs from the last; a refusal ends it. */
export class PolledStream<M> implements StreamSource<M> {
  readonly #options: PolledOptions<M>;
  #news: { message: M } | undefined;
  #sent = "";
  #changedAt: number;
  #timer: Disposable | undefined;
  #reading = false;
  #again = false;
  #closed = false;

  constructor(options: PolledOptions<M>) {
    this.#options = options;
    this.#changedAt = options.clock.now();
    void this.read();
  }

  next(): M | undefined {
    const news = this.#news;
    this.#news = undefined;
    return news?.message;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
  }

  /** Reads now, and once more when something happens meanwhile. */
  async read(): Promise<void> {
    if (this.#reading) return void (this.#again = true);
    this.#reading = true;
    this.#timer?.[Symbol.dispose]();
    try {
      do {
        this.#again = false;
        this.#take(await this.#options.read());
      } while (this.#again && !this.#closed);
    } catch (error) {
      // A cluster that is down may come back; one that refuses will do so again.
      if (!(error instanceof ConnectionError)) {
        this.#closed = true;
        return this.#options.ends.end(error);
      }
    } finally {
      this.#reading = false;
    }
    const { clock, every } = this.#options;
    if (!this.#closed) this.#timer = clock.after(every(clock.now() - this.#changedAt), () => void this.read());
  }

  #take(message: M): void {
    const text = JSON.stringify(message);
    if (this.#closed || text === this.#sent) return;
    this.#sent = text;
    this.#news = { message };
    this.#changedAt = this.#options.clock.now();
    this.#options.ends.wake();
  }
}
