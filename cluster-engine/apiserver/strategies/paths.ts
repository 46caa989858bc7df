import type { Problems } from "./problems.ts";

const parts = (path: string): string[] => path.split("/");

/** A path that may not climb. */
export function validateNoBacksteps(path: string, field: string, problems: Problems): void {
  if (parts(path).includes("..")) problems.invalid(field, path, "must not contain '..'");
}

/** A path below some directory. */
export function validateDescendingPath(path: string, field: string, problems: Problems): void {
  if (path.startsWith("/")) problems.invalid(field, path, "must be a relative path");
  validateNoBacksteps(path, field, problems);
}

/** A path of a file that the kubelet writes; names that begin with two dots are its own. */
export function validateFilePath(path: string, field: string, problems: Problems): void {
  validateDescendingPath(path, field, problems);
  if (path.startsWith("..") && !path.startsWith("../")) problems.invalid(field, path, "must not start with '..'");
}

export function validateFileMode(mode: number | undefined, field: string, problems: Problems): void {
  if (mode !== undefined && (mode < 0 || mode > 0o777)) problems.invalid(field, mode, "must be a number between 0 and 0777 (octal), both inclusive");
}
