import { once } from "node:events";
import http, { type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import https from "node:https";
import { createGunzip } from "node:zlib";
import type { Readable } from "node:stream";
import { ApiError, ConnectionError, type ApiStatus } from "../errors.ts";
import { connectionProblem, unauthorizedProblem } from "./connectionProblem.ts";
import type { Credentials } from "./credentials.ts";

export type Query = Record<string, string | number | boolean | string[] | undefined>;

export interface ApiRequest {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Starts with `/`. */
  path: string;
  query?: Query;
  body?: unknown;
  contentType?: string;
  accept?: string;
  signal?: AbortSignal;
  /** Silence after which the request fails, ms; 0 for streams. */
  timeoutMs?: number;
}

/** What a connection tells about each try, for the cluster's phase. */
export interface ConnectionObserver {
  answered(latencyMs: number): void;
  failed(error: ConnectionError): void;
}

/** HTTPS to one cluster with the credentials of one kubeconfig context. */
export class Connection {
  readonly #current: () => Credentials;
  readonly #observer: ConnectionObserver;
  readonly #now: () => number;

  /** `credentials` are asked for at each request: the kubeconfig may change under an open connection. */
  constructor(credentials: () => Credentials, observer: ConnectionObserver, now: () => number) {
    this.#current = credentials;
    this.#observer = observer;
    this.#now = now;
  }

  get #credentials(): Credentials {
    return this.#current();
  }

  get server(): string {
    return this.#credentials.server;
  }

  /** The answer's JSON. Throws ApiError when the API refuses, ConnectionError when it can't be asked. */
  async json<T>(request: ApiRequest): Promise<T> {
    return JSON.parse(await this.text(request)) as T;
  }

  async text(request: ApiRequest): Promise<string> {
    const body = await this.stream(request);
    try {
      return await readAll(body);
    } catch (error) {
      throw connectionProblem(error, this.server);
    }
  }

  /** The answer's body as it comes. A 401 is retried once with fresh credentials. */
  async stream(request: ApiRequest): Promise<Readable> {
    try {
      return await this.#send(request);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 401) throw error;
      this.#credentials.refresh();
      return this.#secondTry(request);
    }
  }

  /** What a WebSocket to `path` needs. */
  async webSocketTarget(path: string): Promise<{ url: string; options: https.RequestOptions }> {
    const { options, agent } = await this.#credentials.get();
    return { url: this.server.replace(/^http/, "ws").replace(/\/$/, "") + path, options: { ...options, agent } };
  }

  async #secondTry(request: ApiRequest): Promise<Readable> {
    try {
      return await this.#send(request);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 401) throw error;
      const problem = unauthorizedProblem(error.message, this.server);
      this.#observer.failed(problem);
      throw problem;
    }
  }

  async #send(request: ApiRequest): Promise<Readable> {
    const started = this.#now();
    let response: IncomingMessage;
    try {
      response = await this.#exchange(request);
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason as Error;
      const problem = connectionProblem(error, this.server);
      this.#observer.failed(problem);
      throw problem;
    }
    const code = response.statusCode ?? 0;
    if (code !== 401) this.#observer.answered(this.#now() - started);
    const body = response.headers["content-encoding"] === "gzip" ? unzip(response) : response;
    if (code >= 200 && code < 300) return body;
    throw new ApiError(code, statusOf(code, await readAll(body).catch(() => "")));
  }

  async #exchange(request: ApiRequest): Promise<IncomingMessage> {
    const { options, agent } = await this.#credentials.get();
    const url = new URL(this.server.replace(/\/$/, "") + request.path + queryString(request.query));
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const outgoing = (url.protocol === "http:" ? http : https).request(url, {
      ...options,
      agent,
      method: request.method ?? "GET",
      signal: request.signal,
      headers: { ...(options.headers as OutgoingHttpHeaders), ...headersOf(request, body, this.#credentials.compress) },
    });
    const timeout = request.timeoutMs ?? 30_000;
    if (timeout)
      outgoing.setTimeout(timeout, () =>
        outgoing.destroy(new ConnectionError("timeout", `${this.server}: no answer in ${timeout / 1000} s: check the network or the VPN`)),
      );
    outgoing.end(body);
    const [response] = (await once(outgoing, "response")) as [IncomingMessage];
    // An error after the answer began is the reader's to see, on the body.
    outgoing.on("error", (error) => response.destroy(error));
    return response;
  }
}

function headersOf(request: ApiRequest, body: string | undefined, compress: boolean): http.OutgoingHttpHeaders {
  return {
    accept: request.accept ?? "application/json",
    "user-agent": "wherry-dashboard",
    ...(compress ? { "accept-encoding": "gzip" } : {}),
    ...(body === undefined ? {} : { "content-type": request.contentType ?? "application/json", "content-length": Buffer.byteLength(body) }),
  };
}

/** `?a=1&b=2`, with lists repeated and undefined left out. */
export function queryString(query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) params.append(name, String(one));
  }
  const text = params.toString();
  return text ? `?${text}` : "";
}

function unzip(response: IncomingMessage): Readable {
  const gunzip = createGunzip();
  response.on("error", (error) => gunzip.destroy(error));
  return response.pipe(gunzip);
}

async function readAll(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function statusOf(code: number, text: string): ApiStatus {
  try {
    const status = JSON.parse(text) as ApiStatus;
    if (status.kind === "Status") return status;
  } catch {
    // No Status: the text itself is the message.
  }
  return { code, message: text.trim().slice(0, 2000) };
}
