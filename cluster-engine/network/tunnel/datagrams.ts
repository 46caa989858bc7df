import type { Duplex } from "node:stream";

export interface Datagrams {
  send(message: Buffer): void;
}

/** Datagrams over a stream: each with its length (2 bytes, big-endian) in front. A full stream drops, as a network does. */
export function datagrams(stream: Duplex, onMessage: (message: Buffer) => void): Datagrams {
  let rest: Buffer = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const end = 2 + rest.readUInt16BE(0);
      onMessage(rest.subarray(2, end));
      rest = rest.subarray(end);
    }
  });
  return {
    send(message) {
      if (stream.destroyed || stream.writableNeedDrain || message.length > 0xffff) return;
      const length = Buffer.allocUnsafe(2);
      length.writeUInt16BE(message.length);
      stream.write(Buffer.concat([length, message]));
    },
  };
}
