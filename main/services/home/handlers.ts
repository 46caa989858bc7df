import type { Clusters } from "../clusters/clusters.ts";
import type { StreamHandlers } from "../port/types.ts";
import { HomeStream } from "./homeStream.ts";

export const homeStreams = (clusters: Clusters): Pick<StreamHandlers, "home"> => ({
  home: { pace: 500, open: ({ cluster, namespaces }, ends) => new HomeStream(clusters.get(cluster), namespaces, ends) },
});
