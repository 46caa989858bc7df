import type { UserInfo } from "../../shared/kubernetes/types.ts";
import type { NodeConnections } from "../api/nodeConnection.ts";
import type { SnapshotPort } from "../api/snapshotPort.ts";
import type { SchedulerPort } from "../api/schedulerPort.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { Transport } from "../client/types.ts";
import type { LegacyTokenOwner } from "./authentication/legacyTokens.ts";
import type { Store } from "../store/types.ts";

export interface ApiServerOptions {
  store: Store;
  clock: Clock;
  random: Random;
  log: Log;
  host: string;
  /** 0 picks a free port. */
  port: number;
  /** PEM. */
  serving: { cert: string; key: string };
  /** PEM; client certificates must be signed by it. */
  clientCA: string;
  /** PEM; signs and checks ServiceAccount tokens (RS256 or ES256). */
  serviceAccountKeys: { signing: string; verify: string[] };
  issuer: string;
  /** Address range of Services, `10.96.0.0/16`. */
  serviceCIDR: string;
  nodePortRange: { from: number; to: number };
  nodes: NodeConnections;
  /** What the scheduler tells; undefined until there is one. */
  scheduler?: () => SchedulerPort | undefined;
  /** Keeps snapshots; absent: there are none. */
  snapshots?: { port: SnapshotPort; isTransient(key: string): boolean };
  /** Folder of the journal's files; absent: the journal ends with the process. */
  journalFolder?: string;
  /** Settles when the nodes that start with the server are there; without it none is waited for. */
  nodesStarted?: Promise<void>;
  /** Opens a TCP connection to a pod or Service address, for the proxy subresources and webhooks; undefined when there is no pod network. */
  dialPod?: (host: string, port: number) => Promise<import("node:stream").Duplex>;
}

export interface ApiServer {
  readonly url: string;
  readonly port: number;
  /** Access from inside the process, as `user`, through the same chain as HTTPS. */
  transport(user: UserInfo, userAgent: string): Transport;
  /** The token of a Secret of type kubernetes.io/service-account-token: it never ends. */
  signLegacyToken(owner: LegacyTokenOwner): string;
  /** Where pods reach this server: the address behind the `kubernetes` Service (Endpoints and EndpointSlice). */
  advertise(ip: string, port: number): Promise<void>;
  /** Ends watches and connections, waits for writes. Does not close the store. */
  close(): Promise<void>;
}
