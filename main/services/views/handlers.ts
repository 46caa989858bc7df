import type { Clusters } from "../clusters/clusters.ts";
import type { StreamHandlers } from "../port/types.ts";
import { ViewStream } from "./viewStream.ts";

export const viewStreams = (clusters: Clusters): Pick<StreamHandlers, "view"> => ({
  view: { pace: 100, open: (params, ends) => new ViewStream(clusters.get(params.cluster), params, ends) },
});
