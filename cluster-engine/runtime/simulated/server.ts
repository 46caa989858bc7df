import { STATUS_CODES } from "node:http";
import { duplexPair, type Duplex } from "node:stream";
import type { Serve } from "./process.ts";

/** A connection to a simulated pod: every HTTP request is answered as `serve` says. */
export function simulatedConnection(serve: Serve): Duplex {
  const [near, far] = duplexPair();
  let head = "";
  far.on("data", (chunk: Buffer) => {
    head += chunk.toString("latin1");
    if (!head.includes("\r\n\r\n")) return;
    const [, path = "/"] = /^\S+ (?:https?:\/\/[^/ ]+)?([^? ]*)/.exec(head) ?? [];
    head = "";
    const { status, text } = serve(path);
    const body = `${text}\n`;
    const headers = `content-type: text/plain\r\ncontent-length: ${Buffer.byteLength(body)}`;
    far.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Simulated"}\r\n${headers}\r\n\r\n${body}`);
  });
  far.on("end", () => far.end());
  far.on("error", () => {});
  near.on("error", () => {});
  return near;
}
