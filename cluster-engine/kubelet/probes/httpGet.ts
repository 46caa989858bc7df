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

/** A probe needs the head of one answer: a whole HTTP client for it costs more than all else that an idle node does. */
function send(socket: Duplex, action: HTTPGetAction, host: string, port: number, userAgent: string, signal: AbortSignal): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(signal.aborted ? (signal.reason as Error) : error);
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      try {
        const answer = answerOf(text);
        if (answer) resolve(answer);
      } catch (error) {
        fail(error as Error);
      }
    });
    for (const event of ["end", "close"]) socket.on(event, () => fail(new Error("EOF")));
    socket.on("error", fail);
    socket.write(requestText(action, host, port, userAgent));
  });
}

function requestText(action: HTTPGetAction, host: string, port: number, userAgent: string): string {
  const headers = new Map(Object.entries({ host: `${action.host || host}:${port}`, "user-agent": userAgent, accept: "*/*", connection: "close" }));
  for (const { name, value } of action.httpHeaders ?? []) headers.set(name.toLowerCase(), value);
  const lines = [...headers].map(([name, value]) => `${name}: ${value}`);
  const broken = lines.find((line) => /[\r\n\0]/.test(line));
  if (broken !== undefined) throw new Error(`net/http: invalid header field value for ${JSON.stringify(broken.slice(0, broken.indexOf(":")))}`);
  const path = pathOf(action).replace(/[^\x21-\x7e]/g, encodeURIComponent);
  return `GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}

const maxHead = 1 << 20;

/** Undefined while the head is not whole; interim answers (1xx) are passed over. @throws Error */
function answerOf(text: string): HttpAnswer | undefined {
  const end = text.indexOf("\r\n\r\n");
  const [first = ""] = text.split("\r\n", 1);
  const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1] ?? 0);
  if (!status && (end >= 0 || text.includes("\n") || text.length > maxHead))
    throw new Error(`net/http: HTTP/1.x transport connection broken: malformed HTTP response ${JSON.stringify(first.trimEnd())}`);
  if (end < 0) return undefined;
  if (status < 200) return answerOf(text.slice(end + 4));
  const location = /\r\nlocation: *([^\r\n]*)/i.exec(text.slice(0, end))?.[1];
  return { status, ...(location ? { location } : {}) };
}

const pathOf = ({ path = "/" }: HTTPGetAction): string => (path.startsWith("/") ? path : `/${path}`);

/** For messages: the URL that was asked. */
export const urlOf = (action: HTTPGetAction, host: string, port: number): string =>
  `${(action.scheme ?? "HTTP").toLowerCase()}://${action.host || host}:${port}${pathOf(action)}`;
