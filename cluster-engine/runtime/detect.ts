import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { candidates, findEngine, ownSurroundings, type Candidate } from "./docker/discovery.ts";
import { RuntimeError, type ContainerRuntime, type RuntimeReport } from "./types.ts";

export interface OpenRuntimeOptions {
  choice: "auto" | "docker" | "simulated";
  /** Tells this cluster's containers from all others on the same engine; letters, digits and dashes. */
  clusterId: string;
  clock: Clock;
  log: Log;
  /** How many nodes are to share it. */
  nodes?: number;
  /** Runs `/pause` in every sandbox. */
  sandboxImage?: string;
  /** Instead of the places where engines usually listen. */
  candidates?: Candidate[];
}

export const defaultSandboxImage = "wherry/system:1";

/**
 * Finds what can run pods. With `auto` a machine without a container engine gets the simulated runtime, and the report says so.
 * @throws RuntimeError Unavailable when `docker` is asked for and no engine answers.
 */
export async function openRuntime(options: OpenRuntimeOptions): Promise<{ runtime: ContainerRuntime; report: RuntimeReport }> {
  const { choice, clusterId, clock, log } = options;
  if (choice === "simulated") return openSimulated(options, []);
  const { client, tried } = await findEngine({ candidates: options.candidates ?? candidates(ownSurroundings()), clock });
  if (!client) {
    if (choice === "auto") return openSimulated(options, tried);
    const places = tried.map(({ name, address, problem }) => `${name} at ${address}: ${problem}`).join("; ");
    throw new RuntimeError("Unavailable", `no container engine answers (${places})`);
  }
  const { DockerRuntime } = await import("./docker/dockerRuntime.ts");
  const runtime = new DockerRuntime({
    client,
    clusterId,
    clock,
    log: log.named("docker"),
    sandboxImage: options.sandboxImage ?? defaultSandboxImage,
  });
  const version = await runtime.version();
  return { runtime, report: { name: version.runtimeName, version: version.runtimeVersion, simulated: false, candidates: tried } };
}

async function openSimulated({ clusterId, clock, nodes }: OpenRuntimeOptions, tried: RuntimeReport["candidates"]) {
  const { SimulatedRuntime } = await import("./simulated/simulatedRuntime.ts");
  const runtime = new SimulatedRuntime({ clusterId, clock, ...(nodes === undefined ? {} : { nodes }) });
  const version = await runtime.version();
  return { runtime, report: { name: version.runtimeName, version: version.runtimeVersion, simulated: true, candidates: tried } };
}
