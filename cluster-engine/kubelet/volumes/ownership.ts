import { chmod, lchown, lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { PodSecurityContext } from "../../../shared/kubernetes/types.ts";
import type { ContainerRuntime } from "../../runtime/types.ts";

type ChangePolicy = PodSecurityContext["fsGroupChangePolicy"];

/** What the group gets: to read and write files, and to enter folders, whose new files then belong to it too. */
const fileBits = 0o660;
const folderBits = 0o2770;

/**
 * Gives a volume with all its files to a group, as `fsGroup` asks. Where this process may not, the container engine does.
 * https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#configure-volume-permission-and-ownership-change-policy-for-pods
 */
export async function giveToGroup(runtime: ContainerRuntime, path: string, group: number, policy: ChangePolicy): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  if ((policy === "OnRootMismatch" || !isRoot) && (await belongsTo(path, group))) return;
  if (isRoot) await changeAll(path, group);
  else await runtime.giveHostPathToGroup?.(path, group);
}

async function belongsTo(path: string, group: number): Promise<boolean> {
  const { gid, mode } = await lstat(path);
  return gid === group && (mode & folderBits) === folderBits;
}

async function changeAll(path: string, group: number): Promise<void> {
  const found = await lstat(path);
  await lchown(path, found.uid, group);
  if (found.isSymbolicLink()) return;
  // Changing the owner clears setuid and setgid, so the mode comes last.
  await chmod(path, (found.mode & 0o7777) | (found.isDirectory() ? folderBits : fileBits));
  if (!found.isDirectory()) return;
  for (const name of await readdir(path)) await changeAll(join(path, name), group);
}
