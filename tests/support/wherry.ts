import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = process.env["WHERRY_PROGRAM"] ?? join(root, "out/main/cli.js");

export interface RunningWherry {
  dataDir: string;
  url: string;
  kubeconfig: string;
  /** ms from the start of the process to the ready line, as it printed it. */
  readyMs: number;
  process: ChildProcess;
  /** What `wherry …` prints; fails with its error output when it does not succeed. */
  wherry(...args: string[]): string;
  /** Ends the engine with a signal and waits until it is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Stops the engine, removes its pods and its data. */
  destroy(): Promise<void>;
}

export interface StartOptions {
  dataDir?: string;
  runtime?: "docker" | "simulated";
  nodes?: number;
  port?: number;
  env?: NodeJS.ProcessEnv;
  /** How many file descriptors the engine may have; the system's limit when absent. */
  descriptors?: number;
}

export const temporaryDataDir = (): string => mkdtempSync(join(tmpdir(), "wherry-test-"));

/** Starts the built `wherry start --headless` and waits for its ready line. */
export async function startWherry({
  dataDir = temporaryDataDir(),
  runtime = "docker",
  nodes = 1,
  port = 0,
  env,
  descriptors,
}: StartOptions = {}): Promise<RunningWherry> {
  const args = ["start", "--headless", "--data-dir", dataDir, "--runtime", runtime, "--nodes", String(nodes), "--port", String(port)];
  const limit = descriptors ? ["bash", "-c", `ulimit -n ${descriptors}; exec "$@"`, "bash"] : [];
  const [command, ...rest] = [...limit, process.execPath, program, ...args] as [string, ...string[]];
  const engine = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  const ready = await readyLine(engine);
  const wherry = (...command: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...command, "--data-dir", dataDir], { encoding: "utf8" });
    if (status !== 0) throw new Error(`wherry ${command.join(" ")} ended with ${status}: ${stderr}`);
    return stdout;
  };
  const kill = async (signal: NodeJS.Signals) => {
    if (engine.exitCode !== null || engine.signalCode !== null) return;
    const gone = new Promise((resolve) => engine.once("exit", resolve));
    engine.kill(signal);
    await gone;
  };
  const destroy = async () => {
    await kill("SIGTERM");
    if (runtime === "docker") wherry("stop", "--pods");
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { dataDir, ...ready, process: engine, wherry, kill, destroy };
}

async function readyLine(engine: ChildProcess): Promise<{ url: string; kubeconfig: string; readyMs: number }> {
  let errors = "";
  engine.stderr!.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  for await (const line of createInterface({ input: engine.stdout! })) {
    const match = /^ready (https:\S+) in (\d+) ms \(kubeconfig (.*)\)$/.exec(line);
    if (match) return { url: match[1]!, readyMs: Number(match[2]), kubeconfig: match[3]! };
  }
  throw new Error(`the engine ended before it was ready:\n${errors}`);
}
