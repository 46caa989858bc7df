import { resolve } from "node:path";
import type { Opening } from "../../shared/windowHost.ts";

export const isLink = (text: string): boolean => text.startsWith("wherry://");

/**
 * What a command line asks to open: links one by one, then the files and folders together.
 * `argv` has neither the program nor the app's own folder; `cwd` is where it was typed.
 */
export function openingsOf(argv: readonly string[], cwd: string, exists: (path: string) => boolean): Opening[] {
  const named = argv.filter((argument) => !argument.startsWith("-"));
  const paths = named
    .filter((argument) => !isLink(argument))
    .map((argument) => resolve(cwd, argument))
    .filter(exists);
  return [...named.filter(isLink).map((link) => ({ link })), ...(paths.length > 0 ? [{ paths }] : [])];
}

/** Leaves out the program and, where Electron runs the app from its folder, that folder. */
export function ownArguments(argv: readonly string[], fromFolder: boolean): string[] {
  const rest = argv.slice(1);
  const folder = fromFolder ? rest.findIndex((argument) => !argument.startsWith("-")) : -1;
  return rest.filter((_argument, at) => at !== folder);
}
