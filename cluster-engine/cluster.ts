import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Duplex } from "node:stream";
import type { NodeConnection } from "./api/nodeConnection.ts";
import type { SnapshotPort } from "./api/snapshotPort.ts";
import type { SchedulerPort } from "./api/schedulerPort.ts";
import { startApiServer } from "./apiserver/server.ts";
import type { ApiServer } from "./apiserver/types.ts";
import { type Clock, systemClock } from "./base/clock.ts";
import { Disposables } from "./base/disposal.ts";
import { nameSuffix, type Random, systemRandom } from "./base/random.ts";
import { publishClusterInfo } from "./clusterInfo.ts";
import { type ControlLoops, startControlLoops } from "./controlLoops.ts";
import { dataPaths, openSettings, removeEngineRecord, runningEngine, writeEngineRecord, writeSettings } from "./dataDir.ts";
import { apiNames, host, issuer, serviceCIDR } from "./identity.ts";
import { type RunningNodes, startNodes } from "./nodes.ts";
import { openCloud } from "./openCloud.ts";
import { certificateAuthority } from "./pki/authority.ts";
import { kubeconfig } from "./pki/kubeconfig.ts";
import { openPki } from "./pki/pki.ts";
import { writePrivateFile } from "./pki/privateFile.ts";
import type { Pki } from "./pki/types.ts";
import { openStore, recoveryText } from "./openStore.ts";
import { PodNetworkDialer } from "./podNetworkDialer.ts";
import { stepper } from "./steps.ts";
import { fillFromSnapshot } from "./snapshots/branch.ts";
import { keepSnapshots } from "./snapshots/automatic.ts";
import { openSnapshots } from "./snapshots/snapshots.ts";
import { isTransient } from "./snapshots/transient.ts";
import { startCompactor } from "./store/compactor.ts";
import type { SchedulerConfiguration } from "./scheduler/config/types.ts";
import type { Store } from "./store/types.ts";
import type { Cluster, ClusterOptions } from "./types.ts";
import { openVolumes } from "./volumes.ts";

