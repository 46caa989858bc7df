import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { HostPathVolumeSource } from "../../../shared/kubernetes/types.ts";
import type { ContainerRuntime } from "../../runtime/types.ts";

/** Whether containers see this machine's files. Elsewhere any path will do, and none is touched. */
export const sharesFiles = (runtime: ContainerRuntime): boolean => runtime.removeHostPath !== undefined;

/** Checks a hostPath volume and makes what its type says. @throws Error with the kubelet's message. */
export async function prepareHostPath(runtime: ContainerRuntime, { path, type = "" }: HostPathVolumeSource): Promise<void> {
  if (!sharesFiles(runtime)) return;
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
