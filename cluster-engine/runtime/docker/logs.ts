import type { LogLine, LogRequest } from "../types.ts";
import type { DockerContext } from "./engineTypes.ts";
import { frames, rawFrames, type Frame } from "./frames.ts";

/** The lines of a container's log, each with the time at which the engine read it. */
export async function* logs(context: DockerContext, id: string, tty: boolean, request: LogRequest): AsyncGenerator<LogLine> {
  const source = await context.client.stream({
    path: `/containers/${id}/logs`,
    query: {
      stdout: true,
      stderr: true,
      timestamps: true,
      follow: request.follow,
      tail: request.tailLines ?? "all",
      since: request.since === undefined ? undefined : (request.since / 1000).toFixed(3),
    },
    signal: request.signal,
  });
  try {
    for await (const frame of tty ? ttyLines(rawFrames(source)) : frames(source)) yield parseLine(frame);
  } catch (error) {
    if (!request.signal.aborted) throw error;
  } finally {
    source.destroy();
  }
}

/** `2026-01-02T03:04:05.678901234Z text`, with a newline unless the runtime split the line. */
function parseLine({ stream, payload }: Frame): LogLine {
  const space = payload.indexOf(0x20);
  const partial = payload.at(-1) !== 0x0a;
  const time = withNanoseconds(payload.subarray(0, space).toString("latin1"));
  return { time, stream, content: payload.subarray(space + 1, partial ? payload.length : -1), partial };
}

/** Podman gives whole seconds. */
const withNanoseconds = (time: string): string => (time.includes(".") ? time : time.replace(/(Z|[+-]\d\d:\d\d)$/, ".000000000$1"));

/** A TTY's log comes as bare text: one entry a line. */
async function* ttyLines(source: AsyncIterable<Frame>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const { payload } of source) {
    rest = rest.length ? Buffer.concat([rest, payload]) : payload;
    for (let newline = rest.indexOf(0x0a); newline >= 0; newline = rest.indexOf(0x0a)) {
      yield { stream: "stdout", payload: rest.subarray(0, newline + 1) };
      rest = rest.subarray(newline + 1);
    }
  }
  if (rest.length) yield { stream: "stdout", payload: rest };
}
