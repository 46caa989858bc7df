import type { SchedulerPort } from "./api/schedulerPort.ts";
import { isInScope, usageOf } from "./apiserver/admission/quotaUsage.ts";
import { compilationProblem } from "./apiserver/cel/check.ts";
import type { ApiServer } from "./apiserver/types.ts";
import type { Clock } from "./base/clock.ts";
import { Disposables } from "./base/disposal.ts";
import type { Log } from "./base/log.ts";
import type { Random } from "./base/random.ts";
import { createClient } from "./client/client.ts";
import { type LeaderElection, runLeaderElection } from "./client/leaderElection.ts";
import type { Transport } from "./client/types.ts";
import { startCloudControllerManager } from "./cloud/cloudControllerManager.ts";
import { localCloud } from "./cloud/local.ts";
import type { CloudProvider } from "./cloud/types.ts";
import type { VolumeStorage } from "./cloud/volumes.ts";
import { startControllers } from "./controllers/registry.ts";
import type { CertificateAuthority } from "./pki/types.ts";
import { matchesDevice } from "./deviceSelectors.ts";
import { component } from "./identity.ts";
import type { SchedulerConfiguration } from "./scheduler/config/types.ts";
import { startScheduler } from "./scheduler/scheduler.ts";

export interface ControlLoopsOptions {
  clock: Clock;
  random: Random;
  log: Log;
  server: ApiServer;
  /** PEM. */
  rootCA: string;
  clusterCIDR: Promise<string>;
  /** Signs the certificates that are asked for; absent: nobody does. */
  certificates?: CertificateAuthority;
  /** This machine when absent. */
  cloud?: CloudProvider;
  /** Makes volumes for claims; absent: nobody does. */
  volumes?: VolumeStorage;
  /** How pods are placed; kube-scheduler's defaults when absent. */
  schedulerConfiguration?: SchedulerConfiguration;
  /** Told of the scheduler when it works here, and of none when it ends. */
  onScheduler?(scheduler: SchedulerPort | undefined): void;
  /** Tells this engine from others on the same store; each component then works in one of them. Absent: there is no other. */
  identity?: string;
}

export interface ControlLoops extends Disposable {
  /** Ends all work, and gives the leaders' Leases back so that the next engine need not wait. */
  stop(): Promise<void>;
}

/** A program of a control plane: works while it has the lead. */
interface Program {
  name: string;
  start(transport: Transport): Disposable;
}

/** Starts the controller manager, the scheduler and the cloud controller manager. */
export function startControlLoops(options: ControlLoopsOptions): ControlLoops {
  const { server, identity } = options;
  const running = new Disposables();
  const elections: LeaderElection[] = [];
  for (const { name, start } of programs(options)) {
    const transport = server.transport(component(name), name);
    if (identity === undefined) running.add(start(transport));
    else elections.push(elect(options, identity, name, () => start(transport)));
  }
  const stop = async () => {
    running[Symbol.dispose]();
    await Promise.all(elections.map((election) => election.stop()));
  };
  return { stop, [Symbol.dispose]: () => void stop() };
}

/**
 * ms. Longer than Kubernetes' own: renewing is most of what an idle engine does, and an engine that comes back on its data
 * dir need not wait.
 */
const electionTimes = { leaseDuration: 30_000, renewDeadline: 20_000, retryPeriod: 10_000 };

function elect({ clock, random, log, server }: ControlLoopsOptions, identity: string, name: string, lead: () => Disposable): LeaderElection {
  const client = createClient(server.transport(component(name), `${name}/leader-election`));
  return runLeaderElection({ client, clock, random, log: log.named("leader-election"), name, identity, lead, ...electionTimes });
}

function programs(options: ControlLoopsOptions): Program[] {
  const { clock, random, log, cloud = localCloud(), clusterCIDR } = options;
  return [
    { name: "kube-controller-manager", start: () => startControllerManager(options) },
    { name: "kube-scheduler", start: (transport) => startToldScheduler(options, transport) },
    {
      name: "cloud-controller-manager",
      start: (transport) => startCloudControllerManager({ transport, provider: cloud, clusterCIDR, clock, random, log: log.named("cloud") }),
    },
  ];
}

function startToldScheduler(options: ControlLoopsOptions, transport: Transport): Disposable {
  const { clock, random, log, onScheduler, schedulerConfiguration: configuration } = options;
  const scheduler = startScheduler({
    transport,
    clock,
    random,
    matchesDevice,
    log: log.named("scheduler"),
    ...(configuration ? { configuration } : {}),
  });
  onScheduler?.(scheduler);
  return {
    [Symbol.dispose]() {
      onScheduler?.(undefined);
      scheduler[Symbol.dispose]();
    },
  };
}

function startControllerManager(options: ControlLoopsOptions): Disposable {
  const { clock, random, log, server, rootCA, clusterCIDR, volumes, certificates } = options;
  return startControllers({
    transport: (user: string) =>
      server.transport(user === "" ? component("kube-controller-manager") : serviceAccount(user), `kube-controller-manager${user && `/${user}`}`),
    clock,
    random,
    log: log.named("controllers"),
    inputs: {
      rootCA,
      clusterCIDR,
      ...(volumes ? { volumes } : {}),
      ...(certificates ? { certificates } : {}),
      signToken: async (owner) => server.signLegacyToken(owner),
      checkExpression: compilationProblem,
      quotas: { usageOf, isInScope },
    },
  });
}

const serviceAccount = (name: string) => ({
  username: `system:serviceaccount:kube-system:${name}`,
  groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
});
