import { createReadStream, existsSync } from "node:fs";
import type { Log } from "../base/log.ts";
import type { ContainerRuntime } from "../runtime/types.ts";
import { agentVersion } from "./agentProtocol.ts";
import type { SystemImage } from "./types.ts";

export const systemImageName = `wherry/system:${agentVersion}`;

/** Loads the system image into the engine when it is not there. @throws Error that says what is missing. */
export async function ensureSystemImage(runtime: ContainerRuntime, image: SystemImage, log: Log): Promise<void> {
  if (await runtime.imageStatus(image.name)) return;
  if (!image.archive || !existsSync(image.archive)) {
    const expected = image.archive ? `${image.archive} does not exist` : "this installation has no archive of it";
    throw new Error(
      `the container engine has no image ${image.name}, and ${expected}. Reinstall Wherry, or build the image with cluster-engine/network/system-image/build.ts`,
    );
  }
  if (!runtime.loadImage) throw new Error(`the container engine has no image ${image.name}, and images can't be loaded into it`);
  log.info("loading the system image", { image: image.name });
  await runtime.loadImage(createReadStream(image.archive));
  if (!(await runtime.imageStatus(image.name))) throw new Error(`${image.archive} does not hold the image ${image.name}`);
}
