import { build } from "electron-builder";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build as bundle } from "electron-vite";
import { packaging } from "../../electron.config.ts";
import { buildSystemImage } from "../../cluster-engine/network/system-image/build.ts";
import { electronPath } from "./electron.ts";

// `npm run dist [-- target …]`: installable packages in dist/. Without arguments: the platform's usual ones.
const root = fileURLToPath(new URL("../..", import.meta.url));
const say = (text: string) => console.log(text);

const electron = electronPath(say);
await bundle({ root, configFile: join(root, "electron.config.ts"), logLevel: "warn" });
mkdirSync(join(root, "out/images"), { recursive: true });
await buildSystemImage({ file: join(root, "out/images/system.tar.gz") });

/** Where fpm can't be fetched, the system's own tools make the packages. */
const can = (tool: string) => spawnSync(tool, ["--version"]).status === 0;
if (can("dpkg-deb")) process.env["CUSTOM_FPM_PATH"] ??= join(root, "main/setup/packageFromFolders.mjs");

const usual = { linux: ["deb", "rpm", "tar.gz"], darwin: ["dmg", "zip"], win32: ["nsis"] };
const platform = process.platform as keyof typeof usual;
const targets = process.argv.length > 2 ? process.argv.slice(2) : usual[platform];
if (targets.includes("rpm") && !can("rpmbuild") && spawnSync("apt-get", ["install", "-qy", "--no-install-recommends", "rpm"]).status !== 0)
  throw new Error("an rpm needs rpmbuild: install the package rpm (rpm-build), or name other targets: npm run dist -- deb tar.gz");

/** The package's scripts of electron-builder, with `wherry` on PATH being the command and not the bare program. */
function packageScript(name: "after-install" | "after-remove"): string {
  const template = readFileSync(join(root, `node_modules/app-builder-lib/templates/linux/${name}.tpl`), "utf8");
  const program = "/opt/${sanitizedProductName}/${executable}";
  if (!template.includes(program)) throw new Error(`electron-builder's ${name}.tpl no longer names ${program}`);
  const file = join(root, `.cache/${name}.tpl`);
  mkdirSync(join(root, ".cache"), { recursive: true });
  writeFileSync(file, template.replaceAll(program, "/opt/${sanitizedProductName}/resources/bin/${executable}"));
  return file;
}
const scripts = process.platform === "linux" ? { afterInstall: packageScript("after-install"), afterRemove: packageScript("after-remove") } : {};

const electronDist = join(electron, "..");
/** Made by the system's tar: electron-builder would fetch a packer for it. */
const tarball = "tar.gz";
const packages = platform === "linux" ? targets.filter((target) => target !== tarball) : targets;
const artifacts = await build({
  projectDir: root,
  ...(platform === "linux" ? { linux: packages.length > 0 ? packages : ["dir"] } : platform === "darwin" ? { mac: targets } : { win: targets }),
  publish: "never",
  config: {
    ...packaging,
    deb: { ...packaging.deb, ...scripts },
    rpm: { ...packaging.rpm, ...scripts },
    electronDist,
    electronVersion: readFileSync(join(electronDist, "version"), "utf8").trim().replace(/^v/, ""),
  },
});
if (platform === "linux" && targets.includes(tarball)) artifacts.push(packTarball());
for (const artifact of artifacts) say(artifact);

function packTarball(): string {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const name = `wherry-${version}-linux-${process.arch}`;
  const file = join(root, `dist/${name}.tar.gz`);
  const unpacked = process.arch === "x64" ? "linux-unpacked" : `linux-${process.arch}-unpacked`;
  const { status } = spawnSync("tar", ["-czf", file, "-C", join(root, "dist"), `--transform=s,^${unpacked},${name},`, unpacked], {
    stdio: "inherit",
  });
  if (status !== 0) throw new Error(`tar ended with ${status}`);
  return file;
}
