import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Status, UserInfo } from "../../../shared/kubernetes/types.ts";
import type { ApiRequest, Query, Transport } from "../../client/types.ts";
import { StatusError } from "../../api/statusError.ts";
import type { Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { parseRequestInfo } from "../request/requestInfo.ts";
import { statusOf } from "../request/statusErrors.ts";

export interface InProcessOptions {
  user: UserInfo;
  userAgent: string;
  handle(call: ApiCall): Promise<Answer>;
  /** Aborted when the server closes: watches end. */
  closing: AbortSignal;
}

/**
 * Access from inside the process: the same chain, nothing serialised. Objects handed out are the cache's own, frozen;
 * bodies are read, never changed.
 */
export function inProcessTransport({ user, userAgent, handle, closing }: InProcessOptions): Transport {
  const callOf = (request: ApiRequest, query: Query | undefined, signal: AbortSignal) =>
    inProcessCall({ ...request, query }, user, userAgent, signal);
  return {
    async send(request) {
      try {
        return valueOf(await handle(callOf(request, request.query, request.signal ?? never)));
      } catch (error) {
        throw statusOf(error);
      }
    },
    watch(request, sink) {
      const abort = new AbortController();
      request.signal?.addEventListener("abort", () => abort.abort(), { once: true });
      let running: Disposable | undefined;
      const onClosing = () => {
        if (abort.signal.aborted) return;
        running?.[Symbol.dispose]();
        sink.onEnd();
        abort.abort();
      };
      closing.addEventListener("abort", onClosing, { once: true });
      abort.signal.addEventListener("abort", () => closing.removeEventListener("abort", onClosing), { once: true });
      const start = (answer: Answer) => {
        if (abort.signal.aborted) return;
        if (answer.type !== "watch") throw new Error(`${request.path} is no watch`);
        running = answer.start({
          onEvent: ({ type, object }) => !abort.signal.aborted && sink.onEvent({ type, object: "bytes" in object ? object.object : object }),
          onEnd: () => !abort.signal.aborted && sink.onEnd(),
        });
        if (abort.signal.aborted) running[Symbol.dispose]();
      };
      handle(callOf(request, { ...request.query, watch: true }, abort.signal))
        .then(start)
        .catch((error: unknown) => !abort.signal.aborted && sink.onEnd(error instanceof StatusError ? error : statusOf(error)));
      return {
        [Symbol.dispose]() {
          abort.abort();
          running?.[Symbol.dispose]();
        },
      };
    },
  };
}

/** Nobody hangs up from inside the process; only answers over the network listen for it. */
const never = new AbortController().signal;

function inProcessCall(request: ApiRequest, user: UserInfo, userAgent: string, signal: AbortSignal): ApiCall {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) if (value !== undefined) query.set(name, String(value));
  const text = query.toString();
  const headers = request.headers ?? {};
  const body = Promise.resolve({ object: request.body, contentType: headers["content-type"] ?? "application/json" });
  return {
    method: request.method,
    path: request.path,
    target: text ? `${request.path}?${text}` : request.path,
    query,
    info: parseRequestInfo(request.method, request.path, query),
    header: (name) => (name === "user-agent" ? userAgent : headers[name]),
    headerNames: Object.keys(headers),
    userAgent,
    body: () => body,
    signal,
    user,
    trusted: true,
    warnings: [],
    ...(request.cause ? { cause: request.cause } : {}),
  };
}

/** @throws StatusError for an answer other than success, such as that of a path that nothing serves */
function valueOf(answer: Answer): unknown {
  if ("code" in answer && answer.code >= 300) throw refusalOf(answer);
  switch (answer.type) {
    case "object":
      return answer.object.object;
    case "list": {
      const { resource, items, metadata } = answer;
      const apiVersion = resource.group ? `${resource.group}/${resource.version}` : resource.version;
      return { kind: resource.listKind, apiVersion, metadata, items: items.map((item): KubeObject => item.object) };
    }
    case "document":
      return answer.document;
    case "bytes":
      return typeof answer.body === "string" ? answer.body : Buffer.from(answer.body).toString();
    default:
      throw new Error(`A ${answer.type} has no value`);
  }
}

function refusalOf(answer: Extract<Answer, { code: number }>): StatusError {
  if (answer.type === "document" && (answer.document as Partial<Status>).kind === "Status") {
    const { reason = "", message = "", details } = answer.document as Partial<Status>;
    return new StatusError(answer.code, reason, message, details);
  }
  const body = answer.type === "bytes" ? Buffer.from(answer.body).toString().trim() : "";
  return new StatusError(answer.code, "", body);
}
