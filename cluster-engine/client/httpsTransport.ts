import { request as httpRequest, type IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { Status } from "../../shared/kubernetes/types.ts";
import { StatusError } from "../api/statusError.ts";
import { readKubeconfig, type Credentials } from "./kubeconfig.ts";
import type { ApiRequest, Query, Transport, WatchSink } from "./types.ts";

/**
 * Access to a cluster over HTTPS with the credentials of a kubeconfig's text (client certificate or token), as
 * `userAgent`. Connections are kept alive; each watch has its own. Causes of writes do not travel over HTTPS.
 */
export function httpsTransport(kubeconfig: string, options: { context?: string; userAgent?: string } = {}): Transport {
  const credentials = readKubeconfig(kubeconfig, options.context);
  const { ca, cert, key, insecure } = credentials;
  const agent = new Agent({ keepAlive: true, ca, cert, key, rejectUnauthorized: !insecure });
  const open = (request: ApiRequest) => openRequest(credentials, agent, request, options.userAgent ?? "wherry");
  return {
    async send(request) {
      const response = await open(request);
      const text = await textOf(response);
      if ((response.statusCode ?? 500) >= 300) throw refusal(response, text);
      return text ? (JSON.parse(text) as unknown) : undefined;
    },
    watch(request, sink) {
      const abort = new AbortController();
      const signal = request.signal ? AbortSignal.any([request.signal, abort.signal]) : abort.signal;
      void follow(open({ ...request, signal }), sink, signal);
      return { [Symbol.dispose]: () => abort.abort() };
    },
  };
}

function openRequest({ server, token }: Credentials, agent: Agent, request: ApiRequest, userAgent: string): Promise<IncomingMessage> {
  const url = new URL(request.path + queryText(request.query), server);
  const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
  const headers: Record<string, string> = { accept: "application/json", "user-agent": userAgent, ...request.headers };
  if (token) headers.authorization = `Bearer ${token}`;
  if (body) {
    headers["content-type"] ??= "application/json";
    headers["content-length"] = String(body.length);
  }
  const { method, signal } = request;
  return new Promise((resolve, reject) => {
    const sent = url.protocol === "http:" ? httpRequest(url, { method, headers, signal }) : httpsRequest(url, { method, headers, agent, signal });
    sent.on("response", resolve).on("error", reject).end(body);
  });
}

function queryText(query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) params.set(key, String(value));
  return params.size > 0 ? `?${params.toString()}` : "";
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** The Status that the server gave, or one made from the HTTP status. */
function refusal({ statusCode = 500, statusMessage = "", headers }: IncomingMessage, text: string): StatusError {
  const status = parseStatus(text);
  const retryAfter = headers["retry-after"];
  const details = { ...status?.details };
  return new StatusError(
    statusCode,
    status?.reason ?? "",
    status?.message ?? (text.trim() || statusMessage),
    details,
    retryAfter ? { "Retry-After": retryAfter } : {},
  );
}

function parseStatus(text: string): Status | undefined {
  try {
    const parsed = JSON.parse(text) as Status;
    return parsed.kind === "Status" ? parsed : undefined;
  } catch {
    return undefined;
  }
}

async function follow(opening: Promise<IncomingMessage>, sink: WatchSink, signal: AbortSignal): Promise<void> {
  try {
    const response = await opening;
    if ((response.statusCode ?? 500) >= 300) throw refusal(response, await textOf(response));
    for await (const line of linesOf(response)) {
      if (signal.aborted) return;
      sink.onEvent(JSON.parse(line) as { type: "ADDED"; object: KubeObject });
    }
    if (!signal.aborted) sink.onEnd();
  } catch (error) {
    if (!signal.aborted) sink.onEnd(error as Error);
  }
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  // Chunks may end within a character: lines are cut from bytes.
  let rest: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...rest, chunk.subarray(from, end)]).toString();
      rest = [];
      from = end + 1;
      if (line) yield line;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
}
