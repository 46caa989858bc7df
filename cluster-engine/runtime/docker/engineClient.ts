import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Duplex, Readable } from "node:stream";
import type { Clock } from "../../base/clock.ts";
import { RuntimeError } from "../types.ts";
import { engineError } from "./errors.ts";

// The Docker Engine API over node:http. Our own and not dockerode, which takes 190 ms and more of the event loop to load
// (gRPC and protobuf for BuildKit), time that the start of the API server needs.

/** Where an engine listens: a unix socket or named pipe, or a TCP address with or without TLS. */
export interface EngineAddress {
  name: string;
  /** As the user would write it in DOCKER_HOST. */
  url: string;
  socketPath?: string;
  host?: string;
  port?: number;
  tls?: { ca?: Buffer; cert?: Buffer; key?: Buffer };
}

export type EngineQuery = Record<string, string | number | boolean | object | undefined>;

export interface EngineRequest {
  method?: "GET" | "POST" | "PUT" | "DELETE" | "HEAD";
  path: string;
  /** Objects are sent as JSON. */
  query?: EngineQuery;
  body?: unknown;
  /** Sent in place of `body`, e.g. a tar archive. */
  upload?: Readable | Buffer;
  headers?: Record<string, string>;
  /** Deadline in ms of the whole call, or of the answer's head for streams. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

const defaultTimeoutMs = 30_000;

export class EngineClient {
  readonly address: EngineAddress;
  readonly #clock: Clock;
  readonly #agent: HttpAgent;
  /** `/v1.41` once negotiated. */
  #prefix = "";

  constructor(options: { address: EngineAddress; clock: Clock }) {
    this.address = options.address;
    this.#clock = options.clock;
    this.#agent = options.address.tls ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  }

  /** Speak this version of the API from now on, e.g. `1.41`. */
  useVersion(version: string): void {
    this.#prefix = `/v${version}`;
  }

  /** The decoded JSON answer, undefined for an empty one. @throws RuntimeError */
  async call<T>(request: EngineRequest): Promise<T> {
    return this.#withDeadline(request, async (signal) => {
      const answer = await this.#retried(request, signal);
      const text = (await collect(answer)).toString("utf8");
      return (text ? (JSON.parse(text) as unknown) : undefined) as T;
    });
  }

  /** The raw answer as it comes. Destroy it to stop. @throws RuntimeError */
  async stream(request: EngineRequest): Promise<IncomingMessage> {
    const answer = await this.#withDeadline(request, (signal) => this.#answer(request, this.#open(request, false), signal));
    request.signal?.addEventListener("abort", () => answer.destroy(), { once: true });
    answer.on("error", () => {});
    return answer;
  }

  /** The two-way connection that an exec or attach turns into. @throws RuntimeError */
  async hijack(request: EngineRequest): Promise<Duplex> {
    const upgrade = { ...request, headers: { connection: "Upgrade", upgrade: "tcp", ...request.headers } };
    return this.#withDeadline(request, (signal) => upgraded(this.#open(upgrade, false), signal, request));
  }

  close(): void {
    this.#agent.destroy();
  }

  /** A kept-alive connection may have been closed by the engine just as we used it: once more on a new one. */
  async #retried(request: EngineRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const first = this.#open(request, true);
    try {
      return await this.#answer(request, first, signal);
    } catch (error) {
      const lostBeforeUse = first.reusedSocket && (error as RuntimeError).code === "Unavailable" && !request.upload;
      if (!lostBeforeUse || signal.aborted) throw error;
      return this.#answer(request, this.#open(request, false), signal);
    }
  }

  #open(request: EngineRequest, pooled: boolean): ClientRequest {
    const { address } = this;
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const options: RequestOptions = {
      method: request.method ?? "GET",
      path: this.#prefix + request.path + queryString(request.query),
      headers: {
        host: "docker",
        ...(body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
        ...request.headers,
      },
      agent: pooled ? this.#agent : false,
      ...(address.socketPath ? { socketPath: address.socketPath } : { host: address.host, port: address.port }),
      ...address.tls,
    };
    const outgoing = address.tls ? httpsRequest(options) : httpRequest(options);
    const { upload } = request;
    if (upload && "pipe" in upload) upload.pipe(outgoing);
    else outgoing.end(upload ?? body);
    return outgoing;
  }

  #answer(request: EngineRequest, outgoing: ClientRequest, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const abort = () => outgoing.destroy(signal.reason as Error);
      signal.addEventListener("abort", abort, { once: true });
      outgoing.once("error", (error) => reject(signal.aborted ? (signal.reason as Error) : engineError(error)));
      outgoing.once("response", (answer) => {
        const status = answer.statusCode ?? 0;
        if (status < 400) return resolve(answer);
        collect(answer).then((body) => reject(engineError({ status, body: body.toString("utf8"), path: request.path })), reject);
      });
    });
  }

  /** Runs `work` with a signal that fires at the request's deadline or when its own signal does. */
  async #withDeadline<T>(request: EngineRequest, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const timeoutMs = request.timeoutMs ?? defaultTimeoutMs;
    const timer = this.#clock.after(timeoutMs, () =>
      controller.abort(
        new RuntimeError(
          "DeadlineExceeded",
          `${request.method ?? "GET"} ${request.path}: no answer from the container engine within ${timeoutMs / 1000}s`,
        ),
      ),
    );
    const onAbort = () => controller.abort(request.signal!.reason);
    if (request.signal?.aborted) onAbort();
    request.signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await work(controller.signal);
    } finally {
      timer[Symbol.dispose]();
      request.signal?.removeEventListener("abort", onAbort);
    }
  }
}

/** Resolves with the raw socket after `101 Switching Protocols` (or Podman's plain 200). */
function upgraded(outgoing: ClientRequest, signal: AbortSignal, request: EngineRequest): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => outgoing.destroy(signal.reason as Error), { once: true });
    outgoing.once("error", (error) => reject(signal.aborted ? (signal.reason as Error) : engineError(error)));
    outgoing.once("upgrade", (_answer, socket, head) => {
      if (head.length) socket.unshift(head);
      socket.on("error", () => {});
      resolve(socket);
    });
    outgoing.once("response", (answer) => {
      const status = answer.statusCode ?? 0;
      if (status < 400) return resolve(answer.socket);
      collect(answer).then((body) => reject(engineError({ status, body: body.toString("utf8"), path: request.path })), reject);
    });
  });
}

async function collect(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function queryString(query: EngineQuery = {}): string {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${encodeURIComponent(typeof value === "object" ? JSON.stringify(value) : String(value))}`);
  return pairs.length ? `?${pairs.join("&")}` : "";
}
