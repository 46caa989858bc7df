import type { Snapshot } from "../../../shared/contract.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { Clusters } from "../clusters/clusters.ts";
import { isNotFound, ServiceError } from "../errors.ts";
import type { RequestHandlers } from "../port/types.ts";

const path = "/apis/wherry.dev/v1/snapshots";
const pathOf = (name: string) => `${path}/${encodeURIComponent(name)}`;

interface Told {
  metadata: { name: string; creationTimestamp: string };
  status: { objects: number; bytes: number };
}

type Names = "snapshots.list" | "snapshots.create" | "snapshots.restore" | "snapshots.delete";

/** Keeping a cluster's whole state, and going back to it. */
export function snapshotRequests(clusters: Clusters): Pick<RequestHandlers, Names> {
  const writable = (id: string): Cluster => {
    const cluster = clusters.get(id);
    cluster.assertWritable();
    return cluster;
  };
  return {
    "snapshots.list": async ({ cluster }) => {
      const { items } = await clusters.get(cluster).connection.json<{ items: Told[] }>({ path }).catch(unlessKept);
      return items.map(snapshotOf).reverse();
    },
    "snapshots.create": async ({ cluster, name }) =>
      snapshotOf(await writable(cluster).connection.json<Told>({ method: "POST", path, body: { metadata: { name } } })),
    "snapshots.restore": async ({ cluster, name }) => {
      const { status } = await writable(cluster).connection.json<{ status: { written: number; deleted: number; before?: string } }>({
        method: "POST",
        path: `${pathOf(name)}/restore`,
        body: {},
      });
      return status;
    },
    "snapshots.delete": async ({ cluster, name }) => {
      await writable(cluster).connection.json({ method: "DELETE", path: pathOf(name) });
      return null;
    },
  };
}

const snapshotOf = ({ metadata, status }: Told): Snapshot => ({
  name: metadata.name,
  at: Date.parse(metadata.creationTimestamp),
  objects: status.objects,
  bytes: status.bytes,
});

function unlessKept(error: unknown): never {
  if (isNotFound(error)) throw new ServiceError("no-snapshots", "only a cluster of Wherry keeps snapshots: this one has none");
  throw error;
}
