import { existsSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { SnapshotEntry } from "../api/snapshotPort.ts";
import { writePrivateFile } from "../pki/privateFile.ts";
import type { Store } from "../store/types.ts";
import { readSnapshot } from "./snapshotFile.ts";

export interface BranchOptions {
  /** The snapshot's file. */
  from: string;
  /** The new cluster's store: empty. */
  store: Store;
  /** The new cluster's folder of certificates: none are there yet. */
  pki: string;
}

/** Fills a new data dir with what is in a snapshot: objects and certificates. @throws Error when the dir has a cluster already */
export async function fillFromSnapshot({ from, store, pki }: BranchOptions): Promise<void> {
  if (store.revision > 0 || existsSync(pki))
    throw new Error(`a cluster is there already: choose an empty --data-dir for one that begins from ${from}`);
  const { header, entries } = await readSnapshot(from);
  mkdirSync(pki, { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(header.pki)) writePrivateFile(join(pki, basename(name)), text);
  await writeEntries(store, entries);
}

/** Writes what is in a snapshot to a store that has none of it. */
export async function writeEntries(store: Store, entries: readonly SnapshotEntry[]): Promise<void> {
  await Promise.all(
    entries.map(({ key, value }) => {
      const object = JSON.parse(Buffer.from(value).toString()) as { metadata: { resourceVersion?: string } };
      const encode = (revision: number) =>
        Buffer.from(JSON.stringify({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }));
      return store.write({ key, type: "put", expected: 0, encode });
    }),
  );
}
