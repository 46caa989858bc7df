import { systemClock } from "./base/clock.ts";
import { silentLog } from "./base/log.ts";
import { openSettings } from "./dataDir.ts";
import { openRuntime } from "./runtime/detect.ts";

/** Removes all that a stopped cluster has on the engine (pods, network agent, network, volumes); returns how many pods there were. */
export async function removePods(dataDir: string): Promise<number> {
  const settings = openSettings(dataDir, () => {
    throw new Error(`${dataDir} holds no cluster`);
  });
  const { runtime } = await openRuntime({ choice: "docker", clusterId: settings.id, clock: systemClock, log: silentLog });
  try {
    const sandboxes = await runtime.listPodSandboxes();
    await runtime.purge();
    return sandboxes.length;
  } finally {
    await runtime[Symbol.asyncDispose]();
  }
}
