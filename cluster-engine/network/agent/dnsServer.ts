import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { createServer, type Server, type Socket } from "node:net";
import type { Clock } from "../../base/clock.ts";
import type { ClusterNames } from "../dns/answer.ts";
import { reply } from "./dnsReply.ts";
import { Slots } from "./slots.ts";
import { forward } from "./upstream.ts";

const parallelForwards = 200;
const portAttempts = 20;

/** Cluster DNS over UDP and TCP on one port of `host`; resolves with the port. */
export async function startDnsServer(host: string, names: ClusterNames, clock: Clock): Promise<number> {
  const slots = new Slots(parallelForwards);
  const respond = (message: Buffer, transport: "udp" | "tcp") =>
    reply(message, names, transport, (query) => slots.run(() => forward(query, transport, clock)));
  for (let attempt = 1; ; attempt++) {
    const server = serveTcp((message) => respond(message, "tcp"));
    const port = await listen(server, host);
    try {
      await serveUdp(host, port, (message) => respond(message, "udp"));
      return port;
    } catch (error) {
      server.close();
      if (attempt === portAttempts) throw error;
    }
  }
}

type Respond = (message: Buffer) => Promise<Buffer>;

async function serveUdp(host: string, port: number, respond: Respond): Promise<DatagramSocket> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, host, resolve);
  });
  socket.on("error", () => {});
  socket.on("message", (message, from) => {
    respond(message).then(
      (answer) => socket.send(answer, from.port, from.address),
      () => {},
    );
  });
  return socket;
}

function serveTcp(respond: Respond): Server {
  return createServer((socket: Socket) => {
    let received = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        respond(received.subarray(2, end)).then(
          (answer) => writeFramed(socket, answer),
          () => socket.destroy(),
        );
        received = received.subarray(end);
      }
    });
  });
}

function writeFramed(socket: Socket, message: Buffer): void {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  if (socket.writable) socket.write(Buffer.concat([length, message]));
}

/** Listens on a free port and gives it back. */
export function listen(server: Server, host: string, port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve((server.address() as { port: number }).port));
  });
}
