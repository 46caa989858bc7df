import { backoffDelay } from "../../base/backoff.ts";
import { every, sleep } from "../../base/clock.ts";
import type { ContainerStatus, RuntimeEvent, SandboxStatus } from "../../runtime/types.ts";
import type { KubeletContext } from "../types.ts";
import { emptyState, sortedState, type PodRuntimeState } from "./runtimeState.ts";

/** Without an event the runtime is looked at so often, ms. */
const relistMs = 30_000;
const firstLoadRetry = { base: 200, max: 5_000 };

/** What the runtime holds of this node's pods, kept by events, by what the kubelet itself did, and by a slow relist. */
export class RuntimeCache {
  readonly #context: KubeletContext;
  readonly #onChange: (podUid: string) => void;
  readonly #states = new Map<string, PodRuntimeState>();
  /** Raised by what the kubelet did itself: an answer from before is stale. */
  readonly #versions = new Map<string, number>();
  readonly #messages = new Map<string, string>();
  readonly #refreshing = new Map<string, Promise<void>>();
  readonly #containerIds = new Set<string>();
  readonly #stop = new AbortController();
  #relist: Disposable | undefined;

  constructor(options: { context: KubeletContext; onChange: (podUid: string) => void }) {
    this.#context = options.context;
    this.#onChange = options.onChange;
  }

  get(podUid: string): PodRuntimeState {
    return this.#states.get(podUid) ?? emptyState;
  }

  /** Whether a container is one of this node's pods'. */
  has(containerId: string): boolean {
    return this.#containerIds.has(containerId);
  }

  get podUids(): string[] {
    return [...this.#states.keys()];
  }

  /** Subscribes to events, then lists: nothing is missed between. */
  async start(): Promise<void> {
    void this.#follow();
    await this.#firstLoad();
    this.#relist = every(
      this.#context.clock,
      relistMs,
      () => void this.#load().catch((error: Error) => this.#context.log.warn("relist failed", { error: error.message })),
      relistMs * this.#context.phase,
    );
  }

  /** Without knowing what runs nothing may be started: tries until the runtime answers. */
  async #firstLoad(): Promise<void> {
    const { clock, log } = this.#context;
    for (let failures = 0; !this.#stop.signal.aborted; failures++) {
      try {
        return await this.#load();
      } catch (error) {
        log.warn("runtime not read", { error: (error as Error).message });
        await sleep(clock, backoffDelay(failures, firstLoadRetry), this.#stop.signal).catch(() => {});
      }
    }
  }

  stop(): void {
    this.#stop.abort();
    this.#relist?.[Symbol.dispose]();
  }

  noteSandbox(podUid: string, sandbox: SandboxStatus): void {
    this.#note(podUid, (state) => sortedState([sandbox, ...state.sandboxes.filter(({ id }) => id !== sandbox.id)], state.containers));
  }

  noteContainer(podUid: string, container: ContainerStatus): void {
    this.#note(podUid, (state) => sortedState(state.sandboxes, [container, ...state.containers.filter(({ id }) => id !== container.id)]));
  }

  /** Last words belong to a container for good: they are kept beside what the runtime answers. */
  noteMessage(podUid: string, containerId: string, message: string): void {
    this.#messages.set(containerId, message);
    const state = this.#states.get(podUid);
    if (state) this.#put(podUid, { ...state, containers: state.containers.map((container) => this.#withMessage(container)) });
  }

  #withMessage(container: ContainerStatus): ContainerStatus {
    const message = container.state === "exited" ? (container.message ?? this.#messages.get(container.id)) : undefined;
    return message === undefined ? container : { ...container, message };
  }

  /** Asks the runtime anew about one pod. */
  async refresh(podUid: string): Promise<void> {
    // One that is under way may have begun before what the caller wants to see.
    await this.#refreshing.get(podUid)?.catch(() => {});
    let refreshing = this.#refreshing.get(podUid);
    if (!refreshing) {
      refreshing = this.#read(podUid).finally(() => this.#refreshing.delete(podUid));
      this.#refreshing.set(podUid, refreshing);
    }
    await refreshing;
  }

