import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./machine.ts";

const oldestMinor = 34;
const builtVersion = "v1.36.3";

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Paths of all real kubectls ≥ 1.34 that are to be had; one is built from its Go module when there is none. */
export function kubectls(): string[] {
  const caches = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const built = join(caches, "wherry", `kubectl-${builtVersion}`);
  const candidates = [
    process.env["WHERRY_KUBECTL"],
    "/usr/bin/kubectl",
    "/usr/local/bin/kubectl",
    join(caches, "kubernetes-peers/bin/kubectl"),
    built,
  ];
  const found = candidates.filter((path): path is string => Boolean(path) && existsSync(path!) && minorOf(path!) >= oldestMinor);
  return found.length > 0 ? found : [build(built)];
}

function minorOf(path: string): number {
  const { stdout } = spawnSync(path, ["version", "--client", "-o", "json"], { encoding: "utf8" });
  return Number(/"minor": "(\d+)/.exec(stdout ?? "")?.[1] ?? 0);
}

function build(path: string): string {
  if (spawnSync("go", ["version"]).status !== 0) {
    throw new Error(
      `the tests need a real kubectl of 1.${oldestMinor} or newer: put one on PATH, name it in WHERRY_KUBECTL, or install Go to have one built`,
    );
  }
  console.error("set-up: building kubectl");
  const work = mkdtempSync(join(tmpdir(), "wherry-kubectl-"));
  cpSync(fileURLToPath(new URL("kubectl", import.meta.url)), work, { recursive: true });
  const [major, minor] = builtVersion.slice(1).split(".");
  const variables = { gitVersion: builtVersion, gitMajor: major, gitMinor: minor };
  const flags = Object.entries(variables).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  mkdirSync(join(path, ".."), { recursive: true });
  run("go", ["build", "-ldflags", ["-s -w", ...flags].join(" "), "-o", path, "."], {
    cwd: work,
    env: { ...process.env, GOFLAGS: "-mod=mod", CGO_ENABLED: "0" },
  });
  rmSync(work, { recursive: true });
  return path;
}

/** A kubectl bound to one kubeconfig. */
export function kubectlOn(path: string, kubeconfig: string) {
  return (args: string[], { cwd, input }: { cwd?: string; input?: string } = {}): Outcome => {
    const env = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", KUBECONFIG: kubeconfig };
    const { status, stdout, stderr } = spawnSync(path, args, { encoding: "utf8", env, cwd, input, timeout: 120_000 });
    return { code: status, stdout, stderr };
  };
}

/** The same for tests whose own process answers: it must not stand still meanwhile. */
export function kubectlAside(path: string, kubeconfig: string) {
  return (args: string[], { input = "" }: { input?: string } = {}): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      const env = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", KUBECONFIG: kubeconfig };
      const child = spawn(path, args, { env, timeout: 120_000 });
      const outcome = { stdout: "", stderr: "" };
      for (const stream of ["stdout", "stderr"] as const) child[stream].on("data", (text: Buffer) => (outcome[stream] += text.toString()));
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, ...outcome }));
      child.stdin.end(input);
    });
}
