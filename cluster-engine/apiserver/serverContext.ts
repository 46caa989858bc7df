import type { NodeConnections } from "../api/nodeConnection.ts";
import type { SnapshotPort } from "../api/snapshotPort.ts";
import type { SchedulerPort } from "../api/schedulerPort.ts";
import type { Authentication } from "./authentication/authentication.ts";
import type { Rbac } from "./authorization/rbac.ts";
import type { RequestMetrics } from "./metrics/requestMetrics.ts";
import type { ApiServerOptions } from "./types.ts";
import type { VerbContext } from "./verbs/verbContext.ts";

/** Everything that handlers may need of the server. */
export interface ServerContext extends VerbContext, Authentication {
  nodes: NodeConnections;
  scheduler: () => SchedulerPort | undefined;
  nodesStarted?: Promise<void>;
  dialPod: ApiServerOptions["dialPod"];
  snapshots?: SnapshotPort;
  /** Whether a key of the store is of no state worth keeping. */
  transientKey(key: string): boolean;
  rbac: Rbac;
  issuer: string;
  metrics: RequestMetrics;
}
