import { request, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import type { Container, HTTPGetAction } from "../../../shared/kubernetes/types.ts";

/** Opens a connection to the pod, or to `host` when the action names one. */
export type Dial = (port: number, host?: string) => Promise<Duplex>;

export interface HttpAnswer {
  status: number;
  location?: string;
}

/** A number, or the name of one of the container's ports. @throws Error with the kubelet's message. */
export function resolvePort(port: number | string, container: Container): number {
  const number = Number(port);
  if (Number.isInteger(number) && number > 0 && number < 65536) return number;
  const named = container.ports?.find(({ name }) => name === port);
  if (!named) throw new Error(`couldn't find port: "${port}" in container "${container.name}"`);
  return named.containerPort;
}

/** One GET, without following redirects. Rejects when there is no answer; aborting `signal` closes the connection. */
export async function httpGet(options: {
  action: HTTPGetAction;
  port: number;
  host: string;
  userAgent: string;
  dial: Dial;
  signal: AbortSignal;
}): Promise<HttpAnswer> {
  const { action, port, host, dial, signal, userAgent } = options;
  const raw = await dial(port, action.host || undefined);
  const socket = action.scheme === "HTTPS" ? connectTls({ socket: raw, rejectUnauthorized: false }) : raw;
  const abort = () => {
    raw.destroy();
    socket.destroy();
  };
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await send(socket, action, host, port, userAgent, signal);
  } finally {
    signal.removeEventListener("abort", abort);
    abort();
  }
}

function send(socket: Duplex, action: HTTPGetAction, host: string, port: number, userAgent: string, signal: AbortSignal): Promise<HttpAnswer> {
  const headers: Record<string, string> = { host: `${action.host || host}:${port}`, "user-agent": userAgent, accept: "*/*", connection: "close" };
  for (const { name, value } of action.httpHeaders ?? []) headers[name.toLowerCase()] = value;
  return new Promise((resolve, reject) => {
    const onAnswer = (answer: IncomingMessage) => {
      answer.resume();
      const { location } = answer.headers;
      resolve({ status: answer.statusCode ?? 0, ...(location ? { location } : {}) });
    };
    // Any duplex serves: node's types ask for a socket.
    const outgoing = request({ method: "GET", path: pathOf(action), headers, createConnection: () => socket as never }, onAnswer);
    outgoing.on("error", (error) => reject(signal.aborted ? (signal.reason as Error) : error));
    socket.on("close", () => reject(signal.aborted ? (signal.reason as Error) : new Error("EOF")));
    outgoing.end();
  });
}

const pathOf = ({ path = "/" }: HTTPGetAction): string => (path.startsWith("/") ? path : `/${path}`);

/** For messages: the URL that was asked. */
export const urlOf = (action: HTTPGetAction, host: string, port: number): string =>
  `${(action.scheme ?? "HTTP").toLowerCase()}://${action.host || host}:${port}${pathOf(action)}`;
