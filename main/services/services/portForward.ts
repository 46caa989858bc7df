import { createServer, type Server, type Socket } from "node:net";
import { WebSocket } from "ws";
import type { ObjectRef } from "../../../shared/contract.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { queryString } from "../clusters/connection.ts";
import { resourcePath } from "../clusters/discovery.ts";

export interface Forward extends Disposable {
  localPort: number;
}

/** Listens on a free port of 127.0.0.1 and carries each connection to a port of a pod. `findPod` is asked for each: pods come and go. */
export async function startForward(cluster: Cluster, findPod: () => Promise<{ pod: ObjectRef; port: number }>): Promise<Forward> {
  const server: Server = createServer((socket) => {
    findPod()
      .then(({ pod, port }) => carry(cluster, pod, port, socket))
      .catch((error: Error) => socket.destroy(error));
    socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  return { localPort: typeof address === "object" && address ? address.port : 0, [Symbol.dispose]: () => void server.close() };
}

/** Channel 0 carries the data, 1 the errors; each begins with two bytes of the port's number. */
async function carry(cluster: Cluster, pod: ObjectRef, port: number, socket: Socket): Promise<void> {
  const { url, options } = await cluster.connection.webSocketTarget(resourcePath(pod, "portforward") + queryString({ ports: port }));
  const remote = new WebSocket(url, ["v4.channel.k8s.io"], options);
  const greeted = new Set<number>();
  socket.pause();
  remote.on("open", () => socket.resume());
  remote.on("message", (frame: Buffer) => {
    const id = frame[0]!;
    if (!greeted.has(id)) return void greeted.add(id);
    if (id === 0) socket.write(frame.subarray(1));
    else socket.destroy(new Error(frame.subarray(1).toString()));
  });
  remote.on("close", () => socket.end());
  remote.on("error", (error) => socket.destroy(error));
  socket.on("data", (data) => remote.send(Buffer.concat([Buffer.of(0), data])));
  socket.on("close", () => remote.close());
}
