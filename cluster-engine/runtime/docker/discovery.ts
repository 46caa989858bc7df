import { readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { RuntimeError, type RuntimeReport } from "../types.ts";
import { EngineClient, type EngineAddress } from "./engineClient.ts";

/** What the search depends on outside of this process. */
export interface Surroundings {
  environment: Record<string, string | undefined>;
  home: string;
  platform: NodeJS.Platform;
}

export const ownSurroundings = (): Surroundings => ({ environment: process.env, home: homedir(), platform: process.platform });

/** An address to try, or the reason why it can't be. */
export type Candidate = EngineAddress | { name: string; url: string; problem: string };

/** The newest version of the API that this adapter was written against. */
const newestApi = [1, 47] as const;

/** Every place where an engine may listen, in the order of preference: what the user chose first. */
export function candidates(surroundings: Surroundings): Candidate[] {
  const { environment } = surroundings;
  const chosen = environment["DOCKER_HOST"];
  if (chosen) return [parseHost("DOCKER_HOST", chosen, environment)];
  const context = currentContext(surroundings);
  const found = [...(context ? [context] : []), ...usualPlaces(surroundings)];
  return found.filter((candidate, index) => found.findIndex((other) => other.url === candidate.url) === index);
}

/** Reads `unix://`, `npipe://` and `tcp://` as the docker command does. */
export function parseHost(name: string, url: string, environment: Record<string, string | undefined>): Candidate {
  const [scheme, rest = ""] = url.split("://", 2);
  if (scheme === "unix") return { name, url, socketPath: rest };
  if (scheme === "npipe") return { name, url, socketPath: rest.replaceAll("/", "\\").replace(/^\\*/, "\\\\") };
  if (scheme !== "tcp" && scheme !== "http" && scheme !== "https")
    return { name, url, problem: `${scheme}:// is not supported: use unix://, npipe:// or tcp://` };
  const { hostname, port } = new URL(`http://${rest}`);
  const secure = scheme === "https" || Boolean(environment["DOCKER_TLS_VERIFY"]);
  try {
    return { name, url, host: hostname, port: Number(port || (secure ? 2376 : 2375)), ...(secure ? { tls: certificates(environment) } : {}) };
  } catch (error) {
    return { name, url, problem: (error as Error).message };
  }
}

function certificates(environment: Record<string, string | undefined>): NonNullable<EngineAddress["tls"]> {
  const folder = environment["DOCKER_CERT_PATH"] ?? join(homedir(), ".docker");
  return { ca: readFileSync(join(folder, "ca.pem")), cert: readFileSync(join(folder, "cert.pem")), key: readFileSync(join(folder, "key.pem")) };
}

/** The context that `docker context use` chose. */
function currentContext({ environment, home }: Surroundings): Candidate | undefined {
  const folder = environment["DOCKER_CONFIG"] ?? join(home, ".docker");
  try {
    const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as { currentContext?: string };
    const wanted = environment["DOCKER_CONTEXT"] ?? config.currentContext;
    if (!wanted || wanted === "default") return undefined;
    const metadata = join(folder, "contexts", "meta");
    for (const entry of readdirSync(metadata)) {
      const context = JSON.parse(readFileSync(join(metadata, entry, "meta.json"), "utf8")) as {
        Name: string;
        Endpoints?: { docker?: { Host?: string } };
      };
      const host = context.Endpoints?.docker?.Host;
      if (context.Name === wanted && host) return parseHost(`docker context ${wanted}`, host, environment);
    }
  } catch {
    return undefined;
  }
  return undefined;
}

function usualPlaces({ environment, home, platform }: Surroundings): Candidate[] {
  if (platform === "win32") {
    return [
      ["Docker Desktop", "npipe:////./pipe/dockerDesktopLinuxEngine"],
      ["Docker Engine", "npipe:////./pipe/docker_engine"],
      ["Podman", "npipe:////./pipe/podman-machine-default"],
    ].map(([name, url]) => parseHost(name!, url!, environment));
  }
  const run = environment["XDG_RUNTIME_DIR"];
  const sockets: [string, string | undefined][] = [
    ["Docker Engine", "/var/run/docker.sock"],
    ["Docker Engine (rootless)", run && join(run, "docker.sock")],
    ["Docker Desktop", join(home, ".docker/run/docker.sock")],
    ["Docker Desktop", join(home, ".docker/desktop/docker.sock")],
    ["OrbStack", join(home, ".orbstack/run/docker.sock")],
    ["Colima", join(home, ".colima/default/docker.sock")],
    ["Rancher Desktop", join(home, ".rd/docker.sock")],
    ["Podman (rootless)", run && join(run, "podman/podman.sock")],
    ["Podman", "/run/podman/podman.sock"],
    ["Podman machine", join(home, ".local/share/containers/podman/machine/podman.sock")],
  ];
  return sockets.flatMap(([name, path]) => (path ? [{ name, url: `unix://${path}`, socketPath: path }] : []));
}

/** Asks one candidate after the other; the first that answers, and what was wrong with those before it. */
export async function findEngine(options: {
  candidates: Candidate[];
  clock: Clock;
}): Promise<{ client?: EngineClient; tried: RuntimeReport["candidates"] }> {
  const tried: RuntimeReport["candidates"] = [];
  for (const candidate of options.candidates) {
    const entry = { name: candidate.name, address: candidate.url };
    if ("problem" in candidate) {
      tried.push({ ...entry, problem: candidate.problem });
      continue;
    }
    const client = new EngineClient({ address: candidate, clock: options.clock });
    try {
      client.useVersion(await negotiate(client));
      tried.push(entry);
      return { client, tried };
    } catch (error) {
      client.close();
      tried.push({ ...entry, problem: explain(error as Error) });
    }
  }
  return { tried };
}

async function negotiate(client: EngineClient): Promise<string> {
  const answer = await client.call<{ ApiVersion?: string; MinAPIVersion?: string; Os?: string }>({ path: "/version", timeoutMs: 3_000 });
  if (!answer?.ApiVersion) throw new RuntimeError("Unknown", "what answers there is not a container engine");
  if (answer.Os === "windows") throw new RuntimeError("Unknown", "the engine runs Windows containers: switch it to Linux containers");
  const [major, minor] = answer.ApiVersion.split(".").map(Number) as [number, number];
  const least = Number(answer.MinAPIVersion?.split(".")[1] ?? 0);
  return major === newestApi[0] && minor > newestApi[1] ? `${major}.${Math.max(newestApi[1], least)}` : answer.ApiVersion;
}

function explain(error: Error): string {
  const { message } = error;
  if (/ENOENT/.test(message)) return "nothing is installed there (no such socket)";
  if (/EACCES|EPERM/.test(message))
    return "permission denied: let your user reach the engine, on Linux by joining its group (`sudo usermod -aG docker $USER`, then log in again)";
  if (/ECONNREFUSED/.test(message)) return "it is installed but does not run (connection refused): start it";
  return message;
}
