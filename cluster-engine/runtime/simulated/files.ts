import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, normalize } from "node:path/posix";
import type { Mount } from "../types.ts";

export interface FileStatus {
  isDirectory: boolean;
  /** Permission bits. */
  mode: number;
  size: number;
  user: number;
  group: number;
  /** As `stat -f` names it: `tmpfs`, `ext2/ext3`, … */
  fileSystem: string;
}

/** A tree of files. Paths are absolute, without `.` and `..`. All but `status` throw a `FileError`. */
interface FileTree {
  status(path: string): FileStatus | undefined;
  list(path: string): string[];
  read(path: string): string;
  write(path: string, text: string, append: boolean): void;
  makeDirectory(path: string): void;
  remove(path: string): void;
  setMode(path: string, mode: number): void;
}

export class FileError extends Error {}

const absent = new FileError("No such file or directory");
const readOnly = new FileError("Read-only file system");

/** Files that live as long as this object. */
export class MemoryTree implements FileTree {
  /** By path; a folder has no text. */
  readonly #entries: Map<string, string | undefined>;
  readonly #modes = new Map<string, number>();

  constructor(initial: Record<string, string | undefined> = {}) {
    this.#entries = new Map([["/", undefined], ...Object.entries(initial)]);
  }

  status(path: string): FileStatus | undefined {
    if (!this.#entries.has(path)) return undefined;
    const text = this.#entries.get(path);
    const isDirectory = text === undefined;
    const mode = this.#modes.get(path) ?? (isDirectory ? 0o755 : 0o644);
    return { isDirectory, mode, size: text?.length ?? 0, user: 0, group: 0, fileSystem: "tmpfs" };
  }

  list(path: string): string[] {
    const prefix = path === "/" ? "/" : `${path}/`;
    return [...this.#entries.keys()]
      .filter((name) => name !== "/" && name.startsWith(prefix) && !name.slice(prefix.length).includes("/"))
      .map((name) => name.slice(prefix.length));
  }

  read(path: string): string {
    const text = this.#entries.get(path);
    if (text === undefined) throw this.#entries.has(path) ? new FileError("Is a directory") : absent;
    return text;
  }

  write(path: string, text: string, append: boolean): void {
    if (!this.status(parentOf(path))?.isDirectory) throw absent;
    if (this.status(path)?.isDirectory) throw new FileError("Is a directory");
    this.#entries.set(path, (append ? (this.#entries.get(path) ?? "") : "") + text);
  }

  makeDirectory(path: string): void {
    if (!this.status(parentOf(path))?.isDirectory) throw absent;
    if (this.#entries.has(path)) throw new FileError("File exists");
    this.#entries.set(path, undefined);
  }

  setMode(path: string, mode: number): void {
    if (!this.#entries.has(path)) throw absent;
    this.#modes.set(path, mode);
  }

  remove(path: string): void {
    for (const name of this.#entries.keys()) if (name === path || name.startsWith(`${path}/`)) this.#entries.delete(name);
  }
}

/** A folder of this machine that belongs to the pod. What links out of it is not there. */
class DiskTree implements FileTree {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  status(path: string): FileStatus | undefined {
    try {
      const found = statSync(this.#inside(path));
      const { mode, size, uid: user, gid: group } = found;
      return { isDirectory: found.isDirectory(), mode: mode & 0o7777, size, user, group, fileSystem: "ext2/ext3" };
    } catch {
      return undefined;
    }
  }

  list(path: string): string[] {
    return attempt(() => readdirSync(this.#inside(path)));
  }

  read(path: string): string {
    return attempt(() => readFileSync(this.#inside(path), "utf8"));
  }

  write(path: string, text: string, append: boolean): void {
    attempt(() => (append ? appendFileSync : writeFileSync)(this.#inside(path), text));
  }

  makeDirectory(path: string): void {
    attempt(() => mkdirSync(this.#inside(path)));
  }

  setMode(path: string, mode: number): void {
    attempt(() => chmodSync(this.#inside(path), mode));
  }

  remove(path: string): void {
    attempt(() => rmSync(this.#inside(path), { recursive: true }));
  }

  #inside(path: string): string {
    const full = path === "/" ? this.#root : join(this.#root, path);
    const known = existsSync(full) || lstatSync(full, { throwIfNoEntry: false }) ? full : join(full, "..");
    const real = attempt(() => realpathSync(known));
    const root = realpathSync(this.#root);
    if (real !== root && !real.startsWith(`${root}/`)) throw absent;
    return full;
  }
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof FileError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw absent;
    if (code === "EISDIR") throw new FileError("Is a directory");
    if (code === "ENOTDIR") throw new FileError("Not a directory");
    if (code === "EEXIST") throw new FileError("File exists");
    throw new FileError("Permission denied");
  }
}

interface MountedTree {
  at: string;
  tree: FileTree;
  readOnly: boolean;
}

export interface ContainerFilesOptions {
  podUid: string;
  hostname: string;
  mounts: Mount[];
  readOnlyRoot: boolean;
  /** What the image brings, by path. */
  image: Record<string, string>;
  /** Files whose text is made when it is read, by path. */
  kernel?: Record<string, () => string>;
  /** Of a volume that the runtime made. */
  volume(name: string): MemoryTree;
}

const isOurs = (path: string, podUid: string): boolean => path.includes(`/${podUid}/`) || /\/volumes\/pvc-[0-9a-f-]{36}_/.test(path);

/**
 * What a simulated container sees of files: a small root in memory, and its mounts. Of this machine's disk only the pod's
 * own folder is touched, and those that were made for claims; a hostPath volume is an empty folder or file in memory.
 */
export class ContainerFiles {
  readonly #mounts: MountedTree[];
  readonly #kernel: Record<string, () => string>;

  constructor({ podUid, hostname, mounts, readOnlyRoot, image, volume, kernel = {} }: ContainerFilesOptions) {
    this.#kernel = kernel;
    const root = new MemoryTree({
      ...Object.fromEntries(rootFolders.map((path) => [path, undefined])),
      "/etc/hostname": `${hostname}\n`,
      "/etc/hosts": hostsFile,
      ...image,
    });
    const treeOf = ({ source }: Mount): FileTree => {
      if ("volume" in source) return volume(source.subPath ? `${source.volume}/${source.subPath}` : source.volume);
      if (isOurs(source.hostPath, podUid)) return new DiskTree(source.hostPath);
      const isFile = statSync(source.hostPath, { throwIfNoEntry: false })?.isFile();
      // Nodes share one machine: what one pod leaves on it, others find.
      return isFile ? new MemoryTree({ "/": source.hostPath === "/etc/hosts" ? hostsFile : "" }) : volume(`host:${source.hostPath}`);
    };
    const mounted = mounts.map((mount) => ({
      at: normalize(mount.containerPath).replace(/(?<=.)\/$/, ""),
      tree: treeOf(mount),
      readOnly: mount.readOnly,
    }));
    this.#mounts = [
      { at: "/dev", tree: new MemoryTree({ "/null": "", "/shm": undefined }), readOnly: false },
      ...mounted,
      { at: "", tree: root, readOnly: readOnlyRoot },
    ];
    this.#mounts.sort((a, b) => b.at.length - a.at.length);
  }

  status(path: string): FileStatus | undefined {
    if (this.#kernel[path]) return { ...folderStatus, isDirectory: false, mode: 0o444 };
    const { tree, inner } = this.#find(path);
    return tree.status(inner) ?? (this.#mounts.some(({ at }) => at.startsWith(`${path}/`)) ? folderStatus : undefined);
  }

  list(path: string): string[] {
    if (!this.status(path)) throw absent;
    const { tree, inner } = this.#find(path);
    const prefix = path === "/" ? "/" : `${path}/`;
    const below = this.#mounts.filter(({ at }) => at.startsWith(prefix)).map(({ at }) => at.slice(prefix.length).split("/")[0]!);
    return [...new Set([...(tree.status(inner) ? tree.list(inner) : []), ...below])].toSorted();
  }

  read(path: string): string {
    const made = this.#kernel[path]?.();
    if (made !== undefined) return made;
    const { tree, inner } = this.#find(path);
    return tree.read(inner);
  }

  write(path: string, text: string, append = false): void {
    if (path === "/dev/null") return;
    this.#writable(path, (tree, inner) => tree.write(inner, text, append));
  }

  makeDirectory(path: string): void {
    this.#writable(path, (tree, inner) => tree.makeDirectory(inner));
  }

  remove(path: string): void {
    if (!this.status(path)) throw absent;
    this.#writable(path, (tree, inner) => tree.remove(inner));
  }

  setMode(path: string, mode: number): void {
    this.#writable(path, (tree, inner) => tree.setMode(inner, mode));
  }

  #writable(path: string, change: (tree: FileTree, inner: string) => void): void {
    const { tree, inner, readOnly: locked } = this.#find(path);
    if (locked) throw readOnly;
    change(tree, inner);
  }

  #find(path: string): MountedTree & { inner: string } {
    const mount = this.#mounts.find(({ at }) => path === at || path.startsWith(`${at}/`))!;
    return { ...mount, inner: path.slice(mount.at.length) || "/" };
  }
}

/** Of the machine that simulated nodes are on. */
const hostsFile = "127.0.0.1\tlocalhost\n";
const rootFolders = [
  "/bin",
  "/etc",
  "/home",
  "/lib",
  "/mnt",
  "/proc",
  "/root",
  "/run",
  "/sbin",
  "/sys",
  "/tmp",
  "/usr",
  "/usr/bin",
  "/var",
  "/var/log",
  "/var/run",
];
const folderStatus: FileStatus = { isDirectory: true, mode: 0o755, size: 0, user: 0, group: 0, fileSystem: "tmpfs" };
const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";
