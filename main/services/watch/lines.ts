import type { Readable } from "node:stream";

const newline = 10;

/** The lines of a body, in the batches in which they arrive; empty lines are left out. */
export async function* readLines(body: Readable): AsyncGenerator<string[]> {
  let rest: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf(newline);
    if (end < 0) {
      rest.push(chunk);
      continue;
    }
    const text = Buffer.concat([...rest, chunk.subarray(0, end)]).toString("utf8");
    rest = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : [];
    const lines = text.split("\n").filter(Boolean);
    if (lines.length > 0) yield lines;
  }
  const last = Buffer.concat(rest).toString("utf8");
  if (last) yield [last];
}
