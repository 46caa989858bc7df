import type { Pod } from "../../../shared/kubernetes/types.ts";
import { type Rejection, rejectionOf, requestsOf, type Requests, type Tenant } from "./admission.ts";
import { orphanGrace } from "./podKiller.ts";
import { PodWorker, type WorkerParts } from "./podWorker.ts";
import { isBeingDeleted, isTerminalPhase } from "./restartRules.ts";
import { runningContainers } from "./runtimeState.ts";
import { isStatic } from "./staticPods.ts";

/** One worker a pod. What runs without a pod is stopped once it is known that there is none. */
export class PodWorkers {
  readonly #parts: WorkerParts;
  readonly #workers = new Map<string, PodWorker>();
  readonly #requests = new Map<string, Requests>();
  readonly #orphans = new Map<string, Promise<void>>();
  /** True once every source of pods has told what it has. */
  #complete = false;

  constructor(parts: Omit<WorkerParts, "onDone" | "judgeResize">) {
    this.#parts = { ...parts, onDone: (uid) => this.#forget(uid), judgeResize: (pod) => this.#judgeResize(pod) };
  }

  /** What else is on the node. */
  #others(uid: string): Tenant[] {
    return [...this.#workers.values()]
      .filter((other) => other.uid !== uid && !other.isDone && !isTerminalPhase(other.pod.status?.phase))
      .map((other) => ({ pod: other.pod, requests: this.#requests.get(other.uid)! }));
  }

  #judgeResize(pod: Pod): { now?: Rejection; alone?: Rejection } {
    const { uid } = pod.metadata;
    const { allocatable } = this.#parts.payloadSources(pod);
    const tenant = { pod, requests: requestsOf(pod) };
    const now = rejectionOf(tenant, this.#others(uid), allocatable);
    const alone = now && rejectionOf(tenant, [], allocatable);
    if (!now) this.#requests.set(uid, tenant.requests);
    return { ...(now ? { now } : {}), ...(alone ? { alone } : {}) };
  }

  #forget(uid: string): void {
    this.#workers.delete(uid);
    this.#requests.delete(uid);
  }

  get pods(): Pod[] {
    return [...this.#workers.values()].map((worker) => worker.pod);
  }

  /** The pod of that name; the newer one while an older one's containers still end. */
  find(namespace: string, name: string): Pod | undefined {
    return this.pods.findLast(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  }

  /** The pod is new or has changed. */
  put(pod: Pod): void {
    const { uid } = pod.metadata;
    const known = this.#workers.get(uid);
    if (known) return known.update(pod);
    const worker = new PodWorker(this.#parts, pod);
    this.#admit(worker, pod);
    this.#workers.set(uid, worker);
    worker.trigger();
  }

  /** What ran before, and what has no scheduler to ask, is taken as it is. */
  #admit(worker: PodWorker, pod: Pod): void {
    const { uid } = pod.metadata;
    this.#requests.set(uid, requestsOf(pod));
    const isNew = !pod.status?.startTime && !isTerminalPhase(pod.status?.phase) && this.#parts.cache.get(uid).sandboxes.length === 0;
    if (!isNew || isStatic(pod) || isBeingDeleted(pod)) return;
    const rejection = rejectionOf({ pod, requests: this.#requests.get(uid)! }, this.#others(uid), this.#parts.payloadSources(pod).allocatable);
    if (rejection) worker.reject(rejection);
  }

  remove(pod: Pod): void {
    this.#workers.get(pod.metadata.uid)?.remove(pod);
  }

  /** Something about the pod's containers or probes changed. */
  wake(uid: string): void {
    const worker = this.#workers.get(uid);
    if (worker) worker.trigger();
    else if (this.#complete) this.#stopOrphan(uid);
  }

  wakeAll(): void {
    for (const worker of this.#workers.values()) worker.trigger();
  }

  /** From now on what has no worker has no pod. */
  complete(): void {
    this.#complete = true;
    for (const uid of this.#parts.cache.podUids) if (!this.#workers.has(uid)) this.#stopOrphan(uid);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
  }

  #stopOrphan(uid: string): void {
    if (this.#orphans.has(uid)) return;
    const stopping = this.#removeOrphan(uid)
      .catch((error: Error) => this.#parts.context.log.warn("orphaned pod not stopped", { uid, error: error.message }))
      .finally(() => this.#orphans.delete(uid));
    this.#orphans.set(uid, stopping);
  }

  async #removeOrphan(uid: string): Promise<void> {
    const { cache, context, volumes } = this.#parts;
    const { runtime } = context;
    const state = cache.get(uid);
    if (state.sandboxes.length + state.containers.length === 0) return;
    await Promise.all(runningContainers(state).map((container) => runtime.stopContainer(container.id, orphanGrace(container))));
    await Promise.all(state.sandboxes.map(({ id }) => runtime.removePodSandbox(id)));
    await Promise.all(state.containers.map(({ id }) => runtime.removeContainer(id)));
    await volumes.remove(uid);
    cache.forget(uid);
  }
}
