import { accessRequests, accessStreams } from "./access/handlers.ts";
import { actionRequests } from "./actions/handlers.ts";
import { Receipts } from "./actions/receipts.ts";
import { clusterRequests, clusterStreams } from "./clusters/handlers.ts";
import { Clusters } from "./clusters/clusters.ts";
import { Forwards } from "./forwards/forwards.ts";
import { forwardRequests, forwardStreams } from "./forwards/handlers.ts";
import { RememberedForwards } from "./forwards/rememberedForwards.ts";
import { homeStreams } from "./home/handlers.ts";
import { journalStreams } from "./journal/handlers.ts";
import { logRequests, logStreams } from "./logs/handlers.ts";
import { mapStreams } from "./map/handlers.ts";
import { metricsStreams } from "./metrics/handlers.ts";
import { objectRequests, objectStreams } from "./objects/handlers.ts";
import { paletteRequests } from "./palette/handlers.ts";
import { planHandlers } from "./plans/handlers.ts";
import { Session } from "./port/session.ts";
import type { Handlers, ServicesPort } from "./port/types.ts";
import { schedulingRequests, schedulingStreams } from "./scheduling/handlers.ts";
import { serviceRequests } from "./services/handlers.ts";
import { terminalStreams } from "./terminal/handlers.ts";
import { snapshotRequests } from "./snapshots/handlers.ts";
import { systemClock } from "./time.ts";
import type { Services, ServicesOptions } from "./types.ts";
import { viewStreams } from "./views/handlers.ts";

/** Starts everything that windows ask for. Windows are connected one by one. */
export function startServices(options: ServicesOptions): Services {
  const { engine, clock = systemClock } = options;
  const clusters = new Clusters({ ...options, clock });
  const receipts = new Receipts(clock);
  const plans = planHandlers({ clusters, receipts, clock });
  const forwards = new Forwards(clusters, new RememberedForwards(options.dataDir));
  const handlers: Handlers = {
    requests: {
      ...clusterRequests(clusters, engine),
      ...objectRequests(clusters),
      ...plans.requests,
      ...actionRequests({ clusters, receipts, clock }),
      ...accessRequests(clusters, () => clock.now()),
      ...serviceRequests(clusters, forwards),
      ...forwardRequests(forwards),
      ...paletteRequests(clusters),
      ...logRequests(),
      ...schedulingRequests(clusters),
      ...snapshotRequests(clusters),
    },
    streams: {
      ...clusterStreams(clusters, engine),
      ...viewStreams(clusters, clock),
      ...objectStreams(clusters),
      ...homeStreams(clusters),
      ...forwardStreams(forwards),
      ...mapStreams(clusters),
      ...accessStreams(clusters),
      ...metricsStreams(clusters, clock),
      ...plans.streams,
      ...journalStreams(clusters, clock),
      ...schedulingStreams(clusters, clock),
      ...logStreams(clusters, clock),
      ...terminalStreams(clusters),
    },
  };
  const started = Promise.all([clusters.start(), forwards.load()]).then(() => undefined);
  const sessions = new Set<Session>();
  const connect = (port: ServicesPort) => {
    const session = new Session(port, handlers, clock, started);
    sessions.add(session);
    port.onClose(() => sessions.delete(session));
  };
  // The local cluster's kubeconfig is written when its engine is ready.
  const following = engine.subscribe(() => {
    if (engine.state().phase === "ready") void started.then(() => clusters.reload()).catch(() => {});
  });
  if (options.port) connect(options.port);
  return {
    connect,
    async close() {
      following[Symbol.dispose]();
      for (const session of sessions) session.close();
      forwards.close();
      clusters.close();
    },
  };
}
