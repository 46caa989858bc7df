import type { JsonObject } from "../../api/json.ts";
import type { Clock } from "../../base/clock.ts";
import type { Answer, WatchEvent } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { protobuf } from "../request/bodyDocument.ts";
import { notAcceptable, notInProtobuf } from "../request/statusErrors.ts";
import { listBytes } from "./listBytes.ts";
import { contentTypes, negotiate, type Representation } from "./negotiation.ts";
import { transformed } from "./transform.ts";
import { watchFrame } from "./watchFrames.ts";

/** An answer in bytes. */
export interface EncodedAnswer {
  code: number;
  headers: Record<string, string>;
  body: Uint8Array | string;
}

type Encodable = Extract<Answer, { type: "object" | "list" | "document" }>;

/** Puts an answer into the form that the client accepts. @throws NotAcceptable */
export async function encodeAnswer(answer: Encodable, call: ApiCall, clock: Clock): Promise<EncodedAnswer> {
  const negotiated = negotiate(call.header("accept"), call.userAgent, call.query.get("pretty"), answer.type !== "document");
  // What is no API object, such as the version, has one form.
  const wanted: Representation = answer.type === "document" && !("kind" in answer.document) ? { ...negotiated, format: "json" } : negotiated;
  const code = answer.type === "list" ? 200 : answer.code;
  const headers: Record<string, string> = { "content-type": contentTypes[wanted.format], ...(answer.type === "document" ? answer.headers : {}) };
  if (wanted.format === "json" && !wanted.pretty && !wanted.as) return { code, headers, body: storedJson(answer) };
  if (answer.type === "document") return { code, headers, body: await inFormat(answer.document, wanted) };
  const document = wanted.as ? transformed(answer, wanted, call, clock) : (JSON.parse(Buffer.from(storedJson(answer)).toString()) as object);
  return { code, headers, body: await inFormat(document, wanted) };
}

/** Stored bytes, untouched. */
function storedJson(answer: Encodable): Uint8Array | string {
  if (answer.type === "document") return `${JSON.stringify(answer.document)}\n`;
  if (answer.type === "list") return listBytes(answer.resource, answer.items, answer.metadata);
  return answer.object.bytes;
}

async function inFormat(document: object, { format, pretty }: Representation): Promise<Uint8Array | string> {
  if (format === "json") return `${JSON.stringify(document, undefined, pretty ? 2 : undefined)}\n`;
  if (format === "yaml") return (await import("../request/yaml.ts")).toYaml(document);
  if ((document as JsonObject)["kind"] === "Table") throw notInProtobuf("*v1.Table");
  return (await protobuf()).encodeProtobuf({ apiVersion: "v1", ...document });
}

/** Turns the events of one watch into frames for the client. @throws NotAcceptable */
export function watchEncoder(
  answer: Extract<Answer, { type: "watch" }>,
  call: ApiCall,
  clock: Clock,
): { contentType: string; frame(event: WatchEvent): Uint8Array } {
  const wanted = negotiate(call.header("accept"), call.userAgent, call.query.get("pretty"));
  if (wanted.format === "protobuf") throw notAcceptable([contentTypes.json]);
  if (!wanted.as) return { contentType: contentTypes.json, frame: watchFrame };
  let first = true;
  const frame = (event: WatchEvent) => {
    if (!("bytes" in event.object)) return watchFrame(event);
    const object = transformed({ type: "object", code: 200, resource: answer.resource, object: event.object }, wanted, call, clock, {
      headers: first,
      bookmark: event.type === "BOOKMARK",
    });
    first = false;
    return Buffer.from(`${JSON.stringify({ type: event.type, object })}\n`);
  };
  return { contentType: contentTypes.json, frame };
}
