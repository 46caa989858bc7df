import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { buildIfStale } from "./build.ts";
import { missingLibraries, installHint } from "./libraries.ts";
import { electronPath } from "./electron.ts";

// `npm start`: everything that a fresh machine needs, then the app.
const root = fileURLToPath(new URL("../..", import.meta.url));
const say = (text: string) => console.log(text);

const electron = electronPath(say);
await buildIfStale(root, say);

const missing = missingLibraries(electron);
if (missing.length > 0) {
  console.error(`Electron can't start: ${missing.join(", ")} not found.\n${installHint()}`);
  process.exit(1);
}
if (process.platform === "linux" && !process.env["DISPLAY"] && !process.env["WAYLAND_DISPLAY"]) {
  const virtual = spawnSync("which", ["xvfb-run"]).status === 0 ? "xvfb-run -a npm start" : "npm run wherry -- start --headless";
  console.error(`There is no display (DISPLAY and WAYLAND_DISPLAY are empty). Without one: ${virtual}`);
  process.exit(1);
}
/** Chromium's sandbox refuses to run as root: only there it is left out. */
const rootFlags = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const app = spawn(electron, [...rootFlags, root, ...process.argv.slice(2)], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => app.kill(signal));
app.on("exit", (code) => process.exit(code ?? 1));
