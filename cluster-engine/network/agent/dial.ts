import { createSocket } from "node:dgram";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "../../base/clock.ts";
import { datagrams } from "../tunnel/datagrams.ts";
import { splice } from "../tunnel/stream.ts";

const connectTimeoutMs = 30_000;
const idleFlowMs = 60_000;

/** Connects to an address that the agent reaches and joins it with the stream. @throws Error as from net.connect. */
export async function dialTcp(host: string, port: number, clock: Clock, accept: () => Duplex): Promise<void> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    const timer = clock.after(connectTimeoutMs, () => socket.destroy(new Error(`connect ETIMEDOUT ${host}:${port}`)));
    const settle = (done: () => void) => () => {
      timer[Symbol.dispose]();
      done();
    };
    socket.once("connect", settle(resolve));
    socket.once("error", (error) => settle(() => reject(error))());
  });
  splice(accept(), socket);
}

/** Carries datagrams between the stream and an address, until the stream ends or nothing has moved for a minute. */
export function dialUdp(host: string, port: number, clock: Clock, accept: () => Duplex): void {
  const stream = accept();
  const socket = createSocket("udp4");
  let idle: Disposable | undefined;
  const touch = () => {
    idle?.[Symbol.dispose]();
    idle = clock.after(idleFlowMs, () => stream.destroy());
  };
  touch();
  const flow = datagrams(stream, (message) => {
    touch();
    socket.send(message, port, host);
  });
  socket.on("message", (message) => {
    touch();
    flow.send(message);
  });
  socket.on("error", () => {});
  stream.on("end", () => stream.destroy());
  stream.on("close", () => {
    idle?.[Symbol.dispose]();
    socket.close();
  });
}
