import type { LogLine, LogRequest } from "../types.ts";

/** So many lines are kept at least, as a kubelet keeps the newest part of a log. */
const keptLines = 5_000;

/** What a simulated container has written, with followers. */
export class ContainerLog {
  readonly #lines: (LogLine & { at: number })[] = [];
  /** How many older lines are gone. */
  #dropped = 0;
  readonly #waiting = new Set<() => void>();
  #ended = false;
  #ticks = 0;

  /** Appends text; a last piece without newline is a partial line. */
  write(at: number, stream: "stdout" | "stderr", text: string): void {
    const pieces = text.split("\n");
    const rest = pieces.pop()!;
    for (const piece of pieces) this.#push(at, stream, piece, false);
    if (rest) this.#push(at, stream, rest, true);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *read(request: LogRequest): AsyncGenerator<LogLine> {
    const { since = 0, tailLines, follow, signal } = request;
    let next = this.#dropped + (tailLines === undefined ? 0 : Math.max(0, this.#lines.length - tailLines));
    while (!signal.aborted) {
      for (; next < this.#dropped + this.#lines.length; next++) {
        next = Math.max(next, this.#dropped);
        const { at, ...line } = this.#lines[next - this.#dropped]!;
        if (at >= since) yield line;
      }
      if (!follow || this.#ended || signal.aborted) return;
      await this.#more(signal);
    }
  }

  #push(at: number, stream: "stdout" | "stderr", text: string, partial: boolean): void {
    // Times of a log rise strictly, as the engine's nanoseconds do.
    const nanoseconds = String(this.#ticks++ % 1_000_000).padStart(6, "0");
    const time = `${new Date(at).toISOString().slice(0, 23)}${nanoseconds}Z`;
    this.#lines.push({ at, time, stream, content: Buffer.from(text), partial });
    if (this.#lines.length > 2 * keptLines) this.#dropped += this.#lines.splice(0, keptLines).length;
  }

  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
  }
}
