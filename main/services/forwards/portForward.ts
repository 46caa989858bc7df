import { createServer, type Server, type Socket } from "node:net";
import { WebSocket } from "ws";
import type { ObjectRef } from "../../../shared/contract.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { queryString } from "../clusters/connection.ts";
import { resourcePath } from "../clusters/discovery.ts";

/** What a forward tells of its connections. */
export interface ForwardListener {
  opened(pod: ObjectRef): void;
  /** Bytes that went to the pod, and that came from it. */
  moved(sent: number, received: number): void;
  closed(problem?: Error): void;
}

export interface OpenForward extends Disposable {
  localPort: number;
}

export interface ForwardRequest {
  cluster: Cluster;
  /** 0 takes a free one. */
  localPort: number;
  /** Asked for each connection: pods come and go. */
  findPod(): Promise<{ pod: ObjectRef; port: number }>;
  listener: ForwardListener;
}

/** Listens on a port of 127.0.0.1 and carries each connection to a port of a pod. @throws Error with `code` EADDRINUSE, EACCES */
export async function startForward({ cluster, localPort, findPod, listener }: ForwardRequest): Promise<OpenForward> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    let problem: Error | undefined;
    socket.on("error", (error) => (problem = error));
    socket.on("close", () => {
      sockets.delete(socket);
      listener.closed(problem);
    });
    socket.pause();
    findPod()
      .then(({ pod, port }) => carry({ cluster, pod, port, socket, listener }))
      .catch((error: Error) => socket.destroy(error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(localPort, "127.0.0.1", resolve);
  });
  const address = server.address();
  return {
    localPort: typeof address === "object" && address ? address.port : localPort,
    [Symbol.dispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

interface Carried extends Pick<ForwardRequest, "cluster" | "listener"> {
  pod: ObjectRef;
  port: number;
  socket: Socket;
}

/** Channel 0 carries the data, 1 the errors; each begins with two bytes of the port's number. */
async function carry({ cluster, pod, port, socket, listener }: Carried): Promise<void> {
  const { url, options } = await cluster.connection.webSocketTarget(resourcePath(pod, "portforward") + queryString({ ports: port }));
  if (socket.destroyed) return;
  const remote = new WebSocket(url, ["v4.channel.k8s.io"], options);
  const greeted = new Set<number>();
  remote.on("open", () => {
    listener.opened(pod);
    socket.resume();
  });
  remote.on("message", (frame: Buffer) => {
    const id = frame[0]!;
    if (!greeted.has(id)) return void greeted.add(id);
    const data = frame.subarray(1);
    if (id !== 0) return void socket.destroy(new Error(data.toString()));
    listener.moved(0, data.length);
    socket.write(data);
  });
  remote.on("close", () => socket.end());
  remote.on("error", (error) => socket.destroy(error));
  socket.on("data", (data) => {
    listener.moved(data.length, 0);
    remote.send(Buffer.concat([Buffer.of(0), data]));
  });
  socket.on("close", () => remote.close());
}
