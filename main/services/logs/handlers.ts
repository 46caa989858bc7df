import type { Clusters } from "../clusters/clusters.ts";
import { ServiceError } from "../errors.ts";
import type { RequestHandlers, StreamHandlers } from "../port/types.ts";
import type { Clock } from "../time.ts";
import { LogStream } from "./logStream.ts";

export const logRequests = (): Pick<RequestHandlers, "logs.save"> => ({
  "logs.save": async ({ stream, path }, caller) => {
    const source = caller.source(stream);
    if (!(source instanceof LogStream)) throw new ServiceError("no-stream", "that log is no longer open: open it again, then save");
    await source.save(path);
    return { path };
  },
});

export const logStreams = (clusters: Clusters, clock: Clock): Pick<StreamHandlers, "logs"> => ({
  logs: { pace: 50, open: (params, ends) => new LogStream(clusters.get(params.cluster), params, clock, ends) },
});
