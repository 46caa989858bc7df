import { ensureImages } from "./images.ts";
import { ensureDisplay, ensureEngine, ensureGuard, ensurePackages } from "./machine.ts";
import { ensureSystemImage } from "./systemImage.ts";

/** Brings what tests need of the machine; throws with what to do where it can't. */
export default async function setUp(): Promise<void> {
  ensurePackages();
  ensureGuard();
  await ensureEngine();
  await ensureDisplay();
  await ensureSystemImage();
  ensureImages();
}
