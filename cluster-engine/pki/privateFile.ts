import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";

/**
 * Writes a file that only its owner may read (0600), whole or not at all. Waits until the disk has it, unless `replaceable`:
 * for what the next start writes anew.
 */
export function writePrivateFile(path: string, text: string, { replaceable = false } = {}): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, "w", 0o600);
  try {
    writeSync(file, text);
    if (!replaceable) fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
