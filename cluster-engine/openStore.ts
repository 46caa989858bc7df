import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Clock } from "./base/clock.ts";
import type { Log } from "./base/log.ts";
import type { dataPaths } from "./dataDir.ts";
import { writeEntries } from "./snapshots/branch.ts";
import { readSnapshot, type SnapshotHeader } from "./snapshots/snapshotFile.ts";
import type { SnapshotEntry } from "./api/snapshotPort.ts";
import { LmdbStore } from "./store/lmdb.ts";
import { type Store, StoreDamagedError } from "./store/types.ts";

/** What was done about a damaged store. */
export interface Recovery {
  problem: string;
  /** The folder that what was there was moved to. */
  setAside: string;
  /** What the cluster goes on from; absent: from nothing. */
  from?: { snapshot: string; at: number; revision: number; objects: number };
}

export interface OpenedStore {
  store: Store;
  recovery?: Recovery;
}

export interface OpenStoreOptions {
  paths: ReturnType<typeof dataPaths>;
  clock: Clock;
  log: Log;
}

/** Revisions go on so far behind those of the snapshot: no client knows a later one. */
const revisionsAhead = 10_000_000;
/** A start that died while it read the store so often says that the store is damaged. */
const deaths = 5;
/** How LMDB says that a file is not what it wrote. */
const damage = /MDB_(CORRUPTED|INVALID|PAGE_NOTFOUND|VERSION_MISMATCH|PANIC|BAD_TXN)|Located page was wrong type|not an LMDB file/;

/**
 * Opens the store and reads all of it once. One that is damaged, or gone, is set aside, and the cluster goes on from the
 * newest whole snapshot; nothing is deleted.
 * @throws Error for what is no damage: no rights, no space, a newer format
 */
export async function openStore(options: OpenStoreOptions): Promise<OpenedStore> {
  const { paths } = options;
  const gone = !existsSync(paths.store) && existsSync(paths.pki);
  if (existsSync(paths.recoveryAsked)) {
    rmSync(paths.recoveryAsked);
    return recover(options, "It was asked to go on from a snapshot");
  }
  if (gone) return recover(options, `${paths.store} is gone`);
  if (diedReading(paths.store)) return recover(options, `${paths.store} is damaged: reading it ended the process ${deaths} times`);
  try {
    const store = LmdbStore.open({ path: paths.store });
    await store.range({ prefix: "/registry/" });
    rmSync(markOf(paths.store), { recursive: true, force: true });
    return { store };
  } catch (error) {
    rmSync(markOf(paths.store), { recursive: true, force: true });
    if (!(error instanceof StoreDamagedError || damage.test(String(error)))) throw error;
    return recover(options, (error as Error).message);
  }
}

const markOf = (path: string): string => `${path}.reading`;

/** Leaves a mark for each start that reads the store; true when so many starts before left theirs. */
function diedReading(path: string): boolean {
  for (let death = 1; death <= deaths; death++) {
    const mark = join(markOf(path), String(death));
    if (existsSync(mark)) continue;
    mkdirSync(mark, { recursive: true, mode: 0o700 });
    return false;
  }
  rmSync(markOf(path), { recursive: true });
  return true;
}

async function recover({ paths, clock, log }: OpenStoreOptions, problem: string): Promise<OpenedStore> {
  const setAside = join(paths.store, "..", `damaged-${new Date(clock.now()).toISOString().replaceAll(":", "")}`);
  mkdirSync(setAside, { recursive: true, mode: 0o700 });
  // The journal tells of revisions that are no more.
  for (const path of [paths.store, `${paths.store}-lock`, paths.journal]) if (existsSync(path)) renameSync(path, join(setAside, basename(path)));
  const newest = await newestSnapshot(paths.snapshots, log);
  const store = LmdbStore.open({ path: paths.store, startAfter: (newest?.header.revision ?? 0) + revisionsAhead });
  if (newest) await writeEntries(store, newest.entries);
  const recovery: Recovery = { problem, setAside, ...(newest ? { from: fromOf(newest.header) } : {}) };
  writeFileSync(join(setAside, "REPORT.txt"), `${recoveryText(recovery)}\n`, { mode: 0o600 });
  log.error("the store was damaged", { problem, setAside, snapshot: newest?.header.name ?? "none" });
  return { store, recovery };
}

const fromOf = ({ name, at, revision, objects }: SnapshotHeader) => ({ snapshot: name, at, revision, objects });

/** What happened, what is lost, and where the rest is. */
export function recoveryText({ problem, setAside, from }: Recovery): string {
  const now = from
    ? `The cluster goes on from snapshot "${from.snapshot}" of ${new Date(from.at).toISOString()} (${from.objects} objects); writes after revision ${from.revision} are lost.`
    : "There was no whole snapshot: the cluster begins anew, and all objects are lost.";
  return `${problem}. ${now} What was there is kept in ${setAside}.`;
}

/** The newest of the snapshots that are whole. */
async function newestSnapshot(folder: string, log: Log): Promise<{ header: SnapshotHeader; entries: SnapshotEntry[] } | undefined> {
  const files = existsSync(folder) ? (await readdir(folder)).filter((file) => file.endsWith(".snapshot")) : [];
  const dated = await Promise.all(files.map(async (file) => ({ path: join(folder, file), at: (await stat(join(folder, file))).mtimeMs })));
  for (const { path } of dated.sort((a, b) => b.at - a.at)) {
    try {
      return await readSnapshot(path);
    } catch (error) {
      log.warn("a snapshot is passed over", { error: (error as Error).message });
    }
  }
  return undefined;
}
