import { constants, createDeflate, createInflate, type Deflate, type Inflate } from "node:zlib";
import dictionaries from "spdy-transport/lib/spdy-transport/protocol/spdy/dictionary.js";

const dictionary = dictionaries["3.1"]!;

export type SpdyHeaders = Record<string, string>;

/** Header blocks of one SPDY/3.1 connection: their compression goes on from block to block. */
export class SpdyHeaderCodec {
  readonly #inflate: Inflate = createInflate({ dictionary });
  readonly #deflate: Deflate = createDeflate({ dictionary });

  /** Blocks must be decoded in the order of their arrival. */
  async decode(block: Buffer): Promise<SpdyHeaders> {
    return parseBlock(await transform(this.#inflate, block));
  }

  /** Blocks must be sent in the order of the calls. */
  async encode(headers: SpdyHeaders): Promise<Buffer> {
    return transform(this.#deflate, formatBlock(headers));
  }

  close(): void {
    this.#inflate.destroy();
    this.#deflate.destroy();
  }
}

function transform(stream: Inflate | Deflate, input: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const onData = (chunk: Buffer) => void chunks.push(chunk);
    stream.on("data", onData);
    stream.once("error", reject);
    stream.write(input);
    stream.flush(constants.Z_SYNC_FLUSH, () => {
      stream.off("data", onData);
      stream.off("error", reject);
      resolve(Buffer.concat(chunks));
    });
  });
}

/** Number of pairs, then name and value with their lengths, all in 32 bits; a zero byte parts several values. */
function parseBlock(block: Buffer): SpdyHeaders {
  const headers: SpdyHeaders = {};
  let at = 4;
  const text = () => {
    const length = block.readUInt32BE(at);
    const value = block.toString("utf8", at + 4, at + 4 + length);
    at += 4 + length;
    return value;
  };
  for (let count = block.readUInt32BE(0); count > 0; count--) {
    const name = text();
    headers[name.toLowerCase()] = text().split("\0")[0]!;
  }
  return headers;
}

function formatBlock(headers: SpdyHeaders): Buffer {
  const number = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const text = (value: string) => [number(Buffer.byteLength(value)), Buffer.from(value)];
  const pairs = Object.entries(headers);
  return Buffer.concat([number(pairs.length), ...pairs.flatMap(([name, value]) => [...text(name), ...text(value)])]);
}
