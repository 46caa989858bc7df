import { Duplex } from "node:stream";
import { frameType, maxPayloadBytes, type FrameType } from "./frames.ts";

/** Bytes that a peer may send before the reader has taken some. */
export const windowBytes = 512 * 1024;
const creditStep = windowBytes / 4;

export interface StreamLink {
  send(type: FrameType, stream: number, payload?: Buffer): void;
  /** Calls back at once, or when the tunnel's own connection takes more. */
  whenWritable(callback: () => void): void;
  forget(stream: number): void;
}

type WriteCallback = (error?: Error | null) => void;

/**
 * One stream of a tunnel. Neither side sends more than `windowBytes` beyond what the other's reader has taken, so a slow
 * reader holds up only its own stream.
 */
export class TunnelStream extends Duplex {
  readonly id: number;
  #link: StreamLink;
  #credit = windowBytes;
  #waiting: { chunk: Buffer; done: WriteCallback } | undefined;
  #received = 0;
  #credited = 0;
  #endSent = false;
  #endReceived = false;
  #resetReceived = false;

  constructor(id: number, link: StreamLink) {
    super({ allowHalfOpen: true, readableHighWaterMark: creditStep, writableHighWaterMark: creditStep });
    this.id = id;
    this.#link = link;
  }

  override _write(chunk: Buffer, _encoding: string, done: WriteCallback): void {
    this.#waiting = { chunk, done };
    this.#flush();
  }

  override _final(done: WriteCallback): void {
    this.#link.send(frameType.end, this.id);
    this.#endSent = true;
    this.#settle();
    done();
  }

  override _read(): void {
    // Node asks for more before it has handed out what is buffered.
    process.nextTick(() => this.#giveCredit());
  }

  #giveCredit(): void {
    const taken = this.#received - this.readableLength - this.#credited;
    if (taken < creditStep || this.#endReceived || this.destroyed) return;
    this.#credited += taken;
    const payload = Buffer.allocUnsafe(4);
    payload.writeUInt32BE(taken);
    this.#link.send(frameType.window, this.id, payload);
  }

  override _destroy(error: Error | null, done: WriteCallback): void {
    const settled = this.#endSent && this.#endReceived;
    if (!settled && !this.#resetReceived) this.#link.send(frameType.reset, this.id, Buffer.from(error?.message.slice(0, 1000) ?? ""));
    this.#link.forget(this.id);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.done(error ?? new Error("the stream was closed"));
    done(error);
  }

  /** A frame of this stream arrived. */
  receive(type: FrameType, payload: Buffer): void {
    if (type === frameType.data) this.#receiveData(payload);
    else if (type === frameType.window) this.#receiveCredit(payload.readUInt32BE(0));
    else if (type === frameType.end) this.#receiveEnd();
    else if (type === frameType.reset) this.#receiveReset(payload.toString());
  }

  #receiveData(payload: Buffer): void {
    this.#received += payload.length;
    if (this.#received - this.#credited > windowBytes) this.destroy(new Error("the peer sent more than the window allows"));
    else this.push(payload);
  }

  #receiveCredit(bytes: number): void {
    this.#credit += bytes;
    this.#flush();
  }

  #receiveEnd(): void {
    this.#endReceived = true;
    this.push(null);
    this.#settle();
  }

  #receiveReset(message: string): void {
    this.#resetReceived = true;
    this.destroy(Object.assign(new Error(message || "connection reset by peer"), { code: "ECONNRESET" }));
  }

  #flush(): void {
    const waiting = this.#waiting;
    while (waiting && this.#credit > 0 && waiting.chunk.length > 0) {
      const part = waiting.chunk.subarray(0, Math.min(this.#credit, maxPayloadBytes));
      this.#link.send(frameType.data, this.id, part);
      this.#credit -= part.length;
      waiting.chunk = waiting.chunk.subarray(part.length);
    }
    if (waiting?.chunk.length !== 0) return;
    this.#waiting = undefined;
    this.#link.whenWritable(() => waiting.done());
  }

  #settle(): void {
    if (this.#endSent && this.#endReceived) this.#link.forget(this.id);
  }
}

/** Joins two connections both ways, with half-close, until both ends are done or one fails. */
export function splice(a: Duplex, b: Duplex): void {
  a.pipe(b);
  b.pipe(a);
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.on("error", (error) => to.destroy(error));
    from.on("close", () => {
      if (!from.readableEnded || !from.writableFinished) to.destroy();
    });
  }
}
