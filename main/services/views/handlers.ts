import type { Clusters } from "../clusters/clusters.ts";
import type { StreamHandlers } from "../port/types.ts";
import type { Clock } from "../time.ts";
import { View } from "./view.ts";

/** Lists, at most ten messages a second each. */
export const viewStreams = (clusters: Clusters, clock: Clock): Pick<StreamHandlers, "view"> => ({
  view: { pace: 100, open: (request, ends) => new View({ cluster: clusters.get(request.cluster), clock, request, ends }) },
});
