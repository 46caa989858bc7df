import type { ObjectKey } from "../../shared/kubernetes/object.ts";
import type { ContainerState, Node, Pod, PodCondition, PodStatus } from "../../shared/kubernetes/types.ts";
import { Leases, Nodes, Pods } from "../../cluster-engine/api/resources.ts";
import { hasReason } from "../../cluster-engine/api/statusError.ts";
import { type Clock, every, rfc3339, rfc3339Micro } from "../../cluster-engine/base/clock.ts";
import { Disposables } from "../../cluster-engine/base/disposal.ts";
import { silentLog } from "../../cluster-engine/base/log.ts";
import { seededRandom } from "../../cluster-engine/base/random.ts";
import { createClient } from "../../cluster-engine/client/client.ts";
import { createInformers } from "../../cluster-engine/client/informers.ts";
import { type Reconciler, runReconciler, source } from "../../cluster-engine/client/reconciler.ts";
import type { Client, Transport } from "../../cluster-engine/client/types.ts";
import { hash } from "./faults.ts";

/** A pod as the machine has it: what lives on when the kubelet is away. */
interface Life {
  ip: string;
  startsAt: number;
  readyAt: number;
  /** When its process ends by itself, and how; absent for what serves for ever. */
  ends?: { at: number; code: number };
  restarts: number;
  /** Ended by the machine: eviction, or the end of a deletion. */
  killed?: { reason: string; code: number; at: number };
  stopsAt?: number;
}

/** What a node's machine holds; outlives its kubelet. */
export class Machine {
  readonly lives = new Map<string, Life>();
  addresses = 1;
}

export interface ModelKubeletOptions {
  name: string;
  index: number;
  transport: Transport;
  clock: Clock;
  machine: Machine;
  labels: Record<string, string>;
}

/**
 * A kubelet that only reports: pods come up, become ready, end and go by times that depend on their names. What a pod
 * does is told by its image: `web` serves, `sick` never becomes ready, `task` ends well, `failing` badly, `flaky` by chance.
 */
export class ModelKubelet implements Disposable {
  readonly #options: ModelKubeletOptions;
  readonly #client: Client;
  readonly #disposables = new Disposables();
  readonly #loop: Reconciler;

  constructor(options: ModelKubeletOptions) {
    this.#options = options;
    const { transport, clock, name } = options;
    this.#client = createClient(transport);
    const own = (request: Parameters<Transport["send"]>[0]) =>
      request.method === "GET" && request.path === "/api/v1/pods"
        ? { ...request, query: { ...request.query, fieldSelector: `spec.nodeName=${name}` } }
        : request;
    const selecting: Transport = { send: (request) => transport.send(own(request)), watch: (request, sink) => transport.watch(own(request), sink) };
    const random = seededRandom(options.index);
    const informers = this.#disposables.add(createInformers({ client: createClient(selecting), clock, random, log: silentLog }));
    const pods = informers.of(Pods);
    this.#loop = this.#disposables.add(
      runReconciler({
        name: `kubelet ${name}`,
        client: this.#client,
        informers,
        clock,
        log: silentLog,
        sources: [source(pods)],
        maxDelay: 5000,
        reconcile: (key, { client }) => this.#sync(client, pods.get(key)),
      }),
    );
    void this.#beat();
    this.#disposables.add(every(clock, 10_000, () => void this.#beat()));
  }

  [Symbol.dispose](): void {
    this.#disposables[Symbol.dispose]();
  }

  /** The pod's container ends and is started anew. */
  crash(pod: Pod): void {
    const life = this.#options.machine.lives.get(pod.metadata.uid);
    if (!life) return;
    life.restarts++;
    life.readyAt = this.#options.clock.monotonic() + 1000 + delay(pod, "again", 4000);
    this.#loop.wake(pod.metadata);
  }

  /** The node is short of something: the pod fails for good. */
  evict(pod: Pod): void {
    const life = this.#options.machine.lives.get(pod.metadata.uid);
    if (!life || life.killed) return;
    life.killed = { reason: "Evicted", code: 137, at: this.#options.clock.monotonic() };
    this.#loop.wake(pod.metadata);
  }

  async #sync(client: Client, pod: Pod | undefined): Promise<void | { requeueAfter: number }> {
    const { machine, clock } = this.#options;
    if (!pod) return;
    const life = machine.lives.get(pod.metadata.uid) ?? this.#start(pod);
    const now = clock.monotonic();
    if (pod.metadata.deletionTimestamp) life.stopsAt ??= now + delay(pod, "stop", 1500);
    if (life.stopsAt !== undefined && now >= life.stopsAt) life.killed ??= { reason: "Error", code: 143, at: now };
    const status = statusOf(pod, life, now, clock.now());
    if (JSON.stringify(status) !== JSON.stringify(pod.status)) await client.resource(Pods).updateStatus({ ...pod, status });
    if (life.killed && pod.metadata.deletionTimestamp) return this.#remove(client, pod);
    const next = [life.startsAt, life.readyAt, life.ends?.at, life.stopsAt].filter((at): at is number => at !== undefined && at > now);
    return next.length > 0 ? { requeueAfter: Math.min(...next) - now } : undefined;
  }

  #start(pod: Pod): Life {
    const { machine, clock, index } = this.#options;
    const startsAt = clock.monotonic() + 100 + delay(pod, "start", 1500);
    const image = pod.spec.containers[0]!.image!.split(":")[0]!;
    const code = image === "failing" ? 1 : image === "flaky" && hash(pod.metadata.name) < 0.4 ? 1 : 0;
    const finite = ["task", "failing", "flaky"].includes(image);
    const life: Life = {
      ip: `10.244.${index}.${1 + (machine.addresses++ % 250)}`,
      startsAt,
      readyAt: image === "sick" ? Infinity : startsAt + delay(pod, "ready", 2000),
      restarts: 0,
      ...(finite ? { ends: { at: startsAt + 500 + delay(pod, "end", 8000), code } } : {}),
    };
    machine.lives.set(pod.metadata.uid, life);
    return life;
  }

  async #remove(client: Client, { metadata }: Pod): Promise<void> {
    await client
      .resource(Pods)
      .delete(metadata, { gracePeriodSeconds: 0, preconditions: { uid: metadata.uid } })
      .catch((error: unknown) => {
        if (!hasReason(error, "NotFound") && !hasReason(error, "Conflict")) throw error;
      });
  }

  /** Registers the node, tells that it is ready, and renews its lease. */
  async #beat(): Promise<void> {
    try {
      await this.#report();
      await this.#renew();
    } catch {
      // The next beat comes.
    }
  }

  async #report(): Promise<void> {
    const { name, labels, clock } = this.#options;
    const nodes = this.#client.resource(Nodes);
    const node = await nodes.get({ name }).catch((error: unknown) => {
      if (!hasReason(error, "NotFound")) throw error;
      return nodes.create({ metadata: { name, labels: { "kubernetes.io/hostname": name, ...labels } } });
    });
    const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
    if (ready?.status === "True") return;
    try {
      await nodes.updateStatus({ ...node, status: { ...node.status, ...nodeStatus(rfc3339(clock.now())) } });
    } catch (error) {
      // Controllers write to new nodes too.
      if (!hasReason(error, "Conflict")) throw error;
      await this.#report();
    }
  }

  async #renew(): Promise<void> {
    const { name, clock } = this.#options;
    const key: ObjectKey = { namespace: "kube-node-lease", name };
    const leases = this.#client.resource(Leases);
    const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime: rfc3339Micro(clock.now()) };
    try {
      await leases.patch(key, { spec }, { type: "merge" });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
      await leases.create({ metadata: key, spec });
    }
  }
}

