import type { ObjectRef } from "../../../shared/contract.ts";
import type { ChainMessage, HistoryMessage } from "../../../shared/journal.ts";
import { keyOf } from "../../../shared/kubernetes/object.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { Clusters } from "../clusters/clusters.ts";
import { isNotFound } from "../errors.ts";
import { findObject } from "../objects/api.ts";
import { PolledStream } from "../port/polledStream.ts";
import type { StreamEnds, StreamHandlers, StreamSource } from "../port/types.ts";
import type { Clock } from "../time.ts";
import { type ChainEntry, chainOf, type JournalEntry, writeOf, writesFromManagers } from "./writes.ts";

const path = "/apis/wherry.dev/v1/journal";
const shownWrites = 200;
const shownSteps = 1000;

/** Past writes: of one object, and what one write brought about. */
export const journalStreams = (clusters: Clusters, clock: Clock): Pick<StreamHandlers, "history" | "chain"> => ({
  history: { pace: 500, open: ({ cluster, object }, ends) => historyStream(clusters.get(cluster), object, clock, ends) },
  chain: {
    pace: 500,
    open: ({ cluster, revisions }, ends) =>
      new PolledStream({
        clock,
        ends,
        // A rollout goes on for a while; what comes later is rare.
        every: (quietMs) => (quietMs < 15_000 ? 1000 : 5000),
        read: () => readChain(clusters.get(cluster), revisions),
      }),
  },
});

async function readChain(cluster: Cluster, revisions: number[]): Promise<ChainMessage> {
  const query = { revision: revisions.join(","), limit: shownSteps };
  const [answer, kinds] = await Promise.all([
    cluster.connection.json<{ items: ChainEntry[]; truncated: boolean }>({ path: `${path}/chain`, query }),
    cluster.resources(),
  ]);
  return chainOf(answer, kinds);
}

/** Read again whenever the object changes. */
function historyStream(cluster: Cluster, object: ObjectRef, clock: Clock, ends: StreamEnds): StreamSource<HistoryMessage> {
  const stream = new PolledStream<HistoryMessage>({ clock, ends, every: () => 10_000, read: () => readHistory(cluster, object) });
  const lease = cluster.caches.lease({ ...object });
  const key = keyOf(object);
  let seen: unknown;
  const changed = () => {
    const now = lease.cache.get(key)?.object;
    if (now !== seen) void stream.read();
    seen = now;
  };
  const subscription = lease.cache.subscribe({ changed });
  return {
    next: () => stream.next(),
    [Symbol.dispose]() {
      subscription[Symbol.dispose]();
      lease[Symbol.dispose]();
      stream[Symbol.dispose]();
    },
  };
}

async function readHistory(cluster: Cluster, object: ObjectRef): Promise<HistoryMessage> {
  const { group, resource, namespace, name } = object;
  try {
    const query = { group, resource, name, ...(namespace ? {} : { namespace: "" }), limit: shownWrites };
    const scope = namespace ? `/apis/wherry.dev/v1/namespaces/${namespace}/journal` : path;
    const [{ items }, kinds] = await Promise.all([cluster.connection.json<{ items: JournalEntry[] }>({ path: scope, query }), cluster.resources()]);
    return { source: "journal", writes: items.toReversed().map((entry) => writeOf(entry, kinds)) };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const live = await findObject(cluster, object);
    return { source: "managedFields", writes: live ? writesFromManagers(live, object) : [] };
  }
}
