import type { Clusters } from "../clusters/clusters.ts";
import type { StreamHandlers } from "../port/types.ts";
import type { Clock } from "../time.ts";
import { MetricsStream } from "./metricsStream.ts";

export const metricsStreams = (clusters: Clusters, clock: Clock): Pick<StreamHandlers, "metrics"> => ({
  metrics: { pace: 1000, open: ({ cluster, object }, ends) => new MetricsStream(clusters.get(cluster), object, clock, ends) },
});
