import { Duplex } from "node:stream";
import { SpdyHeaderCodec, type SpdyHeaders } from "./spdyHeaders.ts";

// The server's side of SPDY/3.1 as Kubernetes' clients speak it: no flow control, streams are opened by the client.
// Layout: https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/

const version = 0x8003;
const types = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goAway: 7, headers: 8 };
const fin = 1;
const cancel = 5;
const headSize = 8;
const largestData = 32 * 1024;
/** Bytes a stream may hold unread before the connection waits for its reader. */
const unreadLimit = 4 * 1024 * 1024;

export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: SpdyHeaders;
  readonly #connection: SpdyConnection;
  #finished = false;

  constructor(id: number, headers: SpdyHeaders, connection: SpdyConnection) {
    super();
    this.id = id;
    this.headers = headers;
    this.#connection = connection;
    this.on("error", () => undefined);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    for (let at = 0; at < chunk.length; at += largestData) this.#connection.sendData(this.id, chunk.subarray(at, at + largestData), false);
    this.#connection.whenWritable(done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#finished = true;
    this.#connection.sendData(this.id, Buffer.alloc(0), true);
    done();
  }

  override _read(): void {
    this.#connection.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#connection.forget(this, !this.#finished);
    done(error);
  }
}

export interface SpdyHandlers {
  onStream(stream: SpdyStream): void;
  onClose(): void;
}

export class SpdyConnection {
  readonly #socket: Duplex;
  readonly #codec = new SpdyHeaderCodec();
  readonly #streams = new Map<number, SpdyStream>();
  readonly #handlers: SpdyHandlers;
  #unread: Buffer = Buffer.alloc(0);
  #reading = false;
  #closed = false;
  /** Frames are answered one after another: header blocks depend on each other. */
  #sending: Promise<void> = Promise.resolve();

  constructor(socket: Duplex, handlers: SpdyHandlers, head: Buffer = Buffer.alloc(0)) {
    this.#socket = socket;
    this.#handlers = handlers;
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", () => this.close());
    socket.on("end", () => this.close());
    socket.on("close", () => this.close());
    if (head.length) this.#receive(head);
  }

  sendData(id: number, data: Buffer, last: boolean): void {
    const head = Buffer.alloc(headSize);
    head.writeUInt32BE(id, 0);
    head.writeUInt32BE(((last ? fin : 0) << 24) | data.length, 4);
    this.#send(Buffer.concat([head, data]));
  }

  /** Calls back when the socket takes more. */
  whenWritable(done: () => void): void {
    if (this.#closed || !this.#socket.writableNeedDrain) done();
    else this.#socket.once("drain", done);
  }

  resume(): void {
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  forget(stream: SpdyStream, unfinished: boolean): void {
    this.#streams.delete(stream.id);
    if (unfinished && !this.#closed) this.#sendReset(stream.id);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const stream of this.#streams.values()) {
      stream.push(null);
      stream.destroy();
    }
    this.#codec.close();
    this.#socket.end();
    this.#handlers.onClose();
  }

  #send(frame: Buffer): void {
    if (!this.#closed && this.#socket.writable) this.#socket.write(frame);
  }

  #sendReset(id: number): void {
    const body = Buffer.alloc(8);
    body.writeUInt32BE(id, 0);
    body.writeUInt32BE(cancel, 4);
    this.#send(controlFrame(types.rstStream, 0, body));
  }

  #receive(chunk: Buffer): void {
    this.#unread = this.#unread.length ? Buffer.concat([this.#unread, chunk]) : chunk;
    if (!this.#reading) void this.#read();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    try {
      for (let frame = this.#nextFrame(); frame && !this.#closed; frame = this.#nextFrame()) await this.#take(frame);
    } catch {
      this.close();
    }
    this.#reading = false;
  }

  #nextFrame(): Buffer | undefined {
    if (this.#unread.length < headSize) return undefined;
    const length = headSize + (this.#unread.readUInt32BE(4) & 0xffffff);
    if (this.#unread.length < length) return undefined;
    const frame = this.#unread.subarray(0, length);
    this.#unread = this.#unread.subarray(length);
    return frame;
  }

  async #take(frame: Buffer): Promise<void> {
    const first = frame.readUInt32BE(0);
    const flags = frame[4]!;
    const body = frame.subarray(headSize);
    if (!(first & 0x80000000)) return this.#takeData(first, flags, body);
    switch (first & 0xffff) {
      case types.synStream:
        return this.#open(body, flags);
      case types.rstStream:
        return void this.#streams.get(body.readUInt32BE(0) & 0x7fffffff)?.destroy();
      case types.headers:
        await this.#codec.decode(body.subarray(4));
        return;
      case types.ping:
        return this.#send(controlFrame(types.ping, 0, Buffer.from(body)));
      case types.goAway:
        return;
    }
  }

  #takeData(id: number, flags: number, data: Buffer): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    if (data.length && !stream.push(data) && stream.readableLength > unreadLimit) this.#socket.pause();
    if (flags & fin) stream.push(null);
  }

  async #open(body: Buffer, flags: number): Promise<void> {
    const id = body.readUInt32BE(0) & 0x7fffffff;
    const headers = await this.#codec.decode(body.subarray(10));
    const stream = new SpdyStream(id, headers, this);
    this.#streams.set(id, stream);
    const idBytes = Buffer.alloc(4);
    idBytes.writeUInt32BE(id);
    this.#sending = this.#sending.then(async () =>
      this.#send(controlFrame(types.synReply, 0, Buffer.concat([idBytes, await this.#codec.encode({})]))),
    );
    await this.#sending;
    if (flags & fin) stream.push(null);
    this.#handlers.onStream(stream);
  }
}

function controlFrame(type: number, flags: number, body: Buffer): Buffer {
  const head = Buffer.alloc(headSize);
  head.writeUInt16BE(version, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt32BE((flags << 24) | body.length, 4);
  return Buffer.concat([head, body]);
}
