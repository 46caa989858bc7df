import type { Duplex } from "node:stream";
import type { IncomingMessage } from "node:http";
import type { UserInfo } from "../../../shared/kubernetes/types.ts";
import type { WriteCause } from "../../client/types.ts";
import type { RequestInfo } from "./requestInfo.ts";

/** What was sent: bytes from the network, or an object from inside the process. */
export type RequestBody = { bytes: Uint8Array; contentType: string } | { object: unknown; contentType: string };

/** A connection that asks to be taken over (`Connection: Upgrade`). */
export interface UpgradeRequest {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
}

/** One request on its way through the filter chain; filters fill in what they find out. */
export interface ApiCall {
  readonly method: string;
  readonly path: string;
  /** Path and query as they were sent. */
  readonly target: string;
  readonly query: URLSearchParams;
  readonly info: RequestInfo;
  /** Lower-case name. */
  header(name: string): string | undefined;
  readonly headerNames: string[];
  readonly userAgent: string;
  body(): Promise<RequestBody>;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  /** Absent until authenticated. */
  user: UserInfo;
  /** The identity that the connection's client certificate proves. */
  readonly certificateUser?: UserInfo;
  /** In-process callers are who they say they are. */
  readonly trusted: boolean;
  readonly warnings: string[];
  readonly cause?: WriteCause;
  readonly upgrade?: UpgradeRequest;
  /** Raw request stream, for the proxy subresources over HTTP. */
  readonly incoming?: NodeJS.ReadableStream;
}

/** Adds a Warning header to the answer, once. */
export function warn(call: ApiCall, text: string): void {
  if (!call.warnings.includes(text)) call.warnings.push(text);
}
