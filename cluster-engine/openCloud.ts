import { readFileSync } from "node:fs";
import type { Clock } from "./base/clock.ts";
import { localCloud } from "./cloud/local.ts";
import type { CloudProvider } from "./cloud/types.ts";
import type { ClusterOptions } from "./types.ts";

/** The cloud that a cluster is in. @throws Error when its configuration can't be read. */
export async function openCloud({ cloud = "local", cloudConfig }: ClusterOptions, clusterId: string, clock: Clock): Promise<CloudProvider> {
  if (cloud === "local") return localCloud();
  const [{ simulatedCloud }, { readConfig }] = await Promise.all([
    import("./cloud/simulated/simulatedCloud.ts"),
    import("./cloud/simulated/config.ts"),
  ]);
  return simulatedCloud({ clusterId, clock, ...(cloudConfig ? { config: readConfig(readFileSync(cloudConfig, "utf8")) } : {}) });
}
