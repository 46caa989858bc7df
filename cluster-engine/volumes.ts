import { rm } from "node:fs/promises";
import { localVolumes } from "./cloud/localVolumes.ts";
import type { CloudProvider } from "./cloud/types.ts";
import type { VolumeStorage } from "./cloud/volumes.ts";
import { dataPaths } from "./dataDir.ts";
import type { ContainerRuntime } from "./runtime/types.ts";

/** Volumes below the data dir. `runtime` resolves when the container engine is there: it removes what containers wrote as root. */
export function openVolumes(dataDir: string, cloud: CloudProvider, runtime: () => Promise<ContainerRuntime>): VolumeStorage {
  return localVolumes({
    folder: dataPaths(dataDir).volumes,
    // Machines of a cloud come and go: its disks outlive them.
    reach: cloud.machines ? "zone" : "node",
    async removeFolder(path) {
      try {
        await rm(path, { recursive: true, force: true });
      } catch (error) {
        const engine = await runtime();
        if (!engine.removeHostPath) throw error;
        await engine.removeHostPath(path);
      }
    },
  });
}
