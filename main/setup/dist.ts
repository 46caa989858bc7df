import { build } from "electron-builder";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build as bundle } from "electron-vite";
import { packaging } from "../../electron.config.ts";
import { buildSystemImage } from "../../cluster-engine/network/system-image/build.ts";
import { electronPath } from "./electron.ts";

// `npm run dist [-- target …]`: an installable package in dist/. Without arguments: a .deb on Linux, else the platform's own.
const root = fileURLToPath(new URL("../..", import.meta.url));
const say = (text: string) => console.log(text);

const electron = electronPath(say);
await bundle({ root, configFile: join(root, "electron.config.ts"), logLevel: "warn" });
mkdirSync(join(root, "out/images"), { recursive: true });
await buildSystemImage({ file: join(root, "out/images/system.tar.gz") });

/** Where fpm can't be fetched, dpkg-deb makes the .deb. */
const hasDpkg = spawnSync("dpkg-deb", ["--version"]).status === 0;
if (hasDpkg) process.env["CUSTOM_FPM_PATH"] ??= join(root, "main/setup/debFromFolders.mjs");

const targets = process.argv.slice(2);
const electronDist = join(electron, "..");
const artifacts = await build({
  projectDir: root,
  ...(process.platform === "linux"
    ? { linux: targets.length > 0 ? targets : ["deb"] }
    : process.platform === "darwin"
      ? { mac: targets }
      : { win: targets }),
  publish: "never",
  config: { ...packaging, electronDist, electronVersion: readFileSync(join(electronDist, "version"), "utf8").trim().replace(/^v/, "") },
});
for (const artifact of artifacts) say(artifact);
