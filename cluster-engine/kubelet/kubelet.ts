import { mkdir } from "node:fs/promises";
import { Nodes, Pods, Services } from "../api/resources.ts";
import { within } from "../base/clock.ts";
import { Disposables } from "../base/disposal.ts";
import { createClient } from "../client/client.ts";
import { createEventRecorder } from "../client/events.ts";
import { createInformers } from "../client/informers.ts";
import type { Informer, Informers, Transport } from "../client/types.ts";
import type { Node, Pod, Service } from "../../shared/kubernetes/types.ts";
import type { ResourceType } from "../api/resourceType.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import { KubeletConnection } from "./connection/nodeConnection.ts";
import { UsageHistory } from "./connection/usageHistory.ts";
import { Connections } from "./connections.ts";
import { configReader } from "./containers/configReader.ts";
import { ImageNames } from "./images/imageNames.ts";
import { ImagePuller } from "./images/imagePuller.ts";
import { NodeLease } from "./node/nodeLease.ts";
import { NodeReporter } from "./node/nodeReporter.ts";
import { allocatable } from "./node/nodeStatus.ts";
import { RestartBackoff } from "./pods/backoff.ts";
import { CrashLoops } from "./pods/crashLoops.ts";
import { PodAddresses } from "./pods/podAddresses.ts";
import { PodKiller } from "./pods/podKiller.ts";
import { selecting } from "./pods/podSource.ts";
import { PodStarter } from "./pods/podStarter.ts";
import { PodWorkers } from "./pods/podWorkers.ts";
import { RuntimeCache } from "./pods/runtimeCache.ts";
import { isMirror, isStatic, StaticPods, staticUid } from "./pods/staticPods.ts";
import { Prober } from "./probes/prober.ts";
import { ProbeManager } from "./probes/probeManager.ts";
import { StatusManager } from "./status/statusManager.ts";
import type { Kubelet, KubeletContext, KubeletOptions } from "./types.ts";
import { PodVolumes } from "./volumes/podVolumes.ts";
import { UnwrittenVolumes } from "./volumes/unwrittenVolumes.ts";
import { ServiceAccountTokens } from "./volumes/tokens.ts";

export type { Kubelet, KubeletOptions } from "./types.ts";

const stopDeadlineMs = 1_000;
const defaultMaxPods = 110;
/** Of a large simulation a kubelet remembers so many events. */
const fewEvents = 64;
const defaultParallelPulls = 5;
const defaultVersion = "v1.36.3";

/** Starts a node: registers it, takes over what runs already, and from then on makes the pods bound to it real. */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const [version, network] = await Promise.all([options.runtime.version(), options.runtime.podNetwork()]);
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const machine = { ...version, capacity: { ...version.capacity, ...options.capacity } };
  const kubelet = new NodeKubelet(options, machine, options.nodeIP ?? network.gateway);
  return kubelet;
}

class NodeKubelet extends KubeletConnection implements Kubelet {
  readonly nodeName: string;
  readonly started: Promise<void>;
  readonly #parts: ReturnType<typeof assemble>;
  readonly #owned = new Disposables();
  #stopping: Promise<void> | undefined;

  constructor(options: KubeletOptions, version: RuntimeVersion, nodeIP: string) {
    const parts = assemble(options, version, nodeIP);
    super(parts);
    this.#parts = parts;
    this.nodeName = options.nodeName;
    this.started = this.#start(options);
    this.started.catch((error: Error) => options.log.error("kubelet not started", { node: this.nodeName, error: error.message }));
  }

