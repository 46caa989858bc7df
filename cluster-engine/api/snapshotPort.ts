/** A snapshot as it is listed. */
export interface SnapshotInfo {
  name: string;
  /** ms since the epoch. */
  at: number;
  /** Of the store: all writes up to it are in the snapshot. */
  revision: number;
  objects: number;
  /** Of the file. */
  bytes: number;
}

export interface SnapshotEntry {
  key: string;
  /** The stored object, encoded. */
  value: Uint8Array;
}

/** Snapshots of the cluster that this engine runs. Each method rejects with an Error that names the file and the problem. */
export interface SnapshotPort {
  list(): Promise<SnapshotInfo[]>;
  /** Of the newest state. Undefined when there is one of this name. */
  create(name: string): Promise<SnapshotInfo | undefined>;
  /** False when there is none. */
  remove(name: string): Promise<boolean>;
  /** What is in it, once its checksum was found right; undefined when there is none. */
  read(name: string): Promise<SnapshotEntry[] | undefined>;
}
