import { document, text, type Answer } from "./request/answer.ts";
import { processMetrics } from "./metrics/processMetrics.ts";
import type { ApiCall } from "./request/apiCall.ts";
import { methodNotAllowed } from "./request/statusErrors.ts";
import type { ServerContext } from "./serverContext.ts";

export type Route = (call: ApiCall, context: ServerContext) => Answer | Promise<Answer>;

/** What `kubectl version` shows. */
const version = {
  major: "1",
  minor: "36",
  emulationMajor: "1",
  emulationMinor: "36",
  minCompatibilityMajor: "1",
  minCompatibilityMinor: "35",
  gitVersion: "v1.36.3",
  gitCommit: "0000000000000000000000000000000000000000",
  gitTreeState: "clean",
  buildDate: "2026-08-12T00:00:00Z",
  goVersion: "go1.26.0",
  compiler: "gc",
  platform: `linux/${process.arch === "x64" ? "amd64" : process.arch}`,
};

const healthy: Route = (call) =>
  call.query.has("verbose") ? text(`[+]ping ok\n[+]store ok\n${call.path.slice(1).split("/")[0]} check passed\n`) : text("ok");

/** Paths that are about no resource. A path ending in `/*` takes everything below it. */
export const routes: Record<string, Route> = {
  "/healthz": healthy,
  "/healthz/*": healthy,
  "/livez": healthy,
  "/livez/*": healthy,
  "/readyz": healthy,
  "/readyz/*": healthy,
  "/version": () => document(version),
  "/metrics": (_, { metrics }) => ({
    type: "bytes",
    code: 200,
    body: metrics.text() + processMetrics(),
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
  }),
  "/openid/v1/jwks": (_, { jwtKeys }) => document(jwtKeys.keySet()),
  "/.well-known/openid-configuration": (_, { jwtKeys, issuer }) =>
    document({
      issuer,
      jwks_uri: `${issuer}/openid/v1/jwks`,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: jwtKeys.algorithms,
    }),
};

/** The route of a path; undefined when there is none. @throws MethodNotAllowed */
export function findRoute(call: ApiCall, table: Record<string, Route>): Route | undefined {
  const path = call.path.length > 1 ? call.path.replace(/\/$/, "") : call.path;
  const route =
    table[path] ??
    prefixes(path)
      .map((prefix) => table[`${prefix}/*`])
      .find((found) => found !== undefined);
  if (route && call.method !== "GET" && call.method !== "HEAD") throw methodNotAllowed();
  return route;
}

/** `/a/b/c` is below `/a/b` and `/a`. */
function prefixes(path: string): string[] {
  const found: string[] = [];
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) found.push(path.slice(0, end));
  return found;
}
