import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { SnapshotEntry, SnapshotInfo, SnapshotPort } from "../api/snapshotPort.ts";
import type { Clock } from "../base/clock.ts";
import type { Store } from "../store/types.ts";
import { readHeader, readSnapshot, type SnapshotHeader, snapshotFormat, writeSnapshot } from "./snapshotFile.ts";
import { isTransient } from "./transient.ts";

export interface SnapshotsOptions {
  /** Where the files are; made when the first is. */
  folder: string;
  /** The certificates' folder. */
  pki: string;
  store: Store;
  clock: Clock;
}

const ending = ".snapshot";
const root = "/registry/";

/** The file of a snapshot. Its name was checked: it is a DNS label. */
export const snapshotPath = (folder: string, name: string): string => join(folder, name + ending);

/** The snapshots of one data dir. */
export function openSnapshots({ folder, pki, store, clock }: SnapshotsOptions): SnapshotPort {
  const pathOf = (name: string) => snapshotPath(folder, name);
  return {
    async list() {
      const files = await unlessMissing(readdir(folder));
      const names = (files ?? []).filter((file) => file.endsWith(ending)).map((file) => file.slice(0, -ending.length));
      const found = await Promise.all(names.map((name) => readHeader(pathOf(name)).then(infoOf, () => undefined)));
      return found.filter((info) => info !== undefined).sort((a, b) => a.at - b.at);
    },
    async create(name) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      if (await unlessMissing(readHeader(pathOf(name)))) return undefined;
      const { items, revision } = await store.range({ prefix: root });
      const entries = items.filter(({ key }) => !isTransient(key));
      const header: SnapshotHeader = { format: snapshotFormat, name, at: clock.now(), revision, objects: entries.length, pki: await filesOf(pki) };
      return infoOf({ header, bytes: await writeSnapshot(pathOf(name), header, entries) });
    },
    async remove(name) {
      return (await unlessMissing(rm(pathOf(name)).then(() => true))) ?? false;
    },
    async read(name): Promise<SnapshotEntry[] | undefined> {
      return (await unlessMissing(readSnapshot(pathOf(name))))?.entries;
    },
  };
}

const infoOf = ({ header: { name, at, revision, objects }, bytes }: { header: SnapshotHeader; bytes: number }): SnapshotInfo => ({
  name,
  at,
  revision,
  objects,
  bytes,
});

async function filesOf(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder);
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const)));
}

/** Undefined when the file is not there. */
async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
