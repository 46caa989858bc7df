import { badRequest } from "../request/statusErrors.ts";

/** Where a list goes on: the same JSON that Kubernetes puts into its tokens. */
interface ContinueToken {
  v: "meta.k8s.io/v1";
  /** The revision that the list shows; -1: the latest. */
  rv: number;
  /** The last key that was sent, relative to the list's prefix, and a zero character. */
  start: string;
}

/** `lastKey` is relative to the list's prefix. */
export const encodeContinue = (lastKey: string, revision: number): string =>
  Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start: `${lastKey}\0` } satisfies ContinueToken)).toString("base64url");

/** @throws BadRequest with the texts of k8s.io/apiserver/pkg/storage. */
export function decodeContinue(token: string): { lastKey: string; revision: number } {
  const problem = (detail: string) => badRequest(`invalid continue token: continue key is not valid: ${detail}`);
  const bad = /[^A-Za-z0-9_-]/.exec(token);
  if (bad) throw problem(`illegal base64 data at input byte ${bad.index}`);
  const value = parse(Buffer.from(token, "base64url").toString());
  if (!value) throw problem("invalid character");
  if (value.v !== "meta.k8s.io/v1")
    throw badRequest(`invalid continue token: continue key is not valid: server does not recognize this encoded version ${value.v ?? ""}`);
  if (!value.rv) throw problem("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  if (!value.start) throw problem("encoded start key empty (version meta.k8s.io/v1)");
  if (value.start.startsWith("/") || value.start.split("/").includes("..")) throw problem(value.start);
  return { lastKey: value.start.replace(/\0$/, ""), revision: value.rv };
}

function parse(text: string): Partial<ContinueToken> | undefined {
  try {
    return JSON.parse(text) as Partial<ContinueToken>;
  } catch {
    return undefined;
  }
}
