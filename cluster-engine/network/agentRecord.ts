import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

/** How the agent is reached; kept, so that the next start finds the one that runs. */
export interface AgentRecord {
  token: string;
  /** `host`: in the engine host's network, reached on its loopback. `pod`: in the pod network, reached by a published port. */
  network: "host" | "pod";
  /** Where the agent listens. */
  port: number;
  /** Where it was reached last. */
  address?: { host: string; port: number };
}

const path = (dataDir: string): string => join(dataDir, "network.json");

export function readAgentRecord(dataDir: string): AgentRecord | undefined {
  try {
    return JSON.parse(readFileSync(path(dataDir), "utf8")) as AgentRecord;
  } catch {
    return undefined;
  }
}

export function writeAgentRecord(dataDir: string, record: AgentRecord): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const fresh = `${path(dataDir)}.new`;
  writeFileSync(fresh, JSON.stringify(record), { mode: 0o600 });
  renameSync(fresh, path(dataDir));
}

const portInPodNetwork = 7390;

export async function newAgentRecord(network: AgentRecord["network"]): Promise<AgentRecord> {
  const port = network === "host" ? await freePort() : portInPodNetwork;
  return { token: randomBytes(24).toString("base64url"), network, port };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
