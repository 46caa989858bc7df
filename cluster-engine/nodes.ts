import { mkdirSync } from "node:fs";
import type { Service } from "../shared/kubernetes/types.ts";
import type { NodeConnection } from "./api/nodeConnection.ts";
import type { ApiServer } from "./apiserver/types.ts";
import type { Clock } from "./base/clock.ts";
import type { Random } from "./base/random.ts";
import type { CloudProvider, Machine } from "./cloud/types.ts";
import { Turns } from "./base/turns.ts";
import { dataPaths } from "./dataDir.ts";
import { Services } from "./api/resources.ts";
import { createClient } from "./client/client.ts";
import { createInformers } from "./client/informers.ts";
import type { Informer, Informers } from "./client/types.ts";
import { component, serviceCIDR } from "./identity.ts";
import { type Kubelet, startKubelet } from "./kubelet/kubelet.ts";
import { startNetwork } from "./network/network.ts";
import type { Network } from "./network/types.ts";
import type { PodNetworkDialer } from "./podNetworkDialer.ts";
import { NodeFleet } from "./nodeFleet.ts";
import { defaultSandboxImage, openRuntime } from "./runtime/detect.ts";
import type { ContainerRuntime } from "./runtime/types.ts";
import type { Step } from "./steps.ts";
import type { ClusterOptions, RuntimeReport } from "./types.ts";

const dnsIP = "10.96.0.10";
const clusterDomain = "cluster.local";

export interface NodesOptions {
  clock: Clock;
  random: Random;
  options: ClusterOptions;
  clusterId: string;
  server: ApiServer;
  connections: Map<string, NodeConnection>;
  podNetwork: PodNetworkDialer;
  step: Step;
  cloud: CloudProvider;
  /** Told the address range of pods as soon as it is known. */
  onClusterCIDR(cidr: string): void;
}

export interface RunningNodes {
  report: RuntimeReport;
  runtime: ContainerRuntime;
  /** Containers keep running unless `pods`. */
  stop(options: { pods: boolean }): Promise<void>;
}

/** Opens the container runtime, then the pod network, then the nodes on them. */
export async function startNodes(parts: NodesOptions): Promise<RunningNodes> {
  const { options, clusterId, clock, step, cloud, connections } = parts;
  const fleet = new NodeFleet({ names: nodeNames(options.nodes), machines: cloud.machines, clock, log: options.log.named("nodes") });
  const { runtime, report } = await step("runtime", () =>
    openRuntime({ choice: options.runtime, clusterId, clock, nodes: options.nodes, log: options.log.named("runtime") }),
  );
  const { cidr, gateway } = await runtime.podNetwork();
  parts.onClusterCIDR(cidr);
  // No packet passes between simulated pods: the API server is where they would find this machine.
  if (report.simulated) void parts.server.advertise(gateway, parts.server.port);
  const network = await step("network", () => openNetwork(parts, runtime, cidr));
  parts.podNetwork.target = (address, port) => (runtime.dialPod ? runtime.dialPod(address, port) : network.dialPod(address, port));
  const informers = sharedInformers(parts);
  const shared: SharedByNodes = {
    runtime,
    simulated: report.simulated,
    network,
    services: informers.of(Services),
    podTurns: new Turns(simulatedStartsAtOnce),
    phaseOf: phases(options.nodes),
  };
  const turns = new Turns(startingAtOnce);
  await step("nodes", () =>
    fleet.open({
      open: (name, machine) => inTurn(turns, () => openNode(parts, shared, name, report.simulated ? machine : undefined)),
      closed: (name) => connections.delete(name),
    }),
  );
  const { problem } = network;
  if (problem && !report.simulated) options.log.warn("Services have no traffic", { problem });
  return {
    report: { ...report, ...(problem ? { networkProblem: problem } : {}) },
    runtime,
    async stop({ pods }) {
      await fleet.stop({ keepPods: !pods });
      informers[Symbol.dispose]();
      await network.close({ keepRunning: !pods });
      await runtime[Symbol.asyncDispose]();
    },
  };
}

