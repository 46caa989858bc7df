import { STATUS_CODES } from "node:http";
import { createServer, type ServerHttp2Stream } from "node:http2";
import { duplexPair, type Duplex } from "node:stream";
import type { Serve, Server } from "./process.ts";

/** A connection to a server of a simulated pod. */
export function simulatedConnection(server: Server): Duplex {
  const [near, far] = duplexPair();
  far.on("error", () => {});
  near.on("error", () => {});
  if (server === "grpc") createServer().on("stream", answerHealth).emit("connection", far);
  else answerHttp(far, server);
  return near;
}

/** Every HTTP request is answered as `serve` says. */
function answerHttp(far: Duplex, serve: Serve): void {
  let head = "";
  far.on("data", (chunk: Buffer) => {
    head += chunk.toString("latin1");
    if (!head.includes("\r\n\r\n")) return;
    const [, url = "/"] = /^\S+ (?:https?:\/\/[^/ ]+)?(\S*)/.exec(head) ?? [];
    head = "";
    const { status, text } = serve(url);
    const body = `${text}\n`;
    const headers = `content-type: text/plain\r\ncontent-length: ${Buffer.byteLength(body)}`;
    far.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Simulated"}\r\n${headers}\r\n\r\n${body}`);
  });
  far.on("end", () => far.end());
}

/** grpc.health.v1.Health/Check: SERVING. */
function answerHealth(stream: ServerHttp2Stream): void {
  stream.on("error", () => {});
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(Buffer.from([0, 0, 0, 0, 2, 0x08, 1]));
}