const delay = ({ metadata }: Pod, what: string, ms: number): number => Math.floor(hash(`${metadata.name} ${what}`) * ms);

const resources = { cpu: "3", memory: "16Gi", pods: "110", "ephemeral-storage": "100Gi" };

const nodeStatus = (stamp: string): Node["status"] => ({
  capacity: resources,
  allocatable: resources,
  conditions: [{ type: "Ready", status: "True", reason: "KubeletReady", message: "", lastHeartbeatTime: stamp, lastTransitionTime: stamp }],
});

/** What the kubelet tells of a pod now (monotonic `now`, wall time `wall`). */
function statusOf(pod: Pod, life: Life, now: number, wall: number): PodStatus {
  const started = now >= life.startsAt;
  const end =
    life.killed ?? (life.ends && now >= life.ends.at ? { reason: life.ends.code ? "Error" : "Completed", code: life.ends.code } : undefined);
  const phase = end ? (end.code ? "Failed" : "Succeeded") : started ? "Running" : "Pending";
  const ready = phase === "Running" && now >= life.readyAt;
  const condition = (type: string, value: boolean): PodCondition => {
    const status = value ? "True" : "False";
    const old = pod.status?.conditions?.find((each) => each.type === type);
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : rfc3339(wall);
    return { type, status, lastProbeTime: null as never, lastTransitionTime };
  };
  const own = ["Initialized", "Ready", "ContainersReady"];
  const conditions = [
    ...(pod.status?.conditions ?? []).filter(({ type }) => !own.includes(type)),
    condition("Initialized", true),
    condition("Ready", ready),
    condition("ContainersReady", ready),
  ];
  const address = started ? { podIP: life.ip, podIPs: [{ ip: life.ip }] } : {};
  const { reason: _, ...old } = pod.status ?? {};
  return {
    ...old,
    phase,
    conditions,
    ...(life.killed?.reason === "Evicted" ? { reason: "Evicted" } : {}),
    ...address,
    startTime: pod.status?.startTime ?? rfc3339(wall),
    containerStatuses: pod.spec.containers.map(({ name, image }) => ({
      name,
      image: image!,
      imageID: "",
      ready,
      restartCount: life.restarts,
      state: stateOf(pod, end, started, wall),
    })),
  };
}

/** Times that were told once stay as they were. */
function stateOf(pod: Pod, end: { reason: string; code: number } | undefined, started: boolean, wall: number): ContainerState {
  const old = pod.status?.containerStatuses?.[0]?.state;
  const startedAt = old?.running?.startedAt ?? old?.terminated?.startedAt ?? rfc3339(wall);
  if (end) return { terminated: { exitCode: end.code, reason: end.reason, startedAt, finishedAt: old?.terminated?.finishedAt ?? rfc3339(wall) } };
  return started ? { running: { startedAt } } : { waiting: { reason: "ContainerCreating" } };
}
