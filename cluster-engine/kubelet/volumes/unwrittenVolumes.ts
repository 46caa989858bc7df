import type { Pod } from "../../../shared/kubernetes/types.ts";
import type { Mount } from "../../runtime/types.ts";
import { isClaimed } from "./claims.ts";
import { volumePayload, type PayloadSources } from "./payloads.ts";
import { PodVolumes } from "./podVolumes.ts";

/** For a large simulation, whose containers look at no file: what volumes need must be there, nothing is written. */
export class UnwrittenVolumes extends PodVolumes {
  override readonly followSources = false;

  override async prepareMemory(): Promise<string[]> {
    return [];
  }

  override async prepare(sources: PayloadSources): Promise<void> {
    for (const volume of sources.pod.spec.volumes ?? []) {
      const isToken = volume.projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken) ?? false;
      if (isToken || isClaimed(volume)) continue;
      await volumePayload(sources, volume).catch((error: Error) => {
        throw new Error(`MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`, { cause: error });
      });
    }
  }

  override async writeNetworkFiles(_pod: Pod, _podIP: string): Promise<void> {}

  override async mounts(): Promise<Mount[]> {
    return [];
  }

  override async remove(): Promise<void> {}
}