  async #start(options: KubeletOptions): Promise<void> {
    const { cache, reporter, lease, usage, pods, services } = this.#parts;
    await Promise.all([cache.start(), reporter.start().then(() => lease.start())]);
    this.#occupyAddresses();
    await Promise.all([this.#awaitRange(), services.synced]);
    this.#owned.add(pods.handle(this.#podHandlers()));
    await pods.synced;
    await this.#startStatic(options);
    this.#parts.workers.complete();
    usage.start();
  }

  /** Sandboxes that run keep their addresses. */
  #occupyAddresses(): void {
    const { cache, addresses } = this.#parts;
    for (const uid of cache.podUids)
      for (const { podIP, state } of cache.get(uid).sandboxes) if (podIP && state === "ready") addresses.occupy(podIP, uid);
  }

  /** Pods have addresses only once the node has a range of them. */
  #awaitRange(): Promise<void> {
    const { nodes, addresses, workers } = this.#parts;
    return new Promise((resolve) => {
      const take = (node: Node) => {
        if (node.metadata.name !== this.nodeName || !node.spec?.podCIDR || addresses.ready) return;
        addresses.setRange(node.spec.podCIDR);
        workers.wakeAll();
        resolve();
      };
      this.#owned.add(nodes.handle({ onAdd: take, onUpdate: take }));
    });
  }

  #podHandlers() {
    const { workers } = this.#parts;
    const isOwn = (pod: Pod) => pod.spec.nodeName === this.nodeName && !isMirror(pod);
    // A static pod reports its status as soon as it has a mirror.
    const put = (pod: Pod) => (isOwn(pod) ? workers.put(pod) : workers.wake(staticUid(pod)));
    return { onAdd: put, onUpdate: put, onDelete: (pod: Pod) => isOwn(pod) && workers.remove(pod) };
  }

  async #startStatic({ staticPodPath }: KubeletOptions): Promise<void> {
    if (!staticPodPath) return;
    const { context, workers, pods, mirrorOf, reporter } = this.#parts;
    const mirrors = () => pods.list().filter(isMirror);
    const handlers = { put: (pod: Pod) => workers.put(pod), remove: (pod: Pod) => workers.remove(pod) };
    const statics = new StaticPods({ context, folder: staticPodPath, handlers, mirrorOf, mirrors, node: () => reporter.node });
    this.#owned.defer(() => statics.stop());
    await statics.start();
  }

  stop({ keepPods = true }: { keepPods?: boolean } = {}): Promise<void> {
    return (this.#stopping ??= this.#stop(keepPods));
  }

  async #stop(keepPods: boolean): Promise<void> {
    const { cache, reporter, lease, usage, workers, statuses, informers, probes, context } = this.#parts;
    const uids = cache.podUids;
    usage.stop();
    lease.stop();
    reporter.stop();
    this.#owned[Symbol.dispose]();
    // A container may take its whole grace period to end: the engine sees to that, and the next kubelet to the rest.
    await within(context.clock, stopDeadlineMs, workers.stop());
    for (const uid of uids) probes.forget(uid);
    await within(context.clock, stopDeadlineMs, Promise.all(uids.map((uid) => statuses.flush(uid))));
    statuses.stop();
    cache.stop();
    for (const each of informers) each[Symbol.dispose]();
    if (keepPods) return;
    const sandboxes = await context.runtime.listPodSandboxes({ node: this.nodeName });
    await Promise.all(sandboxes.map(({ id }) => context.runtime.removePodSandbox(id)));
  }
}

/** Builds the parts of a kubelet and ties them together. Starts only the informers. */
function assemble(options: KubeletOptions, version: RuntimeVersion, nodeIP: string) {
  const { maxPods = defaultMaxPods, nodeLabels = {} } = options;
  const context = contextOf(options, version, nodeIP);
  const watched = watchedBy(options);
  const pods = assemblePods(options, context, version, watched);
  const kubeletVersion = options.version ?? defaultVersion;
  const externalCloud = options.cloudProvider === "external";
  const reporter = new NodeReporter({ context, version, kubeletVersion, maxPods, labels: nodeLabels, externalCloud });
  const lease = new NodeLease(context, () => reporter.node);
  const usage = new UsageHistory(context, (id) => pods.cache.has(id));
  return { ...watched, ...pods, reporter, lease, usage };
}

