import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Checks a hostPath volume and makes what its type says. Only where the engine shares this machine's files: elsewhere the
 * engine itself finds out. @throws Error with the kubelet's message.
 */
export async function prepareHostPath(path: string, type: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  switch (type) {
    case "DirectoryOrCreate":
      if (!found) await mkdir(path, { recursive: true, mode: 0o755 });
      else if (!found.isDirectory()) throw new Error(`hostPath type check failed: ${path} is not a directory`);
      return;
    case "FileOrCreate":
      if (!found) {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, "", { mode: 0o644 });
      } else if (!found.isFile()) throw new Error(`hostPath type check failed: ${path} is not a file`);
      return;
    case "Directory":
      if (!found?.isDirectory()) throw new Error(`hostPath type check failed: ${path} is not a directory`);
      return;
    case "File":
      if (!found?.isFile()) throw new Error(`hostPath type check failed: ${path} is not a file`);
      return;
    case "Socket":
      if (!found?.isSocket()) throw new Error(`hostPath type check failed: ${path} is not a socket file`);
      return;
    case "CharDevice":
      if (!found?.isCharacterDevice()) throw new Error(`hostPath type check failed: ${path} is not a character device`);
      return;
    case "BlockDevice":
      if (!found?.isBlockDevice()) throw new Error(`hostPath type check failed: ${path} is not a block device`);
      return;
    default:
  }
}
