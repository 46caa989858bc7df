import type { ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Clock } from "../../base/clock.ts";
import { encodeAnswer, watchEncoder } from "../encoding/encodeAnswer.ts";
import { watchFrame } from "../encoding/watchFrames.ts";
import type { Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { statusOf } from "../request/statusErrors.ts";

/** HTTP/2 answers have the same methods by Node's compatibility layer. */
export type Response = ServerResponse;

const gzipAsync = promisify(gzip);
/** Smaller bodies go uncompressed, as Kubernetes does. */
const gzipFrom = 128 * 1024;
/** A watcher that lets so much pile up is ended; it starts anew where it was. */
const watchBufferLimit = 64 * 1024 * 1024;

/** Sends an answer. The connection's end ends a watch or stream. */
export async function respond(call: ApiCall, answer: Answer, response: Response, clock: Clock): Promise<void> {
  switch (answer.type) {
    case "taken":
      return;
    case "watch":
      return sendWatch(call, answer, response, clock);
    case "stream":
      response.writeHead(answer.code, headersOf(call, answer.headers));
      answer.body.on("error", () => response.destroy());
      call.signal.addEventListener("abort", () => answer.body.destroy(), { once: true });
      answer.body.pipe(response);
      return;
    case "bytes":
      return sendBytes(call, response, answer.code, answer.headers, answer.body);
    default: {
      const { code, headers, body } = await encodeAnswer(answer, call, clock);
      return sendBytes(call, response, code, headers, body);
    }
  }
}

async function sendBytes(call: ApiCall, response: Response, code: number, headers: Record<string, string>, body: Uint8Array | string): Promise<void> {
  let bytes = typeof body === "string" ? Buffer.from(body) : body;
  const all = headersOf(call, headers);
  if (bytes.length >= gzipFrom && /\bgzip\b/.test(call.header("accept-encoding") ?? "") && !all["content-encoding"]) {
    bytes = await gzipAsync(bytes, { level: 1 });
    all["content-encoding"] = "gzip";
    all.vary = "Accept-Encoding";
  }
  all["content-length"] = String(bytes.length);
  response.writeHead(code, all);
  if (call.method === "HEAD") response.end();
  else response.end(bytes);
}

function sendWatch(call: ApiCall, answer: Extract<Answer, { type: "watch" }>, response: Response, clock: Clock): void {
  const { contentType, frame } = watchEncoder(answer, call, clock);
  response.writeHead(200, headersOf(call, { "content-type": contentType }));
  response.flushHeaders();
  let frames: Uint8Array[] = [];
  let scheduled = false;
  let running: Disposable | undefined;
  // Frames of one turn go out as one chunk.
  const flush = () => {
    scheduled = false;
    if (!frames.length) return;
    const chunk = frames.length === 1 ? frames[0]! : Buffer.concat(frames);
    frames = [];
    if (response.writableEnded || response.destroyed) return;
    response.write(chunk);
    if ((response.writableLength ?? 0) > watchBufferLimit) finish();
  };
  const finish = () => {
    flush();
    if (!response.writableEnded) response.end();
    running?.[Symbol.dispose]();
  };
  running = answer.start({
    onEvent(event) {
      try {
        frames.push(frame(event));
      } catch (error) {
        // What can't be shown ends this watch alone.
        frames.push(watchFrame({ type: "ERROR", object: statusOf(error).status }));
        return finish();
      }
      if (scheduled) return;
      scheduled = true;
      queueMicrotask(flush);
    },
    onEnd: finish,
  });
  call.signal.addEventListener("abort", () => running?.[Symbol.dispose](), { once: true });
}

function headersOf(call: ApiCall, headers: Record<string, string>): Record<string, string | string[]> {
  const all: Record<string, string | string[]> = { "cache-control": "no-cache, private", ...headers };
  if (call.warnings.length) all.warning = call.warnings.map((text) => `299 - "${headerText(text.replace(/[\\"]/g, "\\$&"))}"`);
  return all;
}

/** On one line, as UTF-8 in the characters that Node takes for bytes. */
const headerText = (text: string): string => Buffer.from(text.replace(/\p{Cc}+/gu, " ")).toString("latin1");