/** What makes pods run, around the workers. */
function assemblePods(options: KubeletOptions, context: KubeletContext, version: RuntimeVersion, { pods, services }: Watched) {
  const { runtime, clock, client, nodeIP } = context;
  const offered = allocatable({ version, maxPods: options.maxPods ?? defaultMaxPods });
  const wake = (uid: string): void => workers.wake(uid);
  const connections = new Connections(context);
  const cache = new RuntimeCache({ context, onChange: wake });
  const shared = {
    context,
    connections,
    cache,
    addresses: new PodAddresses(),
    volumes: options.writesFiles === false ? new UnwrittenVolumes(context) : new PodVolumes(context),
    killer: new PodKiller(context, connections),
  };
  const images = new ImagePuller(context, options.maxParallelImagePulls ?? defaultParallelPulls);
  const imageNames = new ImageNames(runtime);
  const reader = configReader(client);
  const tokens = new ServiceAccountTokens({ client, clock });
  const memoryCapacity = version.capacity.memoryBytes;
  const mirrorOf = (pod: Pod) => [pods.get(pod.metadata)].find((found) => found && isMirror(found));
  const statuses = new StatusManager(context);
  const probes = new ProbeManager({ context, prober: new Prober(context, connections), onChange: wake });
  const workers: PodWorkers = new PodWorkers({
    ...shared,
    turns: options.podTurns,
    memoryCapacity,
    starter: new PodStarter({ ...shared, images, imageNames, reader, services: () => services.list(), allocatable: () => offered, memoryCapacity }),
    probes,
    statuses,
    crashLoops: new CrashLoops(context, new RestartBackoff(clock)),
    images: imageNames,
    payloadSources: (pod) => ({
      pod,
      reader,
      addresses: { podIP: pod.status?.podIP ?? "", nodeIP },
      allocatable: offered,
      token: (audience, seconds) => tokens.get(pod, audience, seconds),
    }),
    apiObject: (pod) => (isStatic(pod) ? mirrorOf(pod) : pod),
    onGone: (uid) => [tokens, images].forEach((memory) => memory.forget(uid)),
  });
  return { ...shared, workers, statuses, probes, mirrorOf };
}

function contextOf(options: KubeletOptions, version: RuntimeVersion, nodeIP: string): KubeletContext {
  const { nodeName, transport, runtime, clock, random, dataDir, clusterDNS, clusterDomain, dialPod, podNetworkReady, phase = 1 } = options;
  const log = options.log.named(nodeName);
  const client = createClient(transport);
  const recorder = createEventRecorder({
    client,
    clock,
    log,
    component: "kubelet",
    host: nodeName,
    ...(options.writesFiles === false ? { remembered: fewEvents } : {}),
  });
  return {
    nodeName,
    nodeIP,
    client,
    runtime,
    runtimeName: version.runtimeName,
    clock,
    random,
    log,
    recorder,
    dataDir,
    clusterDNS,
    clusterDomain,
    phase,
    dialPod,
    podNetworkReady,
  };
}

interface Watched {
  pods: Informer<Pod>;
  nodes: Informer<Node>;
  services: Informer<Service>;
  informers: Informers[];
}

/** What a node sees of the API: its own pods and Node, and all Services. */
function watchedBy({ transport, nodeName, clock, random, log, services }: KubeletOptions): Watched {
  const open = (through: Transport) => createInformers({ client: createClient(through), clock, random, log });
  const own = <T extends Pod | Node>(type: ResourceType<T>, selector: string) => open(selecting(transport, type, selector));
  const informers = [own(Pods, `spec.nodeName=${nodeName}`), own(Nodes, `metadata.name=${nodeName}`), open(transport)];
  return { pods: informers[0]!.of(Pods), nodes: informers[1]!.of(Nodes), services: services ?? informers[2]!.of(Services), informers };
}
