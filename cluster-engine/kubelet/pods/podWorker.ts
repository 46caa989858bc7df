import type { Container, Pod } from "../../../shared/kubernetes/types.ts";
import { Pods } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { causeOf } from "../../client/client.ts";
import type { ProbeManager } from "../probes/probeManager.ts";
import type { StatusManager } from "../status/statusManager.ts";
import { podStatus } from "../status/podStatus.ts";
import type { KubeletContext } from "../types.ts";
import type { PodVolumes } from "../volumes/podVolumes.ts";
import type { PayloadSources } from "../volumes/payloads.ts";
import type { ImageNames } from "../images/imageNames.ts";
import type { Rejection } from "./admission.ts";
import type { CrashLoops, Waiting } from "./crashLoops.ts";
import { computePodActions, type PodActions } from "./podActions.ts";
import type { PodAddresses } from "./podAddresses.ts";
import { asksForMore } from "./podDemands.ts";
import { deletionGrace, restartGrace, type PodKiller } from "./podKiller.ts";
import { StartError, type PodStarter, type PreparedContainer } from "./podStarter.ts";
import { together } from "../../base/clock.ts";
import type { Turns } from "../../base/turns.ts";
import { isBeingDeleted, isTerminalPhase } from "./restartRules.ts";
import { PodResizer } from "./resizing.ts";
import { SyncLoop } from "./syncLoop.ts";
import type { RuntimeCache } from "./runtimeCache.ts";
import { readySandbox, runningContainers } from "./runtimeState.ts";
import { withTerminationMessages } from "./terminationMessage.ts";

/** Everything that pod workers share. */
export interface WorkerParts {
  context: KubeletContext;
  cache: RuntimeCache;
  addresses: PodAddresses;
  volumes: PodVolumes;
  starter: PodStarter;
  killer: PodKiller;
  probes: ProbeManager;
  statuses: StatusManager;
  crashLoops: CrashLoops;
  images: ImageNames;
  /** In which new pods prepare their start. */
  turns: Turns | undefined;
  payloadSources(pod: Pod): PayloadSources;
  /** What stands for the pod in the API: itself, or the mirror of a static pod. Undefined when there is none. */
  apiObject(pod: Pod): Pod | undefined;
  /** All that others remember of the pod can go. */
  onGone(uid: string): void;
  /** Bytes of the node. */
  memoryCapacity: number;
  /** See PodResizer. */
  judgeResize(pod: Pod): { now?: Rejection; alone?: Rejection };
  /** The worker has nothing left to do, ever. */
  onDone(uid: string): void;
}

/** Pods are looked at so often even when nothing happens: volumes follow their sources, tokens are renewed. ms */
const resyncMs = 60_000;
const quietResyncMs = 30 * 60_000;
/** A resize that waits for room is tried again after this, ms. */
const deferredResizeMs = 10_000;
/** A container that could not be made for another reason is tried again after this, ms. */
const startErrorMs = 10_000;
/** `ErrImagePull` is shown so long before it becomes `ImagePullBackOff`. */
const pullErrorMs = 5_000;

interface PreparedPod {
  containers: PreparedContainer[];
  podIP: string;
  sandboxId: string;
}

type Verdict = { phase: "Failed"; reason: string; message: string };

/**
 * Brings one pod to what its spec says, one step at a time, whenever something woke it: level-triggered, never twice at
 * once. A pod that is being deleted or has ended is torn down, and does not come back.
 */
export class PodWorker {
  readonly uid: string;
  readonly #parts: WorkerParts;
  #pod: Pod;
  /** The API has it no more, or never had (static pods go by their file). */
  #removed = false;
  readonly #loop: SyncLoop;
  readonly #waiting: Waiting = new Map();
  readonly #resizer: PodResizer;
  #verdict: Verdict | undefined;
  #done = false;
  #abort = new AbortController();
  #killGrace: number | undefined;
  #tornDown = false;

