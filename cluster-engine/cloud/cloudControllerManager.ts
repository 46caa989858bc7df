import type { Clock } from "../base/clock.ts";
import { Disposables } from "../base/disposal.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { createClient } from "../client/client.ts";
import { createEventRecorder } from "../client/events.ts";
import { createInformers } from "../client/informers.ts";
import type { Transport } from "../client/types.ts";
import type { CloudControllerContext } from "./controllers/context.ts";
import { startNodeController } from "./controllers/nodeController.ts";
import { startNodeLifecycleController } from "./controllers/nodeLifecycleController.ts";
import { startRouteController } from "./controllers/routeController.ts";
import { startServiceController } from "./controllers/serviceController.ts";
import type { CloudProvider } from "./types.ts";

export interface CloudControllerManagerOptions {
  /** Authenticated as `system:cloud-controller-manager`. */
  transport: Transport;
  provider: CloudProvider;
  /** Address range of pods. */
  clusterCIDR: Promise<string>;
  clock: Clock;
  random: Random;
  log: Log;
}

/**
 * Runs what connects a cluster with a cloud: the controllers of k8s.io/cloud-provider over `provider`. Nodes are
 * initialized and routed to only by a cloud that runs them.
 */
export function startCloudControllerManager({ transport, provider, clusterCIDR, clock, random, log }: CloudControllerManagerOptions): Disposable {
  const running = new Disposables();
  const client = createClient(transport);
  const informers = running.add(createInformers({ client, clock, random, log }));
  const context: CloudControllerContext = {
    client,
    informers,
    clock,
    log,
    provider,
    clusterCIDR,
    events: (component) => createEventRecorder({ client, clock, log, component }),
  };
  running.add(startServiceController(context));
  running.add(startNodeLifecycleController(context));
  if (provider.machines) running.add(startNodeController(context));
  if (provider.routes) running.add(startRouteController(context, provider.routes));
  if (provider.runConsole) running.add(provider.runConsole({ transport, clock, random, log }));
  return running;
}