/**
 * Starts a cluster: resolves when the API answers. Controllers, scheduler, container runtime and nodes come up behind it;
 * `runtime` tells how they fared.
 * @throws Error when the data dir or the port can't be used.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const base = { clock: systemClock, random: systemRandom };
  const paths = dataPaths(options.dataDir);
  const settings = openSettings(options.dataDir, () => nameSuffix(base.random, 8));
  const step = stepper(options, () => base.clock.monotonic());
  const other = runningEngine(options.dataDir);
  if (other && other.pid !== process.pid)
    throw new Error(`a cluster runs on ${options.dataDir} already (process ${other.pid}, ${other.url}): stop it first with "wherry stop"`);

  const cloud = await openCloud(options, settings.id, base.clock);
  const placing = options.schedulerConfig ? { schedulerConfiguration: await readSchedulerConfiguration(options.schedulerConfig) } : {};
  const { store, recovery } = await step("store", () => openStore({ paths, clock: base.clock, log: options.log.named("store") }));
  if (options.fromSnapshot) await fillFromSnapshot({ from: options.fromSnapshot, store, pki: paths.pki });
  const pki = await step("certificates", () => openPki({ dir: paths.pki, clock: base.clock, ...apiNames }));
  const connections = new Map<string, NodeConnection>();
  const podNetwork = new PodNetworkDialer();
  const { promise: nodesStarted, resolve: onNodesStarted } = deferred<void>();
  let scheduler: SchedulerPort | undefined;
  const snapshots = openSnapshots({ folder: paths.snapshots, pki: paths.pki, store, clock: base.clock });
  const ports = { snapshots, connections, dialPod: podNetwork.dial, scheduler: () => scheduler };
  const server = await step("api", () => startServer({ ...base, ...ports, options, store, pki, nodesStarted, keptPort: settings.port }));
  if (settings.port !== server.port) writeSettings(options.dataDir, { ...settings, port: server.port });
  publishKubeconfig(options, server, pki);
  publishClusterInfo(server, pki.ca.cert).catch((error: unknown) => options.log.warn("cluster-info not published", { error: String(error) }));

  const running = new Disposables();
  running.add(keepSnapshots({ snapshots, store, clock: base.clock, log: options.log.named("snapshots") }));
  running.add(startCompactor({ store, clock: base.clock, log: options.log.named("compactor") }));
  const { promise: clusterCIDR, resolve: onClusterCIDR } = deferred<string>();
  const identity = `${hostname()}_${settings.id}`;
  const volumes = openVolumes(options.dataDir, cloud, async () => (await nodes).runtime);
  const onScheduler = (port: SchedulerPort | undefined) => (scheduler = port);
  const certificates = certificateAuthority(pki.ca, base.clock);
  const loops = await step("controllers", async () =>
    startControlLoops({
      ...base,
      ...placing,
      log: options.log,
      server,
      rootCA: pki.ca.cert,
      clusterCIDR,
      cloud,
      volumes,
      certificates,
      identity,
      onScheduler,
    }),
  );
  const nodes = startNodes({ ...base, options, clusterId: settings.id, server, connections, podNetwork, step, cloud, onClusterCIDR });
  // Whoever asks for `runtime` is told; without pods the API goes on.
  nodes.catch(() => {}).finally(onNodesStarted);
  writeEngineRecord(options.dataDir, { pid: process.pid, url: server.url, kubeconfig: paths.kubeconfig, startedAt: base.clock.now() });
  return {
    url: server.url,
    kubeconfigPath: options.kubeconfig ?? paths.kubeconfig,
    ...(recovery ? { recovery: recoveryText(recovery) } : {}),
    runtime: nodes.then(({ report }) => report),
    stop: ({ pods = false } = {}) => stopCluster({ dataDir: options.dataDir, running, loops, nodes, server, store }, pods),
  };
}

/** @throws Error that names the file and each wrong field */
async function readSchedulerConfiguration(path: string): Promise<SchedulerConfiguration> {
  const { parseSchedulerConfiguration } = await import("./scheduler/config/parse.ts");
  try {
    return parseSchedulerConfiguration(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

interface ServerParts {
  clock: Clock;
  random: Random;
  options: ClusterOptions;
  store: Store;
  pki: Pki;
  connections: Map<string, NodeConnection>;
  dialPod(address: string, port: number): Promise<Duplex>;
  scheduler(): SchedulerPort | undefined;
  snapshots: SnapshotPort;
  nodesStarted: Promise<void>;
  /** The port of the last run. */
  keptPort?: number;
}

async function startServer({ options, pki, connections, keptPort, snapshots, ...parts }: ServerParts): Promise<ApiServer> {
  const paths = dataPaths(options.dataDir);
  const start = (port: number) =>
    startApiServer({
      ...parts,
      log: options.log.named("apiserver"),
      host,
      port,
      serving: pki.serving,
      clientCA: pki.ca.cert,
      serviceAccountKeys: { signing: pki.serviceAccount.private, verify: [pki.serviceAccount.public] },
      issuer,
      serviceCIDR,
      nodePortRange: { from: 30_000, to: 32_767 },
      nodes: (name) => connections.get(name),
      journalFolder: paths.journal,
      snapshots: { port: snapshots, isTransient },
    });
  try {
    return await start(options.port || keptPort || 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    if (options.port)
      throw new Error(`port ${options.port} on ${host} is taken by another program: choose another with --port, or 0 for a free one`, {
        cause: error,
      });
    // The port that was free last time is not now: kubeconfigs are written anew.
    return start(0);
  }
}

function publishKubeconfig({ dataDir, kubeconfig: extra }: ClusterOptions, server: ApiServer, pki: Pki): void {
  const text = kubeconfig({ name: "wherry", server: server.url, caCert: pki.ca.cert, user: pki.admin });
  for (const path of [dataPaths(dataDir).kubeconfig, ...(extra ? [extra] : [])]) writePrivateFile(path, text, { replaceable: true });
}

function deferred<T>(): { promise: Promise<T>; resolve(value: T): void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

interface RunningParts {
  dataDir: string;
  running: Disposable;
  loops: ControlLoops;
  nodes: Promise<RunningNodes>;
  server: ApiServer;
  store: Store;
}

async function stopCluster({ dataDir, running, loops, nodes, server, store }: RunningParts, pods: boolean): Promise<void> {
  await nodes.then((started) => started.stop({ pods })).catch(() => {});
  await loops.stop();
  running[Symbol.dispose]();
  await server.close();
  await store.close();
  removeEngineRecord(dataDir);
}
