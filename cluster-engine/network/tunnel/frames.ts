// One frame of the tunnel: type (1 byte), stream id (4), payload length (4), payload. Numbers are big-endian.

export const frameType = { open: 1, opened: 2, data: 3, window: 4, end: 5, reset: 6 } as const;
export type FrameType = (typeof frameType)[keyof typeof frameType];

export interface Frame {
  type: FrameType;
  stream: number;
  payload: Buffer;
}

export const headerBytes = 9;
/** Longest payload that is sent; a longer one that arrives ends the tunnel. */
export const maxPayloadBytes = 64 * 1024;

const nothing = Buffer.alloc(0);

export function frameHeader(type: FrameType, stream: number, length: number): Buffer {
  const header = Buffer.allocUnsafe(headerBytes);
  header[0] = type;
  header.writeUInt32BE(stream, 1);
  header.writeUInt32BE(length, 5);
  return header;
}

/** Cuts a byte stream into frames. Payloads that arrive in one chunk are not copied. */
export class FrameReader {
  #parts: Buffer[] = [];
  #length = 0;

  /** The frames that `chunk` completes. @throws Error when the bytes are no frames. */
  *push(chunk: Buffer): Generator<Frame> {
    this.#parts.push(chunk);
    this.#length += chunk.length;
    while (this.#length >= headerBytes) {
      const header = this.#peek(headerBytes);
      const length = header.readUInt32BE(5);
      const type = header[0] as FrameType;
      if (type < frameType.open || type > frameType.reset || length > maxPayloadBytes) throw new Error("the peer does not speak the tunnel's protocol");
      if (this.#length < headerBytes + length) return;
      const frame = this.#peek(headerBytes + length);
      this.#drop(headerBytes + length);
      yield { type, stream: frame.readUInt32BE(1), payload: length ? frame.subarray(headerBytes, headerBytes + length) : nothing };
    }
  }

  /** The first part, joined with as many others as `bytes` need. */
  #peek(bytes: number): Buffer {
    let first = this.#parts[0]!;
    if (first.length < bytes) {
      let count = 1;
      for (let have = first.length; have < bytes; count++) have += this.#parts[count]!.length;
      first = Buffer.concat(this.#parts.slice(0, count));
      this.#parts.splice(0, count, first);
    }
    return first;
  }

  #drop(bytes: number): void {
    const first = this.#parts[0]!;
    this.#length -= bytes;
    if (first.length === bytes) this.#parts.shift();
    else this.#parts[0] = first.subarray(bytes);
  }
}
