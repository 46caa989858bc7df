import { chmod, chown, lstat, mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A file of a volume. */
export interface Projection {
  data: Buffer;
  /** Permission bits. */
  mode: number;
}

/** Relative path → file. */
export type Payload = Map<string, Projection>;

const dataLink = "..data";
const nextLink = "..data_tmp";

/**
 * Writes a payload so that readers see all of it or none: into a folder of its own, to which the link `..data` is moved
 * by rename; the visible names are links into `..data`. Does nothing when the content is the same. True when it wrote.
 * As kubernetes/pkg/volume/util/atomic_writer.go lays it out.
 */
export async function writeAtomically(target: string, payload: Payload, options: { group?: number } = {}): Promise<boolean> {
  await mkdir(target, { recursive: true, mode: 0o777 });
  await chmod(target, 0o777);
  const current = await readlink(join(target, dataLink)).catch(() => undefined);
  if (current && (await isSame(join(target, current), payload))) return false;
  const folder = nextFolderName(current);
  await writePayload(join(target, folder), payload, options.group);
  await symlink(folder, join(target, nextLink)).catch(async () => {
    await rm(join(target, nextLink), { force: true });
    await symlink(folder, join(target, nextLink));
  });
  await rename(join(target, nextLink), join(target, dataLink));
  await linkVisibleNames(target, payload);
  if (current) await rm(join(target, current), { recursive: true, force: true });
  return true;
}

/** Counts up from the last one: unique without a clock. */
function nextFolderName(current: string | undefined): string {
  const number = Number(/^\.\.r(\d+)$/.exec(current ?? "")?.[1] ?? 0) + 1;
  return `..r${number}`;
}

async function writePayload(folder: string, payload: Payload, group: number | undefined): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o755 });
  await chmod(folder, 0o755);
  for (const [path, { data, mode }] of payload) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o755 });
    await writeFile(file, data);
    await chmod(file, mode);
    if (group !== undefined) await giveToGroup(file, mode, group);
  }
}

/** Only root may; without it the file keeps its owner, and its mode must do. */
async function giveToGroup(file: string, mode: number, group: number): Promise<void> {
  if (process.getuid?.() !== 0) return;
  await chown(file, 0, group);
  await chmod(file, mode | 0o040);
}

/** Links the first part of each path into `..data`, and drops links of files that are gone. */
async function linkVisibleNames(target: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map((path) => path.split("/")[0]!));
  for (const name of await readdir(target)) {
    if (name.startsWith("..") || wanted.has(name)) continue;
    await rm(join(target, name), { force: true });
  }
  for (const name of wanted) {
    const link = join(target, name);
    const present = await lstat(link).catch(() => undefined);
    if (!present) await symlink(`${dataLink}/${name}`, link);
  }
}

async function isSame(folder: string, payload: Payload): Promise<boolean> {
  const files = await listFiles(folder).catch(() => undefined);
  if (!files || files.length !== payload.size) return false;
  for (const path of files) {
    const wanted = payload.get(path);
    if (!wanted || !(await readFile(join(folder, path))).equals(wanted.data)) return false;
  }
  return true;
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
