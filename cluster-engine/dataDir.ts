import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { writePrivateFile } from "./pki/privateFile.ts";

/** Where a cluster lives when nobody says otherwise: the platform's place for an application's data. */
export function defaultDataDir(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  if (env["WHERRY_DATA_DIR"]) return env["WHERRY_DATA_DIR"];
  if (platform === "darwin") return join(homedir(), "Library", "Application Support", "Wherry", "cluster");
  if (platform === "win32") return join(env["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local"), "Wherry", "cluster");
  return join(env["XDG_DATA_HOME"] ?? join(homedir(), ".local", "share"), "wherry", "cluster");
}

/** The files of a data dir. */
export const dataPaths = (dataDir: string) => ({
  pki: join(dataDir, "pki"),
  store: join(dataDir, "store.mdb"),
  journal: join(dataDir, "journal"),
  kubeconfig: join(dataDir, "kubeconfig"),
  pods: join(dataDir, "kubelet"),
  volumes: join(dataDir, "volumes"),
  snapshots: join(dataDir, "snapshots"),
  staticPods: join(dataDir, "static-pods"),
  recoveryAsked: join(dataDir, "recover-from-snapshot"),
  settings: join(dataDir, "cluster.json"),
  engine: join(dataDir, "engine.json"),
});

/** Has the next start set aside what is stored, and go on from the newest snapshot. */
export function askForRecovery(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writePrivateFile(dataPaths(dataDir).recoveryAsked, "");
}

/** The engine that runs on a data dir; written when it is ready, removed when it stops. */
export interface EngineRecord {
  pid: number;
  url: string;
  kubeconfig: string;
  /** ms since the epoch. */
  startedAt: number;
}

/** The running engine of a data dir; undefined when there is none, or only the record of one that died. */
export function runningEngine(dataDir: string): EngineRecord | undefined {
  const record = readJson<EngineRecord>(dataPaths(dataDir).engine);
  return record && isAlive(record.pid) ? record : undefined;
}

export const writeEngineRecord = (dataDir: string, record: EngineRecord): void => writeJson(dataPaths(dataDir).engine, record, { replaceable: true });

export const removeEngineRecord = (dataDir: string): void => rmSync(dataPaths(dataDir).engine, { force: true });

/** What a cluster keeps about itself. */
export interface ClusterSettings {
  /** Marks its containers on the engine. */
  id: string;
  /** Of the API; kept so that kubeconfigs stay valid. */
  port?: number;
}

export function openSettings(dataDir: string, newId: () => string): ClusterSettings {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const stored = readJson<ClusterSettings>(dataPaths(dataDir).settings);
  if (stored) return stored;
  const settings = { id: newId() };
  writeSettings(dataDir, settings);
  return settings;
}

export const writeSettings = (dataDir: string, settings: ClusterSettings): void => writeJson(dataPaths(dataDir).settings, settings);

function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`${path} can't be read: ${(error as Error).message}`, { cause: error });
  }
}

const writeJson = (path: string, value: unknown, how?: { replaceable: boolean }): void =>
  writePrivateFile(path, JSON.stringify(value, undefined, 2) + "\n", how);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
