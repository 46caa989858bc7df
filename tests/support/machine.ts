import { spawn, spawnSync, type SpawnSyncOptions } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianLibraries } from "../../main/setup/libraries.ts";

// The part of the machine that tests need beyond npm packages: OS packages, a display, a container engine, and the guard
// that keeps Service addresses on this machine.

const packages = [
  "docker.io",
  "apparmor",
  "cgroupfs-mount",
  "iptables",
  "nftables",
  "iproute2",
  "xvfb",
  "xauth",
  "mmdebstrap",
  "busybox-static",
  "openssl",
  "docker-registry",
  "apache2-utils",
  "unzip",
  "curl",
  ...debianLibraries,
];
const say = (text: string) => console.error(`set-up: ${text}`);

/** Runs a command to its end. @throws Error with its output when it fails. */
export function run(command: string, args: string[], options: SpawnSyncOptions = {}): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
  if (error) throw error;
  if (status !== 0)
    throw new Error(`${command} ${args.join(" ")} failed (${status}):\n${String(stdout).slice(-2000)}\n${String(stderr).slice(-2000)}`);
  return String(stdout);
}

const succeeds = (command: string, args: string[]) => spawnSync(command, args, { stdio: "ignore" }).status === 0;
const isRoot = () => process.getuid?.() === 0;

/** A package that was removed is still known to dpkg. */
function isInstalled(name: string): boolean {
  const { stdout } = spawnSync("dpkg-query", ["-W", "-f", "${db:Status-Status}", name], { encoding: "utf8" });
  return stdout === "installed";
}

/** Installs what is missing of the OS packages (Debian, as root); elsewhere says what to install. */
export function ensurePackages(): void {
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const command = `apt-get update && apt-get install -y ${missing.join(" ")}`;
  if (!isRoot() || !existsSync("/usr/bin/apt-get")) throw new Error(`Missing OS packages. Install them first (on Debian, as root): ${command}`);
  say(`installing ${missing.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  run("apt-get", ["update", "-q"], { env });
  run("apt-get", ["install", "-qy", "--no-install-recommends", ...missing], { env });
}

/** Starts a Docker engine when none answers; it outlives the tests. */
export async function ensureEngine(): Promise<void> {
  if (succeeds("docker", ["info"])) return;
  if (!isRoot())
    throw new Error(
      "No container engine answers. Start Docker (on Debian: apt-get install docker.io; systemctl start docker), then run the tests again",
    );
  // Where no service manager did it, control groups are not mounted.
  if (!existsSync("/sys/fs/cgroup/devices") && !existsSync("/sys/fs/cgroup/cgroup.controllers")) run("cgroupfs-mount", []);
  const log = join(tmpdir(), "wherry-dockerd.log");
  say(`starting dockerd (log: ${log})`);
  const output = openSync(log, "a");
  spawn("dockerd", ["--storage-driver=overlay2"], { detached: true, stdio: ["ignore", output, output] }).unref();
  if (!(await eventually(() => succeeds("docker", ["info"]), 60_000))) throw new Error(`dockerd did not come up within 60 s: see ${log}`);
}

/** Starts a display when there is none, and points this process at it. */
export async function ensureDisplay(): Promise<void> {
  if (process.env["DISPLAY"]) return;
  const display = ":97";
  const socket = "/tmp/.X11-unix/X97";
  if (!(await accepts(socket))) {
    spawn("Xvfb", [display, "-screen", "0", "1600x1000x24", "-nolisten", "tcp"], { detached: true, stdio: "ignore" }).unref();
    if (!(await eventually(() => accepts(socket), 20_000))) throw new Error("Xvfb did not come up within 20 s");
  }
  process.env["DISPLAY"] = display;
}

/** Whether somebody listens on a socket file; one that a dead server left behind does not count. */
function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => resolve((socket.destroy(), true)));
    socket.once("error", () => resolve(false));
  });
}

/**
 * Keeps Service and pod addresses on this machine: without a rule such an address would leave by the default route.
 * As root it sets a blackhole route and a filter on the outward interface; else it says how.
 */
export function ensureGuard(): void {
  if (succeeds("ip", ["route", "get", "10.96.0.1"]) === false) return;
  const outward = /default .*dev (\S+)/.exec(run("ip", ["route"]))?.[1];
  if (!isRoot()) throw new Error("Service addresses could leave this machine. Set the guard first, as root: ip route add blackhole 10.96.0.0/12");
  if (outward) setFilter(outward);
  run("ip", ["route", "add", "blackhole", "10.96.0.0/12"]);
}

function setFilter(outward: string): void {
  const chain = (hook: string) =>
    `chain ${hook} { type filter hook ${hook} priority 0; oifname "${outward}" ip daddr { 10.96.0.0/12, 10.244.0.0/15 } drop; }`;
  run("nft", ["-f", "-"], { input: `table inet wherry_guard {\n${chain("output")}\n${chain("forward")}\n}\n` });
}

/** Polls the outside world, for the few things that send no event. */
export async function eventually(holds: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  for (const end = Date.now() + withinMs; Date.now() < end;) {
    if (await holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
