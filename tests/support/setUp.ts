import { fileURLToPath } from "node:url";
import { buildIfStale } from "../../main/setup/build.ts";
import { ensureImages } from "./images.ts";
import { ensureDisplay, ensureEngine, ensureGuard, ensurePackages } from "./machine.ts";
import { buildSystemImage } from "../../cluster-engine/network/system-image/build.ts";

/** Brings what tests need of the machine, and the built app; throws with what to do where it can't. */
export default async function setUp(): Promise<void> {
  ensurePackages();
  ensureGuard();
  await ensureEngine();
  await ensureDisplay();
  await buildSystemImage();
  ensureImages();
  await buildIfStale(fileURLToPath(new URL("../..", import.meta.url)), (text) => console.error(`set-up: ${text}`));
}
