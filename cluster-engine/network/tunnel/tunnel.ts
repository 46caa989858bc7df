import type { Duplex } from "node:stream";
import { frameHeader, FrameReader, frameType, type Frame, type FrameType } from "./frames.ts";
import { TunnelStream, type StreamLink } from "./stream.ts";

export interface TunnelOptions<Target> {
  /** What carries the frames. The tunnel owns it. */
  connection: Duplex;
  /** The side that connected uses odd stream ids, the other even ones. */
  side: "client" | "server";
  /** The peer asks for a stream to `target`: take it with `accept`, or throw to refuse it with the error's message. */
  onOpen(target: Target, accept: () => Duplex): void | Promise<void>;
  /** Once, when the connection is gone. */
  onClose(error?: Error): void;
}

interface Opening {
  resolve(stream: Duplex): void;
  reject(error: Error): void;
}

/** Many streams over one connection, each with its own window. Both sides can open. */
export class Tunnel<Target> implements StreamLink {
  readonly #options: TunnelOptions<Target>;
  readonly #reader = new FrameReader();
  readonly #streams = new Map<number, TunnelStream>();
  readonly #opening = new Map<number, Opening>();
  #nextId: number;
  #blocked: (() => void)[] = [];
  #corked = false;
  #closed = false;

  constructor(options: TunnelOptions<Target>) {
    this.#options = options;
    this.#nextId = options.side === "client" ? 1 : 2;
    const { connection } = options;
    connection.on("data", (chunk: Buffer) => this.#receive(chunk));
    connection.on("drain", () => this.#unblock());
    connection.on("error", (error) => this.close(error));
    connection.on("end", () => this.close());
    connection.on("close", () => this.close());
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** How many streams are open or being opened. */
  get streams(): number {
    return this.#streams.size + this.#opening.size;
  }

  /** Opens a stream to `target` at the peer. @throws Error with the peer's message when it is refused. */
  open(target: Target): Promise<Duplex> {
    if (this.#closed) return Promise.reject(new Error("the tunnel is closed"));
    const id = this.#nextId;
    this.#nextId += 2;
    return new Promise((resolve, reject) => {
      this.#opening.set(id, { resolve, reject });
      this.send(frameType.open, id, Buffer.from(JSON.stringify(target)));
    });
  }

  /** Ends every stream and the connection. */
  close(error?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    const reason = error ?? new Error("the tunnel was closed");
    for (const opening of this.#opening.values()) opening.reject(reason);
    for (const stream of this.#streams.values()) stream.destroy(reason);
    this.#opening.clear();
    this.#streams.clear();
    this.#unblock();
    this.#options.connection.destroy();
    this.#options.onClose(error);
  }

  send(type: FrameType, stream: number, payload?: Buffer): void {
    if (this.#closed) return;
    const { connection } = this.#options;
    if (!this.#corked) {
      this.#corked = true;
      connection.cork();
      process.nextTick(() => {
        this.#corked = false;
        connection.uncork();
      });
    }
    connection.write(frameHeader(type, stream, payload?.length ?? 0));
    if (payload?.length) connection.write(payload);
  }

  whenWritable(callback: () => void): void {
    if (this.#options.connection.writableNeedDrain && !this.#closed) this.#blocked.push(callback);
    else callback();
  }

  forget(stream: number): void {
    this.#streams.delete(stream);
  }

  #unblock(): void {
    const blocked = this.#blocked;
    this.#blocked = [];
    for (const callback of blocked) callback();
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#reader.push(chunk)) this.#dispatch(frame);
    } catch (error) {
      this.close(error as Error);
    }
  }

  #dispatch(frame: Frame): void {
    const { type, stream: id, payload } = frame;
    const opening = this.#opening.get(id);
    if (type === frameType.open) void this.#accept(id, JSON.parse(payload.toString()) as Target);
    else if (opening) this.#answered(opening, frame);
    else this.#streams.get(id)?.receive(type, payload);
  }

  #answered(opening: Opening, { type, stream: id, payload }: Frame): void {
    this.#opening.delete(id);
    if (type === frameType.opened) opening.resolve(this.#add(id));
    else opening.reject(new Error(payload.toString() || "the stream was refused"));
  }

  async #accept(id: number, target: Target): Promise<void> {
    const accept = () => {
      this.send(frameType.opened, id);
      return this.#add(id);
    };
    try {
      await this.#options.onOpen(target, accept);
    } catch (error) {
      if (this.#streams.has(id)) this.#streams.get(id)!.destroy(error as Error);
      else this.send(frameType.reset, id, Buffer.from((error as Error).message.slice(0, 1000)));
    }
  }

  #add(id: number): TunnelStream {
    const stream = new TunnelStream(id, this);
    // A stream that its owner has given up must not end the process.
    stream.on("error", () => {});
    this.#streams.set(id, stream);
    return stream;
  }
}
