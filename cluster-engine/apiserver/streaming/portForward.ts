import { Duplex, pipeline } from "node:stream";
import type { WebSocket } from "ws";
import { SpdyConnection, type SpdyStream } from "./spdyConnection.ts";

/** Opens a connection to a port of the pod. */
export type Dial = (port: number) => Promise<Duplex>;

interface Pair {
  data?: SpdyStream;
  error?: SpdyStream;
}

/** `portforward.k8s.io` over SPDY: for every connection a stream for data and one for what went wrong. */
export function forwardOverSpdy(socket: Duplex, head: Buffer, dial: Dial): void {
  const pairs = new Map<string, Pair>();
  const onStream = (stream: SpdyStream) => {
    const { requestid = String(stream.id), streamtype, port } = stream.headers;
    const pair = pairs.get(requestid) ?? {};
    pairs.set(requestid, pair);
    if (streamtype === "error") pair.error = stream;
    else pair.data = stream;
    if (!pair.data || !pair.error) return;
    pairs.delete(requestid);
    void forward(pair.data, pair.error, Number(port), dial);
  };
  new SpdyConnection(socket, { onStream, onClose: () => undefined }, head);
}

async function forward(data: SpdyStream, error: SpdyStream, port: number, dial: Dial): Promise<void> {
  error.resume();
  try {
    const target = await dial(port);
    pipeline(data, target, () => undefined);
    pipeline(target, data, () => error.end());
  } catch (problem) {
    error.end(`an error occurred forwarding ${port} -> ${port}: ${(problem as Error).message}`);
    data.end();
  }
}

/**
 * The older WebSocket form: channel 2i carries data of port i, 2i+1 its errors; the first message of each channel is
 * the port in two bytes, lowest first.
 */
export function forwardOverChannels(socket: WebSocket, ports: number[], dial: Dial): void {
  const targets: Promise<Duplex>[] = [];
  const send = (channel: number, data: Buffer, done: () => void = () => undefined) =>
    socket.readyState === socket.OPEN ? socket.send(Buffer.concat([Buffer.from([channel]), data]), () => done()) : done();
  for (const [index, port] of ports.entries()) {
    const name = Buffer.from([port & 0xff, port >> 8]);
    send(2 * index, name);
    send(2 * index + 1, name);
    const dialled = dial(port);
    targets.push(dialled);
    dialled.then(
      (target) => {
        target.on("data", (chunk: Buffer) => send(2 * index, chunk));
        target.on("error", (error) => send(2 * index + 1, Buffer.from(error.message)));
        target.on("end", () => socket.close(1000));
      },
      (error: Error) => send(2 * index + 1, Buffer.from(`an error occurred forwarding ${port} -> ${port}: ${error.message}`)),
    );
  }
  // What comes before the connection is there waits for it: clients speak first.
  const withTarget = (target: Promise<Duplex> | undefined, act: (target: Duplex) => void) => void target?.then(act, () => undefined);
  socket.on("message", (message: Buffer) => withTarget(targets[message[0]! >> 1], (target) => target.write(message.subarray(1))));
  socket.on("close", () => targets.forEach((target) => withTarget(target, (open) => open.destroy())));
  socket.on("error", () => socket.terminate());
}
