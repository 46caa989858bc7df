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
 * array of strings; the packaged command and `npm run wherry` set it.
 */
export async function openApp(dataDir: string): Promise<number> {
  const app = process.env["WHERRY_APP"];
  if (!app) throw new Error("the app's own program is unknown here (WHERRY_APP is not set): start it from the desktop, or use --headless");
  const [command, ...args] = JSON.parse(app) as [string, ...string[]];
  const child = spawn(command, [...args, `--data-dir=${dataDir}`], { detached: true, stdio: "ignore" });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) => reject(new Error(`the window could not be opened: ${error.message}`)));
  });
  child.unref();
  return 0;
}