/** The first node alone. */
const runsStaticPods = (name: string): boolean => name === nodeNames(1)[0];

/** `wherry`, `wherry-2`, `wherry-3`, … */
const nodeNames = (count: number): string[] => Array.from({ length: count }, (_, i) => (i === 0 ? "wherry" : `wherry-${i + 1}`));

function openNetwork({ clock, random, options, server }: NodesOptions, runtime: ContainerRuntime, podCIDR: string): Promise<Network> {
  return startNetwork({
    transport: server.transport(component("kube-proxy", "system:node-proxier"), "kube-proxy"),
    runtime,
    clock,
    random,
    log: options.log.named("network"),
    apiServerPort: server.port,
    dnsIP,
    clusterDomain,
    serviceCIDR,
    podCIDR,
    dataDir: options.dataDir,
    systemImage: { name: defaultSandboxImage, ...(options.systemImageArchive ? { archive: options.systemImageArchive } : {}) },
    onApiAddress: (ip: string, port: number) => void server.advertise(ip, port),
  });
}

/** What many nodes see alike is watched once. */
function sharedInformers({ clock, random, options, server }: NodesOptions): Informers {
  const client = createClient(server.transport(component("kube-proxy", "system:node-proxier"), "kubelet"));
  return createInformers({ client, clock, random, log: options.log.named("kubelet") });
}

/** So many nodes start at once: a thousand would hold up everything else. */
const startingAtOnce = 32;

/** Resolves when the node is open; its turn ends when it has started, or failed to. */
async function inTurn(turns: Turns, open: () => Promise<Kubelet>): Promise<Kubelet> {
  const end = await turns.take();
  try {
    const kubelet = await open();
    kubelet.started.then(end, end);
    return kubelet;
  } catch (error) {
    end();
    throw error;
  }
}

/** Spreads what nodes repeat over their periods. */
function phases(count: number): () => number {
  let opened = 0;
  return () => 1 - (opened++ % count) / count;
}

/** Simulated pods take no time to start: all at once they would keep the scheduler from its work. */
const simulatedStartsAtOnce = 32;

/** Simulated pods of more nodes have no files. */
const simulatedNodesWithFiles = 50;

interface SharedByNodes {
  runtime: ContainerRuntime;
  simulated: boolean;
  network: Network;
  services: Informer<Service>;
  podTurns: Turns;
  phaseOf(): number;
}

async function openNode(
  { clock, random, options, server, connections, podNetwork, cloud }: NodesOptions,
  { runtime, simulated, network, services, podTurns, phaseOf }: SharedByNodes,
  name: string,
  /** What it pretends to be; absent: this one. */
  machine: Machine | undefined,
): Promise<Kubelet> {
  const { pods, staticPods } = dataPaths(options.dataDir);
  mkdirSync(staticPods, { recursive: true, mode: 0o700 });
  const kubelet = await startKubelet({
    nodeName: name,
    transport: server.transport(component(`node:${name}`, "system:nodes"), "kubelet"),
    runtime,
    clock,
    random,
    log: options.log.named("kubelet"),
    dataDir: pods,
    clusterDNS: dnsIP,
    clusterDomain,
    // One folder for all: many nodes would each read it, and run what is in it.
    ...(runsStaticPods(name) ? { staticPodPath: staticPods } : {}),
    dialPod: podNetwork.dial,
    podNetworkReady: (sandbox) => network.podNetworkReady(sandbox),
    services,
    phase: phaseOf(),
    ...(simulated ? { podTurns } : {}),
    writesFiles: !(simulated && options.nodes > simulatedNodesWithFiles),
    ...(cloud.machines ? { cloudProvider: "external" } : {}),
    ...(machine ? { capacity: machine.capacity, maxPods: machine.capacity.maxPods } : {}),
  });
  connections.set(name, kubelet);
  return kubelet;
}
