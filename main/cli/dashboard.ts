import { spawn } from "node:child_process";
import type { Command } from "./commands.ts";
import { dataDirOf, dataDirOption } from "./options.ts";

export const dashboard: Command = {
  summary: "open the window",
  form: "",
  options: dataDirOption,
  run: (values) => openApp(dataDirOf(values)),
};

/**
 * Opens the window on a data dir: the running app's, or a new one. `WHERRY_APP` holds the app's command line as a JSON
 * array of strings: `npm run wherry` sets it. Inside the packaged app the program is that app.
 */
export async function openApp(dataDir: string): Promise<number> {
  const line = process.env["WHERRY_APP"];
  if (!line && !process.versions["electron"])
    throw new Error("the app's own program is unknown here (WHERRY_APP is not set): start it from the desktop, or use --headless");
  const [command, ...args] = line ? (JSON.parse(line) as [string, ...string[]]) : [process.execPath, ...asRoot()];
  const child = spawn(command, [...args, `--data-dir=${dataDir}`], { detached: true, stdio: "ignore" });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) => reject(new Error(`the window could not be opened: ${error.message}`)));
  });
  child.unref();
  return 0;
}

/** Chromium's sandbox refuses to run as root: only there it is left out. */
const asRoot = (): string[] => (process.getuid?.() === 0 ? ["--no-sandbox"] : []);
