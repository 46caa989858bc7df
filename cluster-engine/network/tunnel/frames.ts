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

/**
 * Cuts a byte stream into frames. The payload of a data frame comes out in as many pieces as it arrived in, so that it is
 * never copied; all others come out whole.
 */
export class FrameReader {
  /** Bytes of a frame that is not complete yet, data frames' payload apart. */
  #pending: Buffer = nothing;
  #data: { stream: number; left: number } | undefined;

  /** The frames that `chunk` completes. @throws Error when the bytes are no frames. */
  *push(chunk: Buffer): Generator<Frame> {
    let rest = this.#pending.length ? Buffer.concat([this.#pending, chunk]) : chunk;
    this.#pending = nothing;
    while (rest.length > 0) {
      if (this.#data) {
        const piece = rest.subarray(0, this.#data.left);
        rest = rest.subarray(piece.length);
        yield this.#piece(this.#data, piece);
        continue;
      }
      const length = headerOf(rest);
      if (length === undefined) break;
      const type = rest[0] as FrameType;
      const stream = rest.readUInt32BE(1);
      if (type === frameType.data && length > 0) {
        this.#data = { stream, left: length };
        rest = rest.subarray(headerBytes);
      } else if (rest.length < headerBytes + length) break;
      else {
        yield { type, stream, payload: rest.subarray(headerBytes, headerBytes + length) };
        rest = rest.subarray(headerBytes + length);
      }
    }
    this.#pending = rest;
  }

  #piece(data: { stream: number; left: number }, payload: Buffer): Frame {
    data.left -= payload.length;
    if (data.left === 0) this.#data = undefined;
    return { type: frameType.data, stream: data.stream, payload };
  }
}

/** The payload's length, or undefined when the header is not all there. @throws Error when it is no header. */
function headerOf(bytes: Buffer): number | undefined {
  if (bytes.length < headerBytes) return undefined;
  const [type, length] = [bytes[0]!, bytes.readUInt32BE(5)];
  if (type < frameType.open || type > frameType.reset || length > maxPayloadBytes) throw new Error("the peer does not speak the tunnel's protocol");
  return length;
}
