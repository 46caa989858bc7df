import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, run } from "./machine.ts";

export interface Registry {
  /** `127.0.0.1:5101`. */
  address: string;
  /** Pushes a local image under `name:tag`; returns its full name. */
  push(image: string, name: string): string;
  stop(): Promise<void>;
}

export interface Credentials {
  username: string;
  password: string;
}

/** Starts a registry on loopback (Debian's docker-registry), with a password when `credentials` are given. */
export async function startRegistry({ port, credentials }: { port: number; credentials?: Credentials }): Promise<Registry> {
  const dir = mkdtempSync(join(tmpdir(), "wherry-registry-"));
  const address = `127.0.0.1:${port}`;
  writeFileSync(join(dir, "config.json"), dockerConfig(address, credentials));
  writeFileSync(join(dir, "registry.yml"), registryConfig(dir, address, credentials));
  const server = spawn("docker-registry", ["serve", join(dir, "registry.yml")], { stdio: "ignore" });
  if (!(await eventually(() => answers(port), 15_000))) throw new Error(`the test registry on ${address} did not come up within 15 s`);
  return {
    address,
    push(image, name) {
      const full = `${address}/${name}`;
      run("/usr/bin/docker", ["tag", image, full]);
      run("/usr/bin/docker", ["--config", dir, "push", "-q", full]);
      run("/usr/bin/docker", ["rmi", full]);
      return full;
    },
    async stop() {
      await ended(server);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const dockerConfig = (address: string, credentials?: Credentials): string =>
  JSON.stringify({
    auths: credentials ? { [address]: { auth: Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64") } } : {},
  });

/** JSON is YAML. */
function registryConfig(dir: string, address: string, credentials?: Credentials): string {
  mkdirSync(join(dir, "data"));
  const htpasswd = join(dir, "htpasswd");
  if (credentials) writeFileSync(htpasswd, run("htpasswd", ["-nbB", credentials.username, credentials.password]));
  return JSON.stringify({
    version: 0.1,
    log: { level: "error" },
    storage: { filesystem: { rootdirectory: join(dir, "data") } },
    http: { addr: address },
    ...(credentials ? { auth: { htpasswd: { realm: "test", path: htpasswd } } } : {}),
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve((socket.destroy(), true)));
    socket.once("error", () => resolve(false));
  });
}

function ended(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    server.once("exit", () => resolve());
    server.kill("SIGTERM");
  });
}
