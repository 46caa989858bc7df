import { createSocket, type RemoteInfo } from "node:dgram";
import { createServer } from "node:net";
import type { Duplex } from "node:stream";
import type { StreamTarget } from "../agentProtocol.ts";
import { datagrams, type Datagrams } from "../tunnel/datagrams.ts";
import { splice } from "../tunnel/stream.ts";

/** How a listener reaches the pods. */
export interface Way {
  /** The endpoint for a new connection, or undefined when there is none. */
  pick(): string | undefined;
  open(target: StreamTarget): Promise<Duplex>;
}

const host = "127.0.0.1";

/** Listens on 127.0.0.1 and carries each connection to an endpoint; resets it when there is none. @throws the system's error. */
export async function listenTcp(port: number, way: Way): Promise<Disposable> {
  const sockets = new Set<Disposable>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const entry = { [Symbol.dispose]: () => socket.resetAndDestroy() };
    sockets.add(entry);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(entry));
    const target = targetOf("tcp", way.pick());
    if (!target) return void socket.resetAndDestroy();
    way.open(target).then((stream) => splice(socket, stream), () => socket.resetAndDestroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  server.on("error", () => {});
  return {
    [Symbol.dispose]() {
      server.close();
      for (const socket of sockets) socket[Symbol.dispose]();
    },
  };
}

/** The same for datagrams: one stream for each client, which the agent ends when it is idle. */
export async function listenUdp(port: number, way: Way): Promise<Disposable> {
  const socket = createSocket("udp4");
  const flows = new Map<string, Promise<Datagrams | undefined>>();
  const streams = new Set<Duplex>();
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, host, resolve);
  });
  socket.on("error", () => {});
  const open = async (from: RemoteInfo, client: string): Promise<Datagrams | undefined> => {
    const target = targetOf("udp", way.pick());
    const stream = target && (await way.open(target).catch(() => undefined));
    if (!stream) return void flows.delete(client);
    streams.add(stream);
    stream.on("close", () => {
      streams.delete(stream);
      flows.delete(client);
    });
    return datagrams(stream, (message) => socket.send(message, from.port, from.address));
  };
  socket.on("message", (message, from) => {
    const client = `${from.address}:${from.port}`;
    let flow = flows.get(client);
    if (!flow) flows.set(client, (flow = open(from, client)));
    void flow.then((datagrams) => datagrams?.send(message));
  });
  return {
    [Symbol.dispose]() {
      socket.close();
      for (const stream of streams) stream.destroy();
    },
  };
}

function targetOf(kind: "tcp" | "udp", endpoint: string | undefined): StreamTarget | undefined {
  if (!endpoint) return undefined;
  const [address, port] = endpoint.split(":") as [string, string];
  return { kind, host: address, port: Number(port) };
}
