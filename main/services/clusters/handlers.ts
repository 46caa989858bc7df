import type { ApiResource } from "../../../shared/contract.ts";
import { latest } from "../port/latest.ts";
import type { RequestHandlers, StreamHandlers, StreamSource } from "../port/types.ts";
import type { EngineControl } from "../types.ts";
import type { Clusters } from "./clusters.ts";
import { preferredResources } from "./discovery.ts";

type Requests = Pick<RequestHandlers, "clusters.connect" | "clusters.set" | "engine.start" | "engine.stop" | "resources.list">;
type Streams = Pick<StreamHandlers, "clusters" | "engine" | "resources">;

export const clusterRequests = (clusters: Clusters, engine: EngineControl): Requests => ({
  "clusters.connect": async ({ cluster }) => {
    clusters.get(cluster);
    return null;
  },
  "clusters.set": async ({ cluster, protected: guarded, readOnly }) => {
    await clusters.set(cluster, { ...(guarded === undefined ? {} : { protected: guarded }), ...(readOnly === undefined ? {} : { readOnly }) });
    return null;
  },
  "engine.start": async ({ fromSnapshot }) => {
    await engine.start({ fromSnapshot });
    await clusters.reload();
    return null;
  },
  "engine.stop": async ({ pods }) => {
    await engine.stop({ pods });
    return null;
  },
  "resources.list": async ({ cluster }) => preferredResources(await clusters.get(cluster).resources()),
});

export const clusterStreams = (clusters: Clusters, engine: EngineControl): Streams => ({
  clusters: {
    pace: 200,
    open: (_params, ends) =>
      latest(
        () => clusters.summaries,
        (wake) => clusters.subscribe(wake),
        ends,
      ),
  },
  engine: {
    pace: 200,
    open: (_params, ends) =>
      latest(
        () => engine.state(),
        (wake) => engine.subscribe(wake),
        ends,
      ),
  },
  resources: {
    pace: 500,
    open: ({ cluster: id }, ends) => {
      const cluster = clusters.get(id);
      // A cluster that is not up yet is asked again when it is; why it is down is in its summary.
      cluster.resources().catch(() => {});
      return latest<ApiResource[] | undefined>(
        () => cluster.knownResources && preferredResources(cluster.knownResources),
        (wake) => cluster.onResources(wake),
        ends,
      ) as StreamSource<ApiResource[]>;
    },
  },
});
