import { createHash } from "node:crypto";
import type { Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";

export const digest = (body: string | Uint8Array): string => createHash("sha512").update(body).digest("hex").toUpperCase();

/** A body that clients may keep while its ETag holds. */
export function cachable(call: ApiCall, body: string | Uint8Array, contentType: string, hash = digest(body)): Answer {
  const etag = `"${hash}"`;
  const headers = { etag, vary: "Accept", "cache-control": "public" };
  if (call.header("if-none-match") === etag) return { type: "bytes", code: 304, headers, body: "" };
  return { type: "bytes", code: 200, headers: { ...headers, "content-type": contentType }, body };
}
