import { spawn } from "node:child_process";
import { readlinkSync } from "node:fs";
import { fullScript } from "../rules/nftScript.ts";
import type { PodNamespace } from "./podRules.ts";

const namespacePath = (pid: number | "self"): string => `/proc/${pid}/ns/net`;

/** Runs programs in the network namespaces of pods. Needs the engine's pid namespace, SYS_ADMIN, SYS_PTRACE and NET_ADMIN. */
export class LinuxPodNamespace implements PodNamespace {
  /** Namespaces of the engine's host and our own: never programmed, whatever a pid leads to. */
  readonly #spared = new Set(["self" as const, 1].flatMap((pid) => identityOf(pid) ?? []));

  async runScript(pid: number, script: string): Promise<void> {
    if (this.#isSpared(pid)) return;
    await run("nsenter", [`--net=${namespacePath(pid)}`, "nft", "-f", "-"], script);
  }

  async forgetConversations(pid: number, stale: { address: string; port: number; endpoint: string }[]): Promise<void> {
    if (this.#isSpared(pid)) return;
    for (const { address, port, endpoint } of stale) {
      const filter = ["-p", "udp", "--orig-dst", address, "--orig-port-dst", String(port), "--reply-src", endpoint];
      // It fails when there was nothing to forget.
      await run("nsenter", [`--net=${namespacePath(pid)}`, "conntrack", "-D", ...filter]).catch(() => {});
    }
  }

  #isSpared(pid: number): boolean {
    return this.#spared.has(readlinkSync(namespacePath(pid)));
  }
}

/** Undefined where the system keeps its first process to itself. */
function identityOf(pid: number | "self"): string | undefined {
  try {
    return readlinkSync(namespacePath(pid));
  } catch {
    return undefined;
  }
}

/** Why the engine's kernel can't do what the rules need, or undefined when it can: tried in a namespace made for that. */
export async function nftProblem(serviceCIDR: string): Promise<string | undefined> {
  const endpoints = ["10.244.0.1:1"];
  const rules = new Map([
    ["10.96.0.1 . tcp . 1", { endpoints }],
    ["10.96.0.1 . udp . 1", { endpoints, affinitySeconds: 1 }],
  ]);
  try {
    await run("unshare", ["--net", "nft", "-f", "-"], fullScript({ rules }, serviceCIDR));
    return undefined;
  } catch (error) {
    return `nftables can't be used in the container engine's kernel: ${(error as Error).message}`;
  }
}

const longestMessage = 500;

/** @throws Error with what the program wrote to stderr. */
function run(command: string, args: string[], input = ""): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["pipe", "ignore", "pipe"] });
    let problem = "";
    child.stderr.on("data", (text: Buffer) => (problem = (problem + text.toString()).slice(0, longestMessage)));
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(problem.trim() || `${command} ended with ${code}`))));
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}
