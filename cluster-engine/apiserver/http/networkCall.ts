import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { UserInfo } from "../../../shared/kubernetes/types.ts";
import { anonymous } from "../authentication/users.ts";
import type { ApiCall, RequestBody, UpgradeRequest } from "../request/apiCall.ts";
import { parseRequestInfo } from "../request/requestInfo.ts";
import { tooLarge } from "../request/statusErrors.ts";
import type { Response } from "./respond.ts";

/** Bytes of the largest request body, as kube-apiserver has it. */
const bodyLimit = 3 * 1024 * 1024;

interface NetworkRequest {
  request: IncomingMessage | Http2ServerRequest;
  response: Response;
  certificateUser: UserInfo | undefined;
  upgrade?: UpgradeRequest;
}

/** A request from the network as the filter chain sees it. */
export function networkCall({ request, response, certificateUser, upgrade }: NetworkRequest): ApiCall {
  const target = request.url ?? "/";
  const question = target.indexOf("?");
  const path = question < 0 ? target : target.slice(0, question);
  const query = new URLSearchParams(question < 0 ? "" : target.slice(question + 1));
  const method = request.method ?? "GET";
  let abort: AbortController | undefined;
  const header = (name: string) => textOf(request.headers[name]);
  let body: Promise<RequestBody> | undefined;
  return {
    method,
    path,
    target,
    query,
    info: parseRequestInfo(method, path, query),
    header,
    headerNames: Object.keys(request.headers),
    userAgent: header("user-agent") ?? "",
    body: () => (body ??= readBody(request, header("content-type") ?? "")),
    // Made when it is asked for: most requests need none.
    get signal() {
      if (!abort) {
        const made = (abort = new AbortController());
        if (response.destroyed || request.destroyed) made.abort();
        response.on("close", () => made.abort());
      }
      return abort.signal;
    },
    user: anonymous,
    ...(certificateUser ? { certificateUser } : {}),
    trusted: false,
    warnings: [],
    ...(upgrade ? { upgrade } : {}),
    incoming: request as NodeJS.ReadableStream,
  };
}

const textOf = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value.join(",") : value);

/** @throws RequestEntityTooLarge */
async function readBody(request: IncomingMessage | Http2ServerRequest, contentType: string): Promise<RequestBody> {
  if (Number(request.headers["content-length"] ?? 0) > bodyLimit) {
    request.resume();
    throw tooLarge(bodyLimit);
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bodyLimit) throw tooLarge(bodyLimit);
    chunks.push(chunk);
  }
  return { bytes: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks), contentType };
}
