import { spawnSync } from "node:child_process";

/** What Electron needs on Debian and its relatives. */
export const debianLibraries = [
  "libgtk-3-0",
  "libnss3",
  "libasound2",
  "libgbm1",
  "libxss1",
  "libxtst6",
  "libatk-bridge2.0-0",
  "libcups2",
  "libdrm2",
  "libnotify4",
  "fonts-dejavu-core",
  "fonts-liberation",
  "dbus-x11",
];

/** Shared libraries that the program at `path` asks for and the system lacks. */
export function missingLibraries(path: string): string[] {
  if (process.platform !== "linux") return [];
  const listing = spawnSync("ldd", [path], { encoding: "utf8" }).stdout ?? "";
  return [...listing.matchAll(/(\S+) => not found/g)].map((match) => match[1]!);
}

export const installHint = (): string => `On Debian or Ubuntu: apt-get install ${debianLibraries.join(" ")}`;
