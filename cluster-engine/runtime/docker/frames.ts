import { once } from "node:events";
import type { Readable, Writable } from "node:stream";

export interface Frame {
  stream: "stdout" | "stderr";
  payload: Buffer;
}

const headerLength = 8;

/** The engine's multiplexed output: a header of stream number and length before each piece. */
export async function* frames(source: Readable): AsyncGenerator<Frame> {
  let buffered: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    buffered = buffered.length ? Buffer.concat([buffered, chunk as Buffer]) : (chunk as Buffer);
    let start = 0;
    while (buffered.length - start >= headerLength) {
      const end = start + headerLength + buffered.readUInt32BE(start + 4);
      if (buffered.length < end) break;
      yield { stream: buffered[start] === 2 ? "stderr" : "stdout", payload: buffered.subarray(start + headerLength, end) };
      start = end;
    }
    buffered = buffered.subarray(start);
  }
}

/** Raw output, as with a TTY. */
export async function* rawFrames(source: Readable): AsyncGenerator<Frame> {
  for await (const chunk of source) yield { stream: "stdout", payload: chunk as Buffer };
}

/** Writes with back-pressure; output without a taker is dropped. */
export async function deliver(
  source: AsyncIterable<Frame>,
  outputs: { stdout?: Writable | undefined; stderr?: Writable | undefined },
): Promise<void> {
  for await (const { stream, payload } of source) {
    const target = outputs[stream];
    if (!target || target.destroyed || target.writableEnded) continue;
    if (!target.write(payload)) await Promise.race([once(target, "drain"), once(target, "close")]);
  }
}
