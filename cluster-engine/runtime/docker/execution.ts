import type { Duplex } from "node:stream";
import { PassThrough } from "node:stream";
import { sleep } from "../../base/clock.ts";
import { RuntimeError, type StreamOptions } from "../types.ts";
import type { DockerContext } from "./engineTypes.ts";
import { unlessGone } from "./errors.ts";
import { deliver, frames, rawFrames } from "./frames.ts";

interface ExecState {
  Running: boolean;
  ExitCode: number | null;
}

/** Runs a command with streams; the exit code. */
export async function exec(context: DockerContext, id: string, command: string[], streams: StreamOptions): Promise<number> {
  const { client } = context;
  const created = await client.call<{ Id: string }>({
    method: "POST",
    path: `/containers/${id}/exec`,
    body: { AttachStdin: Boolean(streams.stdin), AttachStdout: true, AttachStderr: !streams.tty, Tty: streams.tty, Cmd: command },
  });
  const socket = await client.hijack({
    method: "POST",
    path: `/exec/${created.Id}/start`,
    body: { Detach: false, Tty: streams.tty },
    signal: streams.signal,
  });
  streams.onResize?.((size) => resize(context, `/exec/${created.Id}/resize`, size));
  await pump(socket, streams);
  return exitCode(context, created.Id, streams.signal);
}

/** Runs a command to its end and collects its output. @throws RuntimeError DeadlineExceeded */
export async function execSync(
  context: DockerContext,
  id: string,
  command: string[],
  timeoutMs: number,
): Promise<{ stdout: Buffer; stderr: Buffer; exitCode: number }> {
  const deadline = new AbortController();
  const timer = context.clock.after(timeoutMs, () =>
    deadline.abort(
      new RuntimeError("DeadlineExceeded", `command timed out: ${JSON.stringify(command.join(" "))} timed out after ${timeoutMs / 1000}s`),
    ),
  );
  const stdout = collector();
  const stderr = collector();
  try {
    const code = await exec(context, id, command, { stdout: stdout.stream, stderr: stderr.stream, tty: false, signal: deadline.signal });
    return { stdout: stdout.bytes(), stderr: stderr.bytes(), exitCode: code };
  } finally {
    timer[Symbol.dispose]();
  }
}

/** Connects to the main process of a container until it ends or the signal fires. */
export async function attach(context: DockerContext, id: string, tty: boolean, streams: StreamOptions): Promise<void> {
  const query = { stream: true, stdin: Boolean(streams.stdin), stdout: true, stderr: !tty };
  const socket = await context.client.hijack({ method: "POST", path: `/containers/${id}/attach`, query, signal: streams.signal });
  streams.onResize?.((size) => resize(context, `/containers/${id}/resize`, size));
  await pump(socket, { ...streams, tty });
}

function resize(context: DockerContext, path: string, size: { width: number; height: number }): void {
  const call = context.client.call({ method: "POST", path, query: { w: size.width, h: size.height } });
  unlessGone(call).catch((error: Error) => context.log.debug("resize failed", { error: error.message }));
}

/** Input to the process, output from it, until its output ends. */
async function pump(socket: Duplex, streams: StreamOptions): Promise<void> {
  const stop = () => socket.destroy(streams.signal.reason as Error);
  streams.signal.addEventListener("abort", stop, { once: true });
  streams.stdin?.pipe(socket);
  try {
    await deliver(streams.tty ? rawFrames(socket) : frames(socket), streams);
  } finally {
    streams.signal.removeEventListener("abort", stop);
    streams.stdin?.unpipe(socket);
    socket.destroy();
  }
}

/** The output ends a moment before the engine notes the exit code. */
async function exitCode(context: DockerContext, execId: string, signal: AbortSignal): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    const state = await context.client.call<ExecState>({ path: `/exec/${execId}/json` });
    if (!state.Running && state.ExitCode !== null) return state.ExitCode;
    if (attempt === 100) throw new RuntimeError("Unknown", "the container engine reports no exit code");
    await sleep(context.clock, 10 + attempt, signal);
  }
}

function collector(limit = 16 << 20): { stream: PassThrough; bytes(): Buffer } {
  const chunks: Buffer[] = [];
  let size = 0;
  const stream = new PassThrough();
  stream.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  });
  return { stream, bytes: () => Buffer.concat(chunks) };
}
