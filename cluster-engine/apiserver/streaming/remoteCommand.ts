import { PassThrough, type Readable, Writable } from "node:stream";
import type { WebSocket } from "ws";
import type { ExecStreams, TerminalSize } from "../../api/nodeConnection.ts";
import type { Status } from "../../../shared/kubernetes/types.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { SpdyConnection, type SpdyStream } from "./spdyConnection.ts";
import { acceptSpdy, acceptWebSocket, upgradeKind } from "./upgrade.ts";

/** Which streams the client asked for. */
export interface WantedStreams {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

/** The streams of a remote command, whatever carries them. */
export interface RemoteCommand {
  streams: ExecStreams;
  /** Tells how it ended, once, and closes. */
  finish(status: Status): void;
}

const spdyProtocols = ["v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"];
const webSocketProtocols = ["v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "channel.k8s.io", "base64.channel.k8s.io"];

/** Takes over the connection of an exec or attach request. */
export async function acceptRemoteCommand(call: ApiCall, wanted: WantedStreams): Promise<RemoteCommand> {
  if (upgradeKind(call) === "spdy") return overSpdy(call, wanted);
  const { socket, protocol } = await acceptWebSocket(call, webSocketProtocols);
  return overWebSocket(socket, protocol || "channel.k8s.io", wanted);
}

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 };

/** One byte (or in base64 protocols one digit) before each message names its channel. */
function overWebSocket(socket: WebSocket, protocol: string, wanted: WantedStreams): RemoteCommand {
  const base64 = protocol.includes("base64");
  const abort = new AbortController();
  const stdin = wanted.stdin ? new PassThrough() : undefined;
  const sizes = new SizeListeners();
  const send = (channel: number, data: Buffer, done: () => void = () => undefined) => {
    if (socket.readyState !== socket.OPEN) return done();
    const message = base64 ? `${channel}${data.toString("base64")}` : Buffer.concat([Buffer.from([channel]), data]);
    socket.send(message, () => done());
  };
  socket.on("message", (message: Buffer) => {
    const channel = base64 ? Number(String.fromCharCode(message[0]!)) : message[0]!;
    const data = base64 ? Buffer.from(message.subarray(1).toString(), "base64") : message.subarray(1);
    if (channel === channels.stdin) stdin?.write(data);
    else if (channel === channels.resize) sizes.receive(data.toString());
    else if (channel === channels.close && data[0] === channels.stdin) stdin?.end();
  });
  socket.on("close", () => {
    stdin?.end();
    abort.abort();
  });
  socket.on("error", () => socket.terminate());
  const output = (channel: number) => new Writable({ write: (chunk: Buffer, _encoding, done) => send(channel, chunk, done) });
  const streams = assemble(wanted, stdin, output(channels.stdout), output(channels.stderr), sizes, abort.signal);
  // Clients see which channels are there.
  for (const channel of [wanted.stdout && channels.stdout, wanted.stderr && !wanted.tty && channels.stderr])
    if (channel) send(channel, Buffer.alloc(0));
  return {
    streams,
    finish(status) {
      const structured = protocol.startsWith("v4") || protocol.startsWith("v5");
      const text = structured ? JSON.stringify(status) : status.status === "Success" ? "" : (status.message ?? "");
      if (text) send(channels.error, Buffer.from(text));
      socket.close(1000);
    },
  };
}

/** Each stream is a SPDY stream that names itself in the header `streamtype`. Resolves when all are there. */
async function overSpdy(call: ApiCall, wanted: WantedStreams): Promise<RemoteCommand> {
  const { socket, head, protocol } = acceptSpdy(call, spdyProtocols);
  const abort = new AbortController();
  const found = new Map<string, SpdyStream>();
  const resizable = wanted.tty && (protocol.startsWith("v3") || protocol.startsWith("v4"));
  const names = ["error", wanted.stdin && "stdin", wanted.stdout && "stdout", wanted.stderr && !wanted.tty && "stderr", resizable && "resize"].filter(
    Boolean,
  ) as string[];
  const sizes = new SizeListeners();
  let connection: SpdyConnection;
  await new Promise<void>((resolve, reject) => {
    const onStream = (stream: SpdyStream) => {
      found.set(stream.headers.streamtype ?? "", stream);
      if (names.every((name) => found.has(name))) resolve();
    };
    const onClose = () => {
      abort.abort();
      reject(new Error("the client closed the connection"));
    };
    connection = new SpdyConnection(socket, { onStream, onClose }, head);
  });
  found.get("resize")?.on("data", (data: Buffer) => sizes.receive(data.toString()));
  const streams = assemble(wanted, found.get("stdin"), found.get("stdout"), found.get("stderr"), sizes, abort.signal);
  return {
    streams,
    finish(status) {
      const structured = protocol.startsWith("v4");
      const text = structured ? JSON.stringify(status) : status.status === "Success" ? "" : (status.message ?? "");
      const error = found.get("error")!;
      const others = [found.get("stdout"), found.get("stderr")].filter((stream) => stream !== undefined);
      for (const stream of others) stream.end();
      error.end(text, () => setImmediate(() => connection.close()));
    },
  };
}

function assemble(
  wanted: WantedStreams,
  stdin: Readable | undefined,
  stdout: Writable | undefined,
  stderr: Writable | undefined,
  sizes: SizeListeners,
  signal: AbortSignal,
): ExecStreams {
  return {
    ...(wanted.stdin && stdin ? { stdin } : {}),
    ...(wanted.stdout && stdout ? { stdout } : {}),
    ...(wanted.stderr && !wanted.tty && stderr ? { stderr } : {}),
    ...(wanted.tty ? { onResize: (listener: (size: TerminalSize) => void) => sizes.add(listener) } : {}),
    signal,
  };
}

/** Sizes of the client's terminal: JSON documents, one after another. The last one waits for who listens later. */
class SizeListeners {
  readonly #listeners: ((size: TerminalSize) => void)[] = [];
  #last: TerminalSize | undefined;

  add(listener: (size: TerminalSize) => void): void {
    this.#listeners.push(listener);
    if (this.#last) listener(this.#last);
  }

  receive(text: string): void {
    for (const document of text.match(/\{[^}]*\}/g) ?? []) {
      const { Width, Height } = JSON.parse(document) as { Width?: number; Height?: number };
      if (!Width || !Height) continue;
      this.#last = { width: Width, height: Height };
      for (const listener of this.#listeners) listener(this.#last);
    }
  }
}
