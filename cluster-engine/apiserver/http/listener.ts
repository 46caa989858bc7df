import { type IncomingMessage, ServerResponse } from "node:http";
import { createSecureServer, type Http2SecureServer, type Http2ServerRequest } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { UserInfo } from "../../../shared/kubernetes/types.ts";
import { userOfCertificate } from "../authentication/users.ts";
import { networkCall } from "./networkCall.ts";
import type { Response } from "./respond.ts";
import type { ApiCall } from "../request/apiCall.ts";

/** Bytes of request line and headers, as Go has it: selectors can be long. */
const maxHeaderListSize = 1024 * 1024;

export interface ListenerOptions {
  host: string;
  port: number;
  /** PEM. */
  serving: { cert: string; key: string };
  /** PEM; client certificates must be signed by it. */
  clientCA: string;
  handle(call: ApiCall, response: Response): Promise<void>;
}

export interface Listener {
  port: number;
  close(): Promise<void>;
}

/** HTTP/1.1 and HTTP/2 over TLS on one port. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const server = createSecureServer({
    allowHTTP1: true,
    requestCert: true,
    // A missing certificate is no refusal: tokens and anonymous requests come without. A bad one gives nobody.
    rejectUnauthorized: false,
    ca: options.clientCA,
    cert: options.serving.cert,
    key: options.serving.key,
    settings: { maxConcurrentStreams: 1000, initialWindowSize: 1024 * 1024, maxHeaderListSize },
  });
  // Read by Node's HTTP/1.1 side of the server, which takes no such option.
  Object.assign(server, { maxHeaderSize: maxHeaderListSize });
  const sockets = trackSockets(server);
  server.on("request", (request: IncomingMessage | Http2ServerRequest, response: Response) => {
    void options.handle(networkCall({ request, response, certificateUser: certificateUserOf(request) }), response);
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const response = new ServerResponse(request);
    response.assignSocket(socket as Socket);
    response.on("finish", () => socket.end());
    response.shouldKeepAlive = false;
    void options.handle(
      networkCall({ request, response, certificateUser: certificateUserOf(request), upgrade: { request, socket, head } }),
      response,
    );
  });
  server.on("sessionError", () => undefined);
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => resolve());
  });
  return { port: (server.address() as AddressInfo).port, close: () => closeServer(server, sockets) };
}

function trackSockets(server: Http2SecureServer): Set<Duplex> {
  const sockets = new Set<Duplex>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  });
  return sockets;
}

async function closeServer(server: Http2SecureServer, sockets: Set<Duplex>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of sockets) socket.destroy();
  await closed;
}

const identities = new WeakMap<object, { user: UserInfo | undefined }>();

/** Proven once a connection. A certificate that the CA did not sign proves nobody. */
function certificateUserOf(request: IncomingMessage | Http2ServerRequest): UserInfo | undefined {
  const connection: object = "stream" in request && request.stream.session ? request.stream.session : request.socket;
  let known = identities.get(connection);
  if (!known) identities.set(connection, (known = { user: proveIdentity(request.socket as TLSSocket) }));
  return known.user;
}

function proveIdentity(socket: TLSSocket): UserInfo | undefined {
  if (!socket.authorized) return undefined;
  const certificate = socket.getPeerCertificate();
  return certificate.raw ? userOfCertificate(certificate) : undefined;
}