  forget(podUid: string): void {
    for (const { id } of this.get(podUid).containers) this.#messages.delete(id);
    this.#put(podUid, emptyState);
    this.#versions.delete(podUid);
  }

  #put(podUid: string, state: PodRuntimeState): void {
    for (const { id } of this.get(podUid).containers) this.#containerIds.delete(id);
    for (const { id } of state.containers) this.#containerIds.add(id);
    if (state.sandboxes.length + state.containers.length === 0) this.#states.delete(podUid);
    else this.#states.set(podUid, state);
  }

  async #read(podUid: string): Promise<void> {
    const { runtime, nodeName: node } = this.#context;
    for (;;) {
      const version = this.#versions.get(podUid);
      const [sandboxes, containers] = await Promise.all([runtime.listPodSandboxes({ node, podUid }), runtime.listContainers({ node, podUid })]);
      if (this.#versions.get(podUid) !== version) continue;
      this.#put(podUid, this.#sorted(sandboxes, containers));
      return;
    }
  }

  #sorted(sandboxes: SandboxStatus[], containers: ContainerStatus[]): PodRuntimeState {
    return sortedState(
      sandboxes,
      containers.map((container) => this.#withMessage(container)),
    );
  }

  #note(podUid: string, change: (state: PodRuntimeState) => PodRuntimeState): void {
    this.#versions.set(podUid, (this.#versions.get(podUid) ?? 0) + 1);
    this.#put(podUid, change(this.get(podUid)));
  }

  /** Lists the whole node and reports each pod whose state is another one. */
  async #load(): Promise<void> {
    const { runtime, nodeName: node } = this.#context;
    const versions = new Map(this.#versions);
    const [sandboxes, containers] = await Promise.all([runtime.listPodSandboxes({ node }), runtime.listContainers({ node })]);
    const sandboxesOf = groupedBy(sandboxes, ({ metadata }) => metadata.uid);
    const containersOf = groupedBy(containers, ({ labels }) => labels["io.kubernetes.pod.uid"]!);
    for (const uid of new Set([...this.#states.keys(), ...sandboxesOf.keys(), ...containersOf.keys()])) {
      if (this.#versions.get(uid) !== versions.get(uid)) continue;
      const before = this.get(uid);
      const [ownSandboxes, ownContainers] = [sandboxesOf.get(uid) ?? [], containersOf.get(uid) ?? []];
      if (isSame(before.sandboxes, ownSandboxes) && isSame(before.containers, ownContainers)) continue;
      const now = this.#sorted(ownSandboxes, ownContainers);
      this.#put(uid, now);
      if (fingerprint(before) !== fingerprint(now)) this.#onChange(uid);
    }
  }

  async #follow(): Promise<void> {
    for await (const event of this.#context.runtime.events(this.#stop.signal, { node: this.#context.nodeName })) {
      try {
        await this.#take(event);
      } catch (error) {
        this.#context.log.warn("runtime event not followed", { type: event.type, error: (error as Error).message });
      }
    }
  }

  async #take(event: RuntimeEvent): Promise<void> {
    if (event.type === "restored") return this.#load();
    if (!event.podUid || event.node !== this.#context.nodeName) return;
    const { podUid } = event;
    void this.refresh(podUid).then(
      () => this.#onChange(podUid),
      (error: Error) => this.#context.log.warn("runtime not read", { error: error.message }),
    );
  }
}

const fingerprint = ({ sandboxes, containers }: PodRuntimeState): string =>
  JSON.stringify([sandboxes.map(({ id, state }) => [id, state]), containers.map(({ id, state }) => [id, state])]);

const isSame = <T>(a: T[], b: T[]): boolean => a.length === b.length && a.every((item, i) => item === b[i]);

function groupedBy<T>(items: T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
