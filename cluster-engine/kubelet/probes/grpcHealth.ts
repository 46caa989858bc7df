import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";

// grpc.health.v1.Health/Check by hand: one string in, one enum out.

const statusNames = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];
const serving = 1;

export interface HealthVerdict {
  healthy: boolean;
  message: string;
}

/** Asks the health service over an open connection (cleartext HTTP/2). Rejects when there is no answer. */
export async function grpcHealth(options: { connection: Duplex; authority: string; service: string; signal: AbortSignal }): Promise<HealthVerdict> {
  const { connection, authority, service, signal } = options;
  const session = connect(`http://${authority}`, { createConnection: () => connection });
  const abort = () => session.destroy();
  signal.addEventListener("abort", abort, { once: true });
  try {
    const { body, grpcStatus } = await call(session, encodeRequest(service), signal);
    if (grpcStatus !== 0) return { healthy: false, message: explain(grpcStatus) };
    const status = decodeStatus(body);
    return status === serving
      ? { healthy: true, message: "service healthy" }
      : { healthy: false, message: `service unhealthy (responded with "${statusNames[status] ?? status}")` };
  } finally {
    signal.removeEventListener("abort", abort);
    session.destroy();
  }
}

function call(session: ClientHttp2Session, message: Buffer, signal: AbortSignal): Promise<{ body: Buffer; grpcStatus: number }> {
  return new Promise((resolve, reject) => {
    session.on("error", reject);
    const stream: ClientHttp2Stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: "POST",
      [constants.HTTP2_HEADER_PATH]: "/grpc.health.v1.Health/Check",
      [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc",
      te: "trailers",
    });
    const chunks: Buffer[] = [];
    let grpcStatus: number | undefined;
    const note = (headers: Record<string, unknown>) => {
      if (headers["grpc-status"] !== undefined) grpcStatus = Number(headers["grpc-status"]);
    };
    stream.on("response", note);
    stream.on("trailers", note);
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", reject);
    stream.on("close", () => {
      if (signal.aborted) reject(signal.reason as Error);
      else if (grpcStatus === undefined) reject(new Error("the connection was closed without a status"));
      else resolve({ body: Buffer.concat(chunks), grpcStatus });
    });
    stream.end(message);
  });
}

/** A gRPC frame around `HealthCheckRequest { string service = 1 }`. */
function encodeRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const payload = name.length ? Buffer.concat([Buffer.from([0x0a, name.length]), name]) : Buffer.alloc(0);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

/** `HealthCheckResponse { ServingStatus status = 1 }`, inside a gRPC frame; an absent field is 0. */
const decodeStatus = (frame: Buffer): number => (frame.length >= 7 && frame[5] === 0x08 ? frame[6]! : 0);

const unimplemented = 12;

const explain = (grpcStatus: number): string =>
  grpcStatus === unimplemented
    ? "this server does not implement the grpc health protocol (grpc.health.v1.Health)"
    : `rpc error: health rpc failed with code ${grpcStatus}`;
