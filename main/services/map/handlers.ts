import type { MapGrouping, MapMessage } from "../../../shared/map.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { Clusters } from "../clusters/clusters.ts";
import { latest } from "../port/latest.ts";
import type { StreamEnds, StreamHandlers, StreamSource } from "../port/types.ts";
import { freshnessOf } from "../watch/freshness.ts";
import { Relations } from "../watch/relations.ts";
import { known } from "../watch/resources.ts";
import { buildMap, mapResources } from "./graph.ts";

export const mapStreams = (clusters: Clusters): Pick<StreamHandlers, "map"> => ({
  map: { pace: 500, open: ({ cluster, namespaces, by }, ends) => mapStream(clusters.get(cluster), namespaces, by, ends) },
});

function mapStream(cluster: Cluster, namespaces: string[], by: MapGrouping, ends: StreamEnds): StreamSource<MapMessage> {
  let changed = () => {};
  const relations = new Relations(cluster, mapResources, () => changed());
  const state = (): MapMessage => ({
    ...buildMap(relations, namespaces, by),
    freshness: freshnessOf(relations.cache("pods")!.status, known.pods),
  });
  const subscribe = (wake: () => void) => {
    changed = wake;
    wake();
    return relations;
  };
  return latest(state, subscribe, ends);
}
