import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { ApiCall } from "../request/apiCall.ts";
import { forbidden } from "../request/statusErrors.ts";

/** The DNS names that the serving certificate proves, in lower case. `serving` is PEM. */
export function provenNames(serving: string): ReadonlySet<string> {
  const names = new X509Certificate(serving).subjectAltName ?? "";
  return new Set([...names.matchAll(/DNS:([^,\s]+)/g)].map(([, name]) => name!.toLowerCase()));
}

/**
 * Refuses what a page of the web may make a browser send: a name of its own that it pointed at this machine (DNS
 * rebinding), or a request across origins. Programs send no Origin, or one of this machine.
 * @throws Forbidden
 */
export function refuseForeign(call: Pick<ApiCall, "header">, names: ReadonlySet<string>): void {
  const authority = call.header(":authority") ?? call.header("host");
  const origin = call.header("origin");
  if (origin === undefined && (authority === undefined || plainAuthority.test(authority))) return;
  const host = authority === undefined ? undefined : hostOf(`https://${authority}`);
  if (authority !== undefined && !(host && isOurs(host, names)))
    throw refused(`${JSON.stringify(authority)} is no name of this server: use an IP address or a name of its certificate`);
  if (origin === undefined) return;
  const from = hostOf(origin);
  if (!from || !(isLoopback(from) || from === host)) throw refused(`requests of ${JSON.stringify(origin)} are not answered`);
}

const refused = (problem: string) => forbidden({ group: "", resource: "" }, "", problem.slice(0, 300));

/** An address or localhost, as nearly every request has it. */
const plainAuthority = /^(localhost|[\d.]+|\[[\da-f:]+\])(:\d+)?$/i;

/** The host of a URL, in lower case and without brackets; undefined for what is none. */
function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, "") : undefined;
}

const isLoopback = (host: string) => host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
const isOurs = (host: string, names: ReadonlySet<string>) => host === "localhost" || isIP(host) !== 0 || names.has(host.replace(/\.$/, ""));
