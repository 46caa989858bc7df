import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { ApiCall } from "../request/apiCall.ts";
import { badRequest } from "../request/statusErrors.ts";

/** What a client wants to make of its connection. */
export type UpgradeKind = "websocket" | "spdy";

/** @throws BadRequest when the request asks for no upgrade that is known here */
export function upgradeKind(call: ApiCall): UpgradeKind {
  const wanted = call.header("upgrade")?.toLowerCase() ?? "";
  if (call.upgrade && wanted === "websocket") return "websocket";
  if (call.upgrade && wanted === "spdy/3.1") return "spdy";
  throw badRequest("Upgrade request required");
}

/** Takes over the connection as a WebSocket. `protocols` in order of preference. @throws BadRequest when none fits */
export async function acceptWebSocket(call: ApiCall, protocols: string[]): Promise<{ socket: WebSocket; protocol: string }> {
  const offered =
    call
      .header("sec-websocket-protocol")
      ?.split(",")
      .map((name) => name.trim())
      .filter(Boolean) ?? [];
  const protocol = offered.length ? protocols.find((name) => offered.includes(name)) : "";
  if (protocol === undefined)
    throw badRequest(`unable to negotiate protocol: client supports [${offered.join(" ")}], server supports [${protocols.join(" ")}]`);
  const { WebSocketServer } = await import("ws");
  const server = new WebSocketServer({
    noServer: true,
    handleProtocols: () => protocol || false,
    perMessageDeflate: false,
    maxPayload: 64 * 1024 * 1024,
  });
  const { request, socket, head } = call.upgrade!;
  detachResponse(socket);
  return new Promise((resolve) => server.handleUpgrade(request, socket, head, (accepted) => resolve({ socket: accepted, protocol })));
}

/** Takes over the connection as SPDY/3.1. @throws BadRequest when no protocol fits */
export function acceptSpdy(call: ApiCall, protocols: string[]): { socket: Duplex; head: Buffer; protocol: string } {
  const offered =
    call
      .header("x-stream-protocol-version")
      ?.split(",")
      .map((name) => name.trim())
      .filter(Boolean) ?? [];
  const protocol = protocols.find((name) => offered.includes(name));
  if (!protocol)
    throw badRequest(
      `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(" ")}], server supports [${protocols.join(" ")}]`,
    );
  const { socket, head } = call.upgrade!;
  detachResponse(socket);
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`);
  return { socket, head, protocol };
}

/** The answer that was waiting on the socket for a refusal lets go of it. */
function detachResponse(socket: Duplex): void {
  const waiting = (socket as { _httpMessage?: { detachSocket(socket: Duplex): void } })._httpMessage;
  waiting?.detachSocket(socket);
}