  constructor(parts: WorkerParts, pod: Pod) {
    this.#parts = parts;
    this.#pod = pod;
    this.uid = pod.metadata.uid;
    this.#resizer = new PodResizer(parts);
    const { clock, log } = parts.context;
    const { name, namespace } = pod.metadata;
    this.#loop = new SyncLoop({
      clock,
      sync: () => this.#sync(),
      onFailure: (error) => log.warn("pod not synced", { pod: name, namespace, error: error.message }),
    });
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** True when the pod takes part in nothing any more: its containers are stopped. */
  get isDone(): boolean {
    return this.#done;
  }

  update(pod: Pod): void {
    const old = this.#pod;
    this.#pod = pod;
    if (!asksForMore(old, pod)) return;
    if (isBeingDeleted(pod)) this.#hurry();
    this.#loop.triggerNow();
  }

  /** The node does not take the pod. Before the first `trigger`. */
  reject({ reason, message }: Rejection): void {
    this.#verdict = { phase: "Failed", reason, message: `Pod was rejected: ${message}` };
    this.#event("Warning", reason, message);
  }

  /** The pod is gone from its source. */
  remove(last: Pod): void {
    this.#removed = true;
    this.#pod = last;
    this.#hurry();
    this.#loop.triggerNow();
  }

  trigger(): void {
    if (!this.#done) this.#loop.trigger();
  }

  /** Ends the work, not the pod. */
  stop(): Promise<void> {
    this.#abort.abort(new Error("the kubelet stops"));
    return this.#loop.stop();
  }

  /** Stops waiting for images and hooks; a shorter grace period reaches containers that are ending already. */
  #hurry(): void {
    this.#abort.abort(new Error("the pod is being deleted"));
    const grace = deletionGrace(this.#pod);
    if (this.#killGrace === undefined || grace >= this.#killGrace) return;
    this.#killGrace = grace;
    const { cache, context } = this.#parts;
    for (const container of runningContainers(cache.get(this.uid))) void context.runtime.stopContainer(container.id, grace).catch(() => {});
  }

  async #sync(): Promise<void> {
    const { cache, probes, statuses } = this.#parts;
    this.#pod = statuses.current(this.#pod);
    const pod = this.#pod;
    this.#judgeDeadline();
    if (!this.#removed && !isBeingDeleted(pod) && !this.#verdict && !isTerminalPhase(pod.status?.phase)) await this.#resizer.sync(pod);
    const state = cache.get(this.uid);
    probes.reconcile(pod, state);
    if (this.#removed || isBeingDeleted(pod) || this.#verdict || isTerminalPhase(pod.status?.phase)) return this.#terminate();
    const actions = computePodActions(pod, state, probes.findings());
    this.#parts.crashLoops.note(pod, [...actions.startInit, ...actions.start], state, this.#waiting);
    const phase = await this.#report();
    if (isTerminalPhase(phase)) return this.#terminate();
    await this.#act(actions);
    if (isTerminalPhase(await this.#report())) return this.#terminate();
    if (this.#resizer.pending) this.#loop.wakeIn(deferredResizeMs);
    const { volumes, context } = this.#parts;
    this.#loop.wakeIn(together(context.clock.monotonic(), volumes.followSources ? resyncMs : quietResyncMs));
  }

  /** Computes the status and hands it on. */
  async #report(terminal = false): Promise<string> {
    const { context, probes, statuses, images } = this.#parts;
    const pod = statuses.current(this.#pod);
    const state = await withTerminationMessages(this.#parts, pod);
    const refs = await images.refs(state.containers.map(({ imageId }) => imageId));
    const status = podStatus({
      pod,
      state,
      waiting: this.#waiting,
      runtimeName: context.runtimeName,
      imageRef: (id) => refs.get(id) ?? id,
      nodeIP: context.nodeIP,
      now: context.clock.now(),
      terminal,
      applied: this.#resizer.applied,
      ...(this.#resizer.pending ? { pendingResize: this.#resizer.pending } : {}),
      ...(this.#verdict ? { verdict: this.#verdict } : {}),
      readiness: probes.readiness(pod),
    });
    const object = this.#removed ? undefined : this.#parts.apiObject(this.#pod);
    if (object) statuses.set(this.uid, object, status);
    return status.phase ?? "";
  }

  // ---- Running -----------------------------------------------------------------------------------------------------

  async #act(actions: PodActions): Promise<void> {
    this.#abort = new AbortController();
    if (actions.killPod) await this.#killForNewSandbox(actions);
    else await this.#killSome(actions);
    const wanted = [...actions.startInit, ...actions.startEphemeral, ...actions.start];
    if (wanted.length === 0 && !actions.createSandbox) {
      await this.#refreshVolumes();
      return;
    }
    const end = actions.createSandbox ? await this.#parts.turns?.take() : undefined;
    let ready: PreparedPod | undefined;
    try {
      ready = await this.#prepare(actions, wanted);
    } finally {
      end?.();
    }
    if (!ready) return;
    for (const container of ready.containers) await this.#start(container, ready.sandboxId, ready.podIP);
    this.#collectGarbage();
  }

  /** Everything up to the start of containers; undefined when the pod is not to start after all. */
  async #prepare(actions: PodActions, wanted: Container[]): Promise<PreparedPod | undefined> {
    const { cache, starter, context, volumes } = this.#parts;
    const pod = this.#pod;
    const sandbox = readySandbox(cache.get(this.uid));
    if (isBeingDeleted(pod) || (!actions.createSandbox && !sandbox)) return undefined;
    await this.#mountVolumes();
    const podIP = actions.createSandbox ? starter.takeAddress(pod) : (sandbox!.podIP ?? context.nodeIP);
    await volumes.writeNetworkFiles(pod, podIP);
    const startable = wanted.filter((container) => this.#mayStart(container));
    const containers = startable.map((container) => starter.prepare(pod, container, cache.get(this.uid), podIP));
    return { containers, podIP, sandboxId: actions.createSandbox ? await this.#createSandbox(actions.attempt, podIP) : sandbox!.id };
  }

  #mayStart(container: Container): boolean {
    const { crashLoops, cache, context } = this.#parts;
    const until = crashLoops.hold(this.#pod, container, cache.get(this.uid));
    if (until !== undefined) this.#loop.wakeIn(until - context.clock.now());
    return until === undefined;
  }

  async #createSandbox(attempt: number, podIP: string): Promise<string> {
    try {
      return await this.#parts.starter.startSandbox(this.#pod, attempt, podIP);
    } catch (error) {
      this.#event("Warning", "FailedCreatePodSandBox", `Failed to create pod sandbox: ${(error as Error).message}`);
      throw error;
    }
  }

  async #start(prepared: PreparedContainer, sandboxId: string, podIP: string): Promise<void> {
    const { name } = prepared.container;
    try {
      await this.#parts.starter.startContainer(this.#pod, prepared, sandboxId, podIP, this.#abort.signal);
      this.#waiting.delete(name);
      this.#loop.again();
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      if (!(error instanceof StartError)) throw error;
      this.#waiting.set(name, { reason: error.reason, message: error.message });
      this.#loop.wakeIn(this.#delayAfter(error));
    }
  }

  #delayAfter({ reason, retryAt }: StartError): number {
    if (reason === "ErrImagePull") return pullErrorMs;
    return retryAt === undefined ? startErrorMs : retryAt - this.#parts.context.clock.now();
  }

  async #killForNewSandbox(actions: PodActions): Promise<void> {
    const { cache, killer, context, addresses } = this.#parts;
    const state = cache.get(this.uid);
    if (state.sandboxes.length === 0) return;
    if (actions.createSandbox) this.#event("Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
    await killer.killAll(this.#pod, state, this.#pod.spec.terminationGracePeriodSeconds ?? 30);
    await Promise.all(state.sandboxes.map(({ id }) => context.runtime.stopPodSandbox(id)));
    addresses.release(this.uid);
    await cache.refresh(this.uid);
  }

  async #killSome(actions: PodActions): Promise<void> {
    if (actions.kill.length === 0) return;
    const { killer, cache } = this.#parts;
    const spec = (name: string) =>
      [...this.#pod.spec.containers, ...(this.#pod.spec.initContainers ?? [])].find((container) => container.name === name);
    await Promise.all(
      actions.kill.map(({ container, message, probe }) =>
        killer.kill(this.#pod, container, { message, grace: restartGrace(this.#pod, spec(container.metadata.name), probe) }),
      ),
    );
    await cache.refresh(this.uid);
  }

  async #mountVolumes(): Promise<void> {
    try {
      await this.#parts.volumes.prepare(this.#parts.payloadSources(this.#pod));
    } catch (error) {
      this.#event("Warning", "FailedMount", (error as Error).message);
      throw error;
    }
  }

  /** Brings mounted volumes up to date; a source that is gone leaves them as they are. */
  async #refreshVolumes(): Promise<void> {
    await this.#parts.volumes
      .prepare(this.#parts.payloadSources(this.#pod))
      .catch((error: Error) => this.#parts.context.log.debug("volumes not refreshed", { error: error.message }));
  }

  // ---- Ending ------------------------------------------------------------------------------------------------------

  async #terminate(): Promise<void> {
    const { cache, killer, probes, context, addresses, statuses } = this.#parts;
    const pod = this.#pod;
    const deleted = this.#removed || isBeingDeleted(pod);
    if (this.#tornDown && !deleted) return;
    const grace = deletionGrace(pod);
    this.#killGrace = grace;
    this.#waiting.clear();
    if (deleted) await this.#report();
    await killer.killAll(pod, cache.get(this.uid), grace);
    probes.forget(this.uid);
    await cache.refresh(this.uid);
    await this.#report(true);
    const sandboxes = cache.get(this.uid).sandboxes;
    await Promise.all(sandboxes.filter(({ state }) => state === "ready").map(({ id }) => context.runtime.stopPodSandbox(id)));
    addresses.release(this.uid);
    await cache.refresh(this.uid);
    await this.#report(true);
    this.#tornDown = true;
    if (!deleted) return;
    await statuses.flush(this.uid);
    this.#done = true;
    await Promise.all([this.#removed ? undefined : this.#deleteObject(), this.#removeTraces()]);
    this.#loop.end();
    statuses.forget(this.uid);
    this.#parts.onGone(this.uid);
    this.#parts.onDone(this.uid);
  }

  /** The last step of a graceful deletion belongs to the kubelet. */
  async #deleteObject(): Promise<void> {
    const last = { gracePeriodSeconds: 0, preconditions: { uid: this.uid }, cause: causeOf(Pods, this.#pod) };
    try {
      await this.#parts.context.client.resource(Pods).delete(this.#pod.metadata, last);
    } catch (error) {
      if (hasReason(error, "NotFound") || hasReason(error, "Conflict")) return;
      this.#done = false;
      throw error;
    }
  }

  async #removeTraces(): Promise<void> {
    const { cache, context, volumes, crashLoops } = this.#parts;
    await Promise.all(cache.get(this.uid).sandboxes.map(({ id }) => context.runtime.removePodSandbox(id)));
    await Promise.all(cache.get(this.uid).containers.map(({ id }) => context.runtime.removeContainer(id)));
    await volumes
      .remove(this.uid)
      .catch((error: Error) => context.log.warn("volumes not removed", { pod: this.#pod.metadata.name, error: error.message }));
    cache.forget(this.uid);
    crashLoops.forget(this.uid);
  }

  #judgeDeadline(): void {
    const { activeDeadlineSeconds } = this.#pod.spec;
    const { startTime, phase } = this.#pod.status ?? {};
    if (activeDeadlineSeconds === undefined || !startTime || isTerminalPhase(phase) || this.#verdict) return;
    const left = Date.parse(startTime) + activeDeadlineSeconds * 1000 - this.#parts.context.clock.now();
    if (left > 0) return this.#loop.wakeIn(left);
    this.#verdict = { phase: "Failed", reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline" };
    this.#event("Normal", "DeadlineExceeded", this.#verdict.message);
  }

  // ---- Small things --------------------------------------------------------------------------------------------------

  /** Keeps the running container and the one before it; older ones and empty sandboxes go. */
  #collectGarbage(): void {
    const { cache, context } = this.#parts;
    const state = cache.get(this.uid);
    const names = new Set(state.containers.map(({ metadata }) => metadata.name));
    const old = [...names].flatMap((name) => state.containers.filter(({ metadata }) => metadata.name === name).slice(2));
    const oldSandboxes = state.sandboxes
      .slice(1)
      .filter(({ id }) => !state.containers.some((container) => container.sandboxId === id && !old.includes(container)));
    if (old.length + oldSandboxes.length === 0) return;
    const removals = [
      ...old.map(({ id }) => context.runtime.removeContainer(id)),
      ...oldSandboxes.map(({ id }) => context.runtime.removePodSandbox(id)),
    ];
    void Promise.all(removals).catch((error: Error) => context.log.debug("old containers not removed", { error: error.message }));
  }

  #event(type: "Normal" | "Warning", reason: string, message: string): void {
    this.#parts.context.recorder.event(this.#pod, type, reason, message);
  }
}
