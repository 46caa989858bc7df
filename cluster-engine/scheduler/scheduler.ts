import { keyOf } from "../../shared/kubernetes/object.ts";
import type { Pod } from "../../shared/kubernetes/types.ts";
import { Pods } from "../api/resources.ts";
import { hasReason } from "../api/statusError.ts";
import type { Clock } from "../base/clock.ts";
import { Disposables } from "../base/disposal.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { createClient } from "../client/client.ts";
import { createEventRecorder, type EventRecorder } from "../client/events.ts";
import { createInformers } from "../client/informers.ts";
import type { Informer, Informers, Transport } from "../client/types.ts";
import { Backlog } from "./backlog.ts";
import { Rejection, reserve, runBindingCycle, unreserve } from "./bindingCycle.ts";
import { buildProfiles } from "./config/profiles.ts";
import type { SchedulerConfiguration } from "./config/types.ts";
import { decide, type Decision, type DecideOptions, fits, refusalMessage } from "./decide.ts";
import type { DeviceMatcher } from "./devices/allocator.ts";
import { Extenders } from "./extenders/extenders.ts";
import { NodeCache } from "./nodeCache.ts";
import type { NodeInfo } from "./nodeInfo.ts";
import { Nominations } from "./nominations.ts";
import { PodWrites } from "./podWrites.ts";
import { runPostFilters } from "./postFilters.ts";
import { PreemptionExecutor } from "./preemptionExecutor.ts";
import type { Profile } from "./profile.ts";
import { pluginParts } from "./registry.ts";
import { type QueuedPod, SchedulingQueue } from "./schedulingQueue.ts";
import { traceOf } from "./trace.ts";
import { TraceLog } from "./traceLog.ts";
import { TrialSnapshot } from "./trialSnapshot.ts";
import type { DecisionTrace, PostFilterResult, SchedulerHandle, WhatIf } from "./types.ts";
import { watchWorld, worldIsKnown } from "./world.ts";

export interface SchedulerOptions {
  transport: Transport;
  clock: Clock;
  random: Random;
  log: Log;
  /** Shared with others in the process; made (and disposed) here when absent. */
  informers?: Informers;
  configuration?: SchedulerConfiguration;
  /** Evaluates the CEL selectors of device requests. */
  matchesDevice?: DeviceMatcher;
}

export interface Scheduler extends Disposable, SchedulerHandle {}

/** ms that the loop works before it lets others have a turn. */
const slice = 10;
const longestMessage = 1024;

/**
 * Gives every pod that names one of the profiles and has no node the node that suits it best.
 * @throws Error when the configuration is wrong; it names the field.
 */
export function startScheduler(options: SchedulerOptions): Scheduler {
  return new RunningScheduler(options);
}

class RunningScheduler implements Scheduler {
  readonly #options: SchedulerOptions;
  readonly #informers: Informers;
  readonly #pods: Informer<Pod>;
  readonly #cache = new NodeCache();
  readonly #backlog: Backlog;
  readonly #nominations = new Nominations();
  readonly #traces = new TraceLog();
  readonly #disposables = new Disposables();
  readonly #binding = new Map<string, AbortController>();
  readonly #profiles: ReadonlyMap<string, Profile>;
  readonly #recorders: ReadonlyMap<string, EventRecorder>;
  readonly #extenders: Extenders;
  readonly #writes: PodWrites;
  readonly #executor: PreemptionExecutor;
  readonly #queue: SchedulingQueue;
  #running = false;
  #synced = false;
  /** Where the next search begins. */
  #start = 0;
  /** Only asked what would be. */
  #dry = false;

