import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface CommandAnswer {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a real kubectl beside the server in this process, with nothing of the machine's own settings. */
export async function runKubectl(path: string, kubeconfig: string, args: string[]): Promise<CommandAnswer> {
  const home = mkdtempSync(join(tmpdir(), "wherry-kubectl-"));
  const env = { PATH: process.env["PATH"] ?? "", HOME: home, KUBECONFIG: kubeconfig, LANG: "C.UTF-8", TZ: "UTC" };
  try {
    const child = spawn(path, args, { cwd: home, env, stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
    const texts = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) child[name].setEncoding("utf8").on("data", (text: string) => (texts[name] += text));
    const exitCode = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
    return { exitCode, ...texts };
  } finally {
    rmSync(home, { recursive: true });
  }
}
