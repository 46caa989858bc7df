import { fileURLToPath } from "node:url";
import { buildIfStale } from "../../main/setup/build.ts";
import setUp from "./setUp.ts";

/** What the window's tests need: the machine's part, and the built app. */
export default async function setUpApp(): Promise<void> {
  await setUp();
  await buildIfStale(fileURLToPath(new URL("../..", import.meta.url)), (text) => console.error(`set-up: ${text}`));
}
