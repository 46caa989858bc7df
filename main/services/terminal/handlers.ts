import type { Clusters } from "../clusters/clusters.ts";
import type { StreamHandlers } from "../port/types.ts";
import { TerminalStream } from "./terminalStream.ts";

export const terminalStreams = (clusters: Clusters): Pick<StreamHandlers, "terminal"> => ({
  terminal: { pace: 10, open: (params, ends) => new TerminalStream(clusters.get(params.cluster), params, ends) },
});
