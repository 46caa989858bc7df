import { rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";

export interface DockerProxy {
  /** For DOCKER_HOST. */
  address: string;
  /** Ends all connections and refuses new ones, as a stopped engine does. */
  cut(): Promise<void>;
  restore(): Promise<void>;
}

/** A way to the container engine that can be cut, so that a test need not stop the engine that others use. */
export async function startDockerProxy(dir: string, engine = "/var/run/docker.sock"): Promise<DockerProxy> {
  const path = join(dir, "docker.sock");
  const open = new Set<Socket>();
  let server: Server;
  const joinTo = (from: Socket, to: Socket) => {
    open.add(from);
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.on("close", () => {
      open.delete(from);
      to.destroy();
    });
  };
  const restore = () =>
    new Promise<void>((resolve) => {
      server = createServer({ allowHalfOpen: true }, (client) => {
        const target = connect({ path: engine, allowHalfOpen: true });
        joinTo(client, target);
        joinTo(target, client);
      }).listen(path, () => resolve());
    });
  const cut = () =>
    new Promise<void>((resolve) => {
      server.close(() => {
        rmSync(path, { force: true });
        resolve();
      });
      for (const socket of open) socket.destroy();
    });
  await restore();
  return { address: `unix://${path}`, cut, restore };
}
