import { type Clock, every } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Revision, Store } from "./types.ts";

/** Every `intervalMs` forgets what is older than the interval before, as kube-apiserver does with etcd (5 minutes). */
export function startCompactor({
  store,
  clock,
  log,
  intervalMs = 300_000,
}: {
  store: Store;
  clock: Clock;
  log: Log;
  intervalMs?: number;
}): Disposable {
  let previous: Revision = store.revision;
  return every(clock, intervalMs, () => {
    const target = previous;
    previous = store.revision;
    if (target > store.compacted) store.compact(target).catch((error: unknown) => log.warn("compaction failed", { error: String(error) }));
  });
}
