import { build } from "electron-vite";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const sources = ["main", "renderer", "shared", "cluster-engine", "electron.config.ts", "package-lock.json"];
const skipped = new Set(["node_modules", "README.md"]);

/** Bundles the app into out/ unless that is newer than every source. */
export async function buildIfStale(root: string, say: (text: string) => void): Promise<void> {
  const built = join(root, "out/main/cli.js");
  const window = join(root, "out/renderer/index.html");
  if (existsSync(built) && existsSync(window) && statSync(built).mtimeMs > newest(root)) return;
  say("Building…");
  await build({ root, configFile: join(root, "electron.config.ts"), logLevel: "warn" });
}

/** The latest change of a source, ms since the epoch. */
function newest(root: string): number {
  const visit = (path: string): number => {
    const stat = statSync(path);
    if (!stat.isDirectory()) return stat.mtimeMs;
    return Math.max(
      0,
      ...readdirSync(path)
        .filter((name) => !skipped.has(name) && !name.includes(".test."))
        .map((name) => visit(join(path, name))),
    );
  };
  return Math.max(...sources.map((source) => visit(join(root, source))));
}
