import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { connect, isIPv6 } from "node:net";
import type { Clock } from "../../base/clock.ts";

const timeoutMs = 2_000;
const resolverPort = 53;

/** The resolvers of the engine's machine, as resolv.conf names them now. */
export function hostResolvers(path = "/etc/resolv.conf"): string[] {
  try {
    return [...readFileSync(path, "utf8").matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1]!);
  } catch {
    return [];
  }
}

/** Asks the host's resolvers one after the other with the query's own bytes. @throws Error when none answers. */
export async function forward(query: Buffer, transport: "udp" | "tcp", clock: Clock, resolvers = hostResolvers()): Promise<Buffer> {
  let failure: unknown = new Error("the engine's machine names no resolver");
  for (const resolver of resolvers) {
    try {
      return await (transport === "udp" ? askUdp : askTcp)(query, resolver, clock);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** One socket a query: its random port is part of the protection against forged answers (RFC 5452). */
function askUdp(query: Buffer, resolver: string, clock: Clock): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(resolver) ? "udp6" : "udp4");
    const finish = (error?: Error, answer?: Buffer) => {
      timer[Symbol.dispose]();
      socket.close();
      if (answer) resolve(answer);
      else reject(error!);
    };
    const timer = clock.after(timeoutMs, () => finish(new Error(`${resolver} does not answer`)));
    socket.on("error", (error) => finish(error));
    socket.on("message", (message) => {
      if (message.length > 2 && message.readUInt16BE(0) === query.readUInt16BE(0)) finish(undefined, message);
    });
    socket.connect(resolverPort, resolver, () => socket.send(query));
  });
}

function askTcp(query: Buffer, resolver: string, clock: Clock): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(resolverPort, resolver);
    const timer = clock.after(timeoutMs, () => socket.destroy(new Error(`${resolver} does not answer`)));
    let received = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      resolve(received.subarray(2, 2 + received.readUInt16BE(0)));
      socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => {
      timer[Symbol.dispose]();
      reject(new Error(`${resolver} closed the connection`));
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    socket.write(Buffer.concat([length, query]));
  });
}
