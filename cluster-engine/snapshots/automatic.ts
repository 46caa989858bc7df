import type { SnapshotPort } from "../api/snapshotPort.ts";
import { type Clock, every } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Store } from "../store/types.ts";
import { isTransient } from "./transient.ts";

const firstAfter = 60_000;
const interval = 600_000;
const kept = 3;
/** Of more objects none is made unasked: reading them all holds up everything else. */
const mostObjects = 20_000;
const root = "/registry/";
const prefix = "auto-";

export interface AutomaticOptions {
  snapshots: SnapshotPort;
  store: Store;
  clock: Clock;
  log: Log;
}

/** Every ten minutes in which something changed a snapshot; the newest three of these stay. */
export function keepSnapshots(options: AutomaticOptions): Disposable {
  const seen = { revision: 0 };
  const run = () => void take(options, seen).catch((error: unknown) => options.log.warn("no automatic snapshot", { error: String(error) }));
  return every(options.clock, interval, run, firstAfter);
}

async function take({ snapshots, store, clock }: AutomaticOptions, seen: { revision: number }): Promise<void> {
  if ((await store.count(root)) > mostObjects) return;
  const { items } = await store.range({ prefix: root });
  const newest = items.reduce((last, { key, modRevision }) => (isTransient(key) ? last : Math.max(last, modRevision)), 0);
  if (newest <= seen.revision) return;
  const time = new Date(clock.now()).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
  await snapshots.create(prefix + time);
  seen.revision = newest;
  const old = (await snapshots.list()).filter(({ name }) => name.startsWith(prefix)).slice(0, -kept);
  for (const { name } of old) await snapshots.remove(name);
}