  constructor(options: SchedulerOptions) {
    const { transport, clock, random, log, configuration = {} } = options;
    const client = createClient(transport);
    this.#options = options;
    this.#backlog = new Backlog(clock, (error) => log.error("a pod could not be taken in", { error: String(error) }));
    this.#informers = options.informers ?? this.#disposables.add(createInformers({ client, clock, random, log }));
    this.#pods = this.#informers.of(Pods);
    this.#extenders = new Extenders(configuration.extenders ?? [], log);
    this.#writes = new PodWrites({ client, clock, log, wokenBy: (uid) => this.#queue.wokenBy(uid) });
    this.#executor = this.#makeExecutor();
    const parts = pluginParts({
      client,
      informers: this.#informers,
      clock,
      random,
      bind: (pod, node) => this.#writes.bind(pod, node),
      preemption: {
        isRunning: (uid) => this.#executor.isRunning(uid),
        review: (pod, candidates) => (this.#dry ? undefined : this.#extenders.review(pod, candidates)),
      },
      ignoredResources: this.#extenders.ignoredResources,
      ...(options.matchesDevice && { matchesDevice: options.matchesDevice }),
    });
    this.#profiles = buildProfiles(configuration, parts);
    this.#recorders = new Map([...this.#profiles.keys()].map((name) => [name, createEventRecorder({ client, clock, log, component: name })]));
    this.#queue = this.#disposables.add(this.#makeQueue());
    this.#queue.onReady = () => this.#wake();
    this.#disposables.add(this.#watch());
    void this.#begin();
  }

  traces(namespace: string, name: string): DecisionTrace[] {
    return this.#traces.of(keyOf({ namespace, name }));
  }

  whatIf(change: WhatIf): DecisionTrace {
    const { spec, metadata } = change.pod;
    const profile = this.#profiles.get(spec.schedulerName ?? "") ?? [...this.#profiles.values()][0]!;
    const { pods = [], removedPods = [], ...nodes } = change;
    const leaving = [...removedPods, ...pods.map((each) => each.metadata), metadata].flatMap((key) => {
      const pod = this.#pods.get(key);
      const nodeName = pod && this.#cache.nodeOf(pod);
      return nodeName ? [{ pod, nodeName }] : [];
    });
    const snapshot = new TrialSnapshot(this.#cache, { ...nodes, pods, leaving });
    const { nodeName: _, ...rest } = spec;
    const pod = { ...change.pod, spec: rest };
    const options = this.#decideOptions(profile);
    const decision = decide({ pod, snapshot }, options);
    const trace = traceOf(decision, { at: this.#options.clock.now(), attempt: 0 });
    if (decision.node) return trace;
    this.#dry = true;
    try {
      const result = snapshot.nodes.length > 0 ? runPostFilters(decision, (info, trial) => fits(decision.attempt, info, trial, options)) : {};
      return withFailure(trace, decision, result as PostFilterResult);
    } finally {
      this.#dry = false;
    }
  }

  [Symbol.dispose](): void {
    for (const abort of this.#binding.values()) abort.abort();
    this.#disposables[Symbol.dispose]();
  }

  // ---- What it is made of ------------------------------------------------------------------------------------------

  #makeExecutor(): PreemptionExecutor {
    return new PreemptionExecutor({
      writes: this.#writes,
      log: this.#options.log,
      events: (pod) => this.#recorder(pod),
      cancelBinding: (pod) => this.#cancelBinding(pod),
      onDone: ({ metadata: { uid } }) => this.#queue.reconsider(uid),
    });
  }

  #makeQueue(): SchedulingQueue {
    const { clock, configuration: { podInitialBackoffSeconds = 1, podMaxBackoffSeconds = 10 } = {} } = this.#options;
    const first = [...this.#profiles.values()][0]!;
    const { plugin } = first.at("queueSort")[0]!;
    const profileOf = (pod: Pod) => this.#profiles.get(pod.spec.schedulerName!)!;
    return new SchedulingQueue({
      clock,
      initialBackoff: podInitialBackoffSeconds * 1000,
      maxBackoff: podMaxBackoffSeconds * 1000,
      compare: (a, b) => plugin.compare!(a, b),
      gate: (pod) => profileOf(pod).gate(pod),
      plugins: (pod, names) => profileOf(pod).named(names),
    });
  }

  #watch(): Disposable {
    const ours = (pod: Pod) => this.#profiles.has(pod.spec.schedulerName ?? "");
    return watchWorld(this.#informers, {
      cache: this.#cache,
      backlog: this.#backlog,
      onPending: (pod, old) => {
        this.#nominations.update(pod, old);
        if (ours(pod) && !pod.metadata.deletionTimestamp) this.#queue.add(pod, old);
        else this.#queue.remove(pod);
      },
      onSettled: (pod) => {
        this.#nominations.remove(pod);
        this.#queue.remove(pod);
      },
      notify: (event) => this.#queue.notify(event),
    });
  }

  #recorder(pod: Pod): EventRecorder {
    return this.#recorders.get(pod.spec.schedulerName!)!;
  }

  #decideOptions(profile: Profile): DecideOptions {
    return { profile, random: this.#options.random, start: this.#start, nominated: (node) => this.#nominations.on(node) };
  }

  // ---- The loop ----------------------------------------------------------------------------------------------------

  async #begin(): Promise<void> {
    await worldIsKnown(this.#informers);
    await this.#backlog.drain();
    this.#synced = true;
    this.#wake();
  }

  /** Runs the loop once the present turn is over, so that a burst of pods is placed together. */
  #wake(): void {
    if (this.#running || !this.#synced || this.#disposables.disposed) return;
    this.#running = true;
    setImmediate(() => void this.#loop());
  }

  async #loop(): Promise<void> {
    const { clock } = this.#options;
    let end = clock.monotonic() + slice;
    for (let queued = this.#queue.take(); queued; queued = this.#disposables.disposed ? undefined : this.#queue.take()) {
      try {
        const pending = this.#place(queued);
        if (pending) await pending;
      } catch (error) {
        this.#fail(queued, error as Error);
      } finally {
        this.#queue.finish();
      }
      if (clock.monotonic() < end) continue;
      // The event loop must breathe.
      await new Promise((resolve) => setImmediate(resolve));
      end = clock.monotonic() + slice;
    }
    this.#running = false;
  }

  /** One attempt; a promise only when an extender is asked. */
  #place(taken: QueuedPod): Promise<void> | void {
    if (taken.pod.metadata.deletionTimestamp || this.#cache.has(taken.pod)) return;
    const queued = { ...taken, pod: this.#nominations.applied(taken.pod) };
    const { pod } = queued;
    const options = this.#decideOptions(this.#profiles.get(pod.spec.schedulerName!)!);
    const cycle = { pod, snapshot: this.#cache };
    if (!this.#extenders.concern(pod)) return this.#conclude(queued, decide(cycle, options), options);
    return this.#extenders.decide(cycle, options).then((decision) => this.#conclude(queued, decision, options));
  }

  #conclude(queued: QueuedPod, decision: Decision, options: DecideOptions): Promise<void> | void {
    const trace = traceOf(decision, { at: this.#options.clock.now(), attempt: queued.attempts });
    this.#traces.add(trace);
    const nodes = this.#cache.nodes.length;
    if (nodes > 0) this.#start = (this.#start + trace.evaluated) % nodes;
    if (decision.node) return this.#assume(queued, decision, decision.node);
    if (nodes === 0) return this.#refuse(queued, decision, trace, {});
    const result = runPostFilters(decision, (info, change) => fits(decision.attempt, info, change, options));
    if (result instanceof Promise) return result.then((settled) => this.#refuse(queued, decision, trace, settled));
    this.#refuse(queued, decision, trace, result);
  }

  #assume(queued: QueuedPod, decision: Decision, node: NodeInfo): void {
    const { pod } = queued;
    reserve(decision.attempt, node);
    this.#cache.setPod(pod, node.name);
    this.#nominations.remove(pod);
    void this.#bind(queued, decision, node);
  }

  // ---- Success -----------------------------------------------------------------------------------------------------

  async #bind(queued: QueuedPod, { attempt }: Decision, node: NodeInfo): Promise<void> {
    const { pod } = queued;
    const { namespace, name, uid } = pod.metadata;
    const abort = new AbortController();
    this.#binding.set(uid, abort);
    try {
      await runBindingCycle(attempt, node, {
        signal: abort.signal,
        onLong: () => this.#writes.nominate(pod, node.name),
        onBind: () => void this.#binding.delete(uid),
        extenderBind: () => this.#extenders.bind(pod, node.name),
      });
      this.#recorder(pod).event(pod, "Normal", "Scheduled", `Successfully assigned ${namespace}/${name} to ${node.name}`);
    } catch (error) {
      unreserve(attempt, node);
      if (this.#disposables.disposed) return;
      if (!this.#pods.get(pod.metadata)?.spec.nodeName) {
        this.#cache.removePod(pod);
        this.#queue.notify({ type: "podDeleted", pod });
      }
      if (!hasReason((error as Error).cause, "NotFound")) this.#fail(queued, error as Error, "");
    } finally {
      this.#binding.delete(uid);
    }
  }

  /** Only while the pod waits for something else than its binding. */
  #cancelBinding({ metadata: { uid } }: Pod): boolean {
    const abort = this.#binding.get(uid);
    abort?.abort(new Error("preempted by DefaultPreemption"));
    return abort !== undefined;
  }

  // ---- Failure -----------------------------------------------------------------------------------------------------

  #refuse(queued: QueuedPod, decision: Decision, trace: DecisionTrace, result: PostFilterResult): void {
    Object.assign(trace, withFailure(trace, decision, result));
    const pod = this.#waiting(queued.pod);
    if (!pod) return;
    this.#queue.park({ ...queued, pod }, decision.refusedBy);
    if (result.nominatedNode && result.victims) {
      const losers = this.#nominations.on(result.nominatedNode).filter((other) => (other.spec.priority ?? 0) < (pod.spec.priority ?? 0));
      void this.#executor.preempt(pod, result.nominatedNode, result.victims, losers);
    }
    if (result.nominatedNode !== undefined) this.#nominations.set(pod, result.nominatedNode);
    const failed = (error: unknown) => this.#options.log.warn("making room failed", { pod: keyOf(pod.metadata), error: String(error) });
    void result.act?.().catch(failed);
    this.#tell(pod, "Unschedulable", trace.message!, result.nominatedNode);
  }

  /** An attempt ended by an error, or by a plugin's late refusal. */
  #fail(queued: QueuedPod, error: Error, nominatedNode?: string): void {
    const live = this.#waiting(queued.pod);
    if (!live) return;
    const again = { ...queued, pod: live };
    if (error instanceof Rejection) {
      this.#queue.park(again, new Set([error.plugin]));
      return this.#tell(live, "Unschedulable", `0/1 nodes are available: 1 ${error.message}.`, nominatedNode);
    }
    this.#options.log.warn("scheduling failed", { pod: keyOf(live.metadata), error: String(error) });
    this.#queue.retry(again);
    this.#tell(live, "SchedulerError", error.message, nominatedNode);
  }

  /** The pod as it is now, if it is still to be placed: an attempt may have taken long. */
  #waiting({ metadata }: Pod): Pod | undefined {
    const live = this.#pods.get(metadata);
    return live?.metadata.uid === metadata.uid && !live.spec.nodeName && !live.metadata.deletionTimestamp ? live : undefined;
  }

  #tell(pod: Pod, reason: "Unschedulable" | "SchedulerError", message: string, nominatedNode?: string): void {
    const short = message.length <= longestMessage ? message : `${message.slice(0, longestMessage - 4)} ...`;
    this.#recorder(pod).event(pod, "Warning", "FailedScheduling", short);
    void this.#writes.refuse(pod, reason, message, nominatedNode);
  }
}

function withFailure(trace: DecisionTrace, decision: Decision, { message, nominatedNode, victims }: PostFilterResult): DecisionTrace {
  const preemption = nominatedNode && victims && { node: nominatedNode, victims: victims.map(({ metadata }) => keyOf(metadata)) };
  return { ...trace, message: [refusalMessage(decision), ...(message ? [message] : [])].join(" "), ...(preemption && { preemption }) };
}
