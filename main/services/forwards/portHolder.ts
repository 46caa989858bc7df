import { readdir, readFile, readlink } from "node:fs/promises";

const listening = "0A";

/**
 * The program that listens on a TCP port of this machine, from Linux's /proc; undefined elsewhere, and where it belongs to
 * somebody else.
 */
export async function portHolder(port: number): Promise<{ pid: number; name: string } | undefined> {
  const inodes = new Set((await Promise.all(["tcp", "tcp6"].map((file) => listenersIn(`/proc/net/${file}`, port)))).flat());
  if (inodes.size === 0) return undefined;
  for (const pid of (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    if (!(await holds(pid, inodes))) continue;
    const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "?");
    return { pid: Number(pid), name: name.trim() };
  }
  return undefined;
}

/** Inodes of the sockets that listen on the port. */
async function listenersIn(file: string, port: number): Promise<string[]> {
  const lines = (await readFile(file, "utf8").catch(() => "")).split("\n").slice(1);
  return lines.flatMap((line) => {
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    return state === listening && Number.parseInt(local.split(":")[1] ?? "", 16) === port && inode ? [inode] : [];
  });
}

async function holds(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const file of files) {
    const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => "");
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode && inodes.has(inode)) return true;
  }
  return false;
}
