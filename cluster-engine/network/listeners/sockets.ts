import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { createServer } from "node:net";
import type { Duplex } from "node:stream";
import type { StreamTarget } from "../agentProtocol.ts";
import { datagrams, type Datagrams } from "../tunnel/datagrams.ts";
import { splice } from "../tunnel/stream.ts";

/** How a listener reaches the pods. */
export interface Way {
  /** The endpoint for a new connection, or undefined when there is none. */
  pick(): string | undefined;
  /** Whether the endpoint is still one of the Service's. */
  serves(endpoint: string): boolean;
  open(target: StreamTarget): Promise<Duplex>;
}

export interface Listening extends Disposable {
  /** The Service's endpoints are others now. */
  refresh(): void;
}

const host = "127.0.0.1";

/** Listens on 127.0.0.1 and carries each connection to an endpoint; resets it when there is none. @throws the system's error. */
export async function listenTcp(port: number, way: Way): Promise<Listening> {
  const sockets = new Set<Disposable>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const entry = { [Symbol.dispose]: () => socket.resetAndDestroy() };
    sockets.add(entry);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(entry));
    const target = targetOf("tcp", way.pick());
    if (!target) return void socket.resetAndDestroy();
    way.open(target).then(
      (stream) => splice(socket, stream),
      () => socket.resetAndDestroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  server.on("error", () => {});
  return {
    // Connections end with their endpoint, by themselves.
    refresh() {},
    [Symbol.dispose]() {
      server.close();
      for (const socket of sockets) socket[Symbol.dispose]();
    },
  };
}

interface Flow {
  endpoint: string;
  datagrams: Promise<Datagrams | undefined>;
  stream?: Duplex;
}

/**
 * The same for datagrams: one stream for each client, which the agent ends when it is idle. After `refresh` clients whose
 * endpoint is gone get another one.
 */
export async function listenUdp(port: number, way: Way): Promise<Listening> {
  const socket = createSocket("udp4");
  const flows = new Map<string, Flow>();
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, host, resolve);
  });
  socket.on("error", () => {});
  const close = (client: string, flow: Flow) => {
    if (flows.get(client) === flow) flows.delete(client);
    flow.stream?.destroy();
  };
  socket.on("message", (message, from) => {
    const client = `${from.address}:${from.port}`;
    const flow = flows.get(client) ?? openFlow(way, socket, from, (ended) => close(client, ended));
    if (!flow) return;
    flows.set(client, flow);
    void flow.datagrams.then((datagrams) => datagrams?.send(message));
  });
  return {
    refresh() {
      for (const [client, flow] of flows) if (!way.serves(flow.endpoint)) close(client, flow);
    },
    [Symbol.dispose]() {
      socket.close();
      for (const [client, flow] of flows) close(client, flow);
    },
  };
}

function openFlow(way: Way, socket: Socket, from: RemoteInfo, onEnd: (flow: Flow) => void): Flow | undefined {
  const endpoint = way.pick();
  const target = targetOf("udp", endpoint);
  if (!endpoint || !target) return undefined;
  const flow: Flow = {
    endpoint,
    datagrams: way.open(target).then(
      (stream) => {
        flow.stream = stream;
        stream.on("close", () => onEnd(flow));
        return datagrams(stream, (message) => socket.send(message, from.port, from.address));
      },
      () => {
        onEnd(flow);
        return undefined;
      },
    ),
  };
  return flow;
}

function targetOf(kind: "tcp" | "udp", endpoint: string | undefined): StreamTarget | undefined {
  if (!endpoint) return undefined;
  const [address, port] = endpoint.split(":") as [string, string];
  return { kind, host: address, port: Number(port) };
}
