import type { UserInfo } from "../../../shared/kubernetes/types.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { unauthorized } from "../request/statusErrors.ts";
import type { TokenAuthenticator } from "./tokenAuthenticator.ts";
import { anonymous, authenticated } from "./users.ts";

const tokenProtocol = "base64url.bearer.authorization.k8s.io.";

/** Client certificate, then bearer token, else anonymous. @throws Unauthorized for a token that is not valid. */
export function authenticate(call: ApiCall, tokens: TokenAuthenticator): UserInfo {
  if (call.trusted) return authenticated(call.user);
  if (call.certificateUser) return authenticated(call.certificateUser);
  const token = bearerToken(call);
  if (token === undefined) return anonymous;
  const found = tokens.authenticate(token);
  if (!found) throw unauthorized();
  return authenticated(found.user);
}

/** From the Authorization header, or the WebSocket protocol that browsers use instead. */
function bearerToken(call: ApiCall): string | undefined {
  const authorization = call.header("authorization") ?? "";
  if (/^bearer /i.test(authorization)) return authorization.slice(7).trim() || undefined;
  const offered =
    call
      .header("sec-websocket-protocol")
      ?.split(",")
      .map((name) => name.trim()) ?? [];
  const encoded = offered.find((name) => name.startsWith(tokenProtocol));
  return encoded && Buffer.from(encoded.slice(tokenProtocol.length), "base64url").toString();
}
