import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const nodes = 2;

export interface Engine {
  kubeconfig: string;
  stop(): Promise<void>;
}

/** Starts a cluster of two simulated nodes from the sources. @throws Error with its output when it does not come up. */
export async function startEngine(dataDir: string): Promise<Engine> {
  const tsx = createRequire(import.meta.url).resolve("tsx");
  const program = ["--import", tsx, `${root}/main/cli/index.ts`, "start", "--headless"];
  const options = ["--data-dir", dataDir, "--runtime", "simulated", "--nodes", String(nodes), "--port", "0"];
  const engine = spawn(process.execPath, [...program, ...options], { stdio: ["ignore", "pipe", "pipe"] });
  const kubeconfig = await readyKubeconfig(engine);
  return {
    kubeconfig,
    async stop() {
      if (engine.exitCode !== null) return;
      const gone = new Promise((resolve) => engine.once("exit", resolve));
      engine.kill("SIGTERM");
      await gone;
    },
  };
}

async function readyKubeconfig(engine: ChildProcess): Promise<string> {
  let errors = "";
  engine.stderr!.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  for await (const line of createInterface({ input: engine.stdout! })) {
    const match = /^ready \S+ in \d+ ms \(kubeconfig (.*)\)$/.exec(line);
    if (match) return match[1]!;
  }
  throw new Error(`the engine ended before it was ready:\n${errors}`);
}
