import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { EventRecorder } from "../../client/events.ts";
import type { ReconcilerOptions } from "../../client/reconciler.ts";
import type { Client, Informers } from "../../client/types.ts";
import type { CloudProvider } from "../types.ts";

/** What every cloud controller is given. */
export interface CloudControllerContext {
  client: Client;
  informers: Informers;
  clock: Clock;
  log: Log;
  provider: CloudProvider;
  /** Addresses of pods: routes outside are not ours. */
  clusterCIDR: Promise<string>;
  /** A recorder of events from this source. */
  events(component: string): EventRecorder;
}

/** The parts of a context that every reconcile loop shares. */
export const loopOptions = ({
  client,
  informers,
  clock,
  log,
}: CloudControllerContext): Pick<ReconcilerOptions, "client" | "informers" | "clock" | "log"> => ({ client, informers, clock, log });

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
