import { extname, resolve } from "node:path";
import type { Opening } from "../../shared/windowHost.ts";

export const isLink = (text: string): boolean => text.startsWith("wherry://");

/** What may hold manifests. Folders have no extension that counts. */
const openable = new Set([".yaml", ".yml", ".json", ".txt", ".tgz", ".gz", ".tar", ".zip"]);

export interface ArgumentContext {
  /** Where the command line was typed. */
  cwd: string;
  /** The app's own folder, which Electron is given where it runs the app from the tree. */
  appPath: string;
  kindOf(path: string): "file" | "folder" | undefined;
}

/** What a command line (with the program in front) asks to open: links one by one, then the files and folders together. */
export function openingsOf(argv: readonly string[], { cwd, appPath, kindOf }: ArgumentContext): Opening[] {
  const named = argv.slice(1).filter((argument) => !argument.startsWith("-"));
  const paths = named
    .filter((argument) => !isLink(argument))
    .map((argument) => resolve(cwd, argument))
    .filter((path) => path !== appPath && (kindOf(path) === "folder" || (kindOf(path) === "file" && openable.has(extname(path).toLowerCase()))));
  return [...named.filter(isLink).map((link) => ({ link })), ...(paths.length > 0 ? [{ paths }] : [])];
}
