import type { Pod } from "../../shared/kubernetes/types.ts";
import { backoffDelay } from "../base/backoff.ts";
import { type Clock, every } from "../base/clock.ts";
import { Disposables } from "../base/disposal.ts";
import { Heap } from "./heap.ts";
import type { ClusterEvent, Plugin, Queued } from "./types.ts";

export interface QueuedPod extends Queued {
  /** Attempts begun. */
  attempts: number;
  /** Where in the stream of events its attempt began. */
  began: number;
}

interface Parked extends QueuedPod {
  /** Plugins that refused it; empty: any event wakes it. */
  refusedBy: ReadonlySet<string>;
  /** Kept out by PreEnqueue. */
  gated: boolean;
  since: number;
}

interface Resting extends QueuedPod {
  until: number;
}

const endsFirst = (a: Resting, b: Resting): boolean => a.until < b.until;

export interface SchedulingQueueOptions {
  clock: Clock;
  /** ms */
  initialBackoff?: number;
  maxBackoff?: number;
  /** QueueSort. */
  compare(a: Queued, b: Queued): number;
  /** PreEnqueue: the plugin that keeps the pod out. */
  gate(pod: Pod): string | undefined;
  /** The plugins of the pod's profile that have these names. */
  plugins(pod: Pod, names: ReadonlySet<string>): readonly Plugin[];
}

const longestPark = 300_000;

/**
 * Pods that wait for a node: ready ones in the order of QueueSort, those that failed lately (they rest, longer each time,
 * unless nothing else is ready), and those that nothing could help so far (parked until an event that a refusing plugin
 * waits for, or five minutes). A pod is in one of them, by uid.
 */
export class SchedulingQueue implements Disposable {
  readonly #options: SchedulingQueueOptions;
  readonly #backoff: { base: number; max: number };
  /** Entries of heaps that are not in their map any more are left behind, and skipped. */
  readonly #ready = new Map<string, QueuedPod>();
  readonly #readyOrder: Heap<QueuedPod>;
  readonly #resting = new Map<string, Resting>();
  readonly #afterRefusal = new Heap<Resting>(endsFirst);
  readonly #afterError = new Heap<Resting>(endsFirst);
  readonly #parked = new Map<string, Parked>();
  /** Revision of the object whose event ended a pod's wait, by uid. */
  readonly #wokenBy = new Map<string, string>();
  readonly #disposables = new Disposables();
  /** Events since the earliest attempt that is under way. */
  #events: ClusterEvent[] = [];
  #eventCount = 0;
  #underWay = 0;
  #arrivals = 0;
  #alarm: { at: number; timer: Disposable } | undefined;
  #onReady = () => {};

  constructor(options: SchedulingQueueOptions) {
    const { clock, compare, initialBackoff = 1_000, maxBackoff = 10_000 } = options;
    this.#options = options;
    this.#backoff = { base: initialBackoff, max: maxBackoff };
    this.#readyOrder = new Heap((a, b) => compare(a, b) < 0);
    this.#disposables.add(every(clock, 30_000, () => this.#flushParked()));
  }

  set onReady(listener: () => void) {
    this.#onReady = listener;
  }

  /** A pod that has no node yet, new or changed. */
  add(pod: Pod, old?: Pod): void {
    const { uid } = pod.metadata;
    const waiting = this.#ready.get(uid) ?? this.#resting.get(uid);
    if (waiting) return this.#renew(waiting, pod);
    const parked = this.#parked.get(uid);
    if (!parked) return this.#enqueue({ pod, attempts: 0, arrival: this.#arrivals++, began: 0 });
    const before = old ?? parked.pod;
    parked.pod = pod;
    if (this.#wakes(parked, { type: "self", pod, old: before })) this.#unpark(parked);
  }

  /** The revision of the object that may have made room for a pod. */
  wokenBy(uid: string): string | undefined {
    return this.#wokenBy.get(uid);
  }

  remove({ metadata: { uid } }: Pod): void {
    this.#wokenBy.delete(uid);
    this.#ready.delete(uid);
    this.#resting.delete(uid);
    this.#parked.delete(uid);
  }

  /** The next pod to try. `finish` must follow, also when the pod is put back. */
  take(): QueuedPod | undefined {
    const next = this.#popReady() ?? this.#popResting();
    if (!next) return undefined;
    this.#underWay++;
    return { pod: next.pod, arrival: next.arrival, attempts: next.attempts + 1, began: this.#eventCount };
  }

  /** The attempt is over. */
  finish(): void {
    if (--this.#underWay === 0) this.#events = [];
  }

  /** Puts a pod back that no node would take; at once when something that may help happened meanwhile. */
  park(queued: QueuedPod, refusedBy: ReadonlySet<string>): void {
    const parked: Parked = { ...queued, refusedBy, gated: false, since: this.#options.clock.monotonic() };
    const missed = this.#events.slice(this.#events.length - (this.#eventCount - queued.began));
    const helpful = missed.find((event) => this.#wakes(parked, event));
    if (helpful) this.#noteWaker(queued, helpful);
    if (helpful) this.#rest(queued, false);
    else this.#parked.set(queued.pod.metadata.uid, parked);
  }

  /** Tries again after the pod's rest, whatever happens. */
  retry(queued: QueuedPod): void {
    this.#rest(queued, true);
  }

  /** Looks again at a pod that PreEnqueue kept out. */
  reconsider(uid: string): void {
    const parked = this.#parked.get(uid);
    if (!parked?.gated) return;
    this.#parked.delete(uid);
    this.#enqueue(parked);
  }

  /** Wakes the parked pods that this event may help. */
  notify(event: ClusterEvent): void {
    if (this.#underWay > 0) {
      this.#events.push(event);
      this.#eventCount++;
    }
    for (const parked of this.#parked.values()) {
      if (parked.gated || !this.#wakes(parked, event)) continue;
      this.#noteWaker(parked, event);
      this.#unpark(parked);
    }
  }

  #noteWaker({ pod }: QueuedPod, event: ClusterEvent): void {
    const { metadata } = "node" in event ? event.node : "pod" in event ? event.pod : event.object;
    this.#wokenBy.set(pod.metadata.uid, metadata.resourceVersion);
  }

  get size(): number {
    return this.#ready.size + this.#parked.size + this.#resting.size;
  }

  [Symbol.dispose](): void {
    this.#disposables[Symbol.dispose]();
    this.#alarm?.timer[Symbol.dispose]();
  }

  /** The order may have changed with the pod. */
  #renew(waiting: QueuedPod, pod: Pod): void {
    const moved = (waiting.pod.spec.priority ?? 0) !== (pod.spec.priority ?? 0);
    waiting.pod = pod;
    if (!moved || !this.#ready.has(pod.metadata.uid)) return;
    const again = { ...waiting };
    this.#ready.set(pod.metadata.uid, again);
    this.#readyOrder.push(again);
  }

  #popReady(): QueuedPod | undefined {
    for (let next = this.#readyOrder.pop(); next; next = this.#readyOrder.pop()) {
      if (this.#ready.get(next.pod.metadata.uid) !== next) continue;
      this.#ready.delete(next.pod.metadata.uid);
      return next;
    }
    return undefined;
  }

  /** With nothing else to do, rests after refusals are cut short. */
  #popResting(): QueuedPod | undefined {
    return this.#popOf(this.#afterRefusal, Infinity);
  }

  /** The first whose rest ends until then. */
  #popOf(order: Heap<Resting>, until: number): Resting | undefined {
    for (let next = order.peek(); next && next.until <= until; next = order.peek()) {
      order.pop();
      if (this.#resting.get(next.pod.metadata.uid) !== next) continue;
      this.#resting.delete(next.pod.metadata.uid);
      return next;
    }
    return undefined;
  }

  #wakes({ pod, refusedBy, gated }: Parked, event: ClusterEvent): boolean {
    if (gated) return event.type === "self" && this.#options.gate(pod) === undefined;
    return refusedBy.size === 0 || this.#options.plugins(pod, refusedBy).some((plugin) => plugin.wakesOn(event, pod));
  }

  #unpark(parked: Parked): void {
    this.#parked.delete(parked.pod.metadata.uid);
    const rested = this.#options.clock.monotonic() - parked.since;
    if (parked.attempts === 0 || rested >= this.#restOf(parked)) this.#enqueue(parked);
    else this.#rest(parked, false, rested);
  }

  #restOf({ attempts }: QueuedPod): number {
    return backoffDelay(Math.max(0, attempts - 1), this.#backoff);
  }

  #rest({ pod, attempts, arrival, began }: QueuedPod, failed: boolean, rested = 0): void {
    const until = this.#options.clock.monotonic() + this.#restOf({ pod, attempts, arrival, began }) - rested;
    const resting: Resting = { pod, attempts, arrival, began, until };
    this.#resting.set(pod.metadata.uid, resting);
    (failed ? this.#afterError : this.#afterRefusal).push(resting);
    this.#setAlarm();
    if (!failed) this.#onReady();
  }

  #setAlarm(): void {
    const { clock } = this.#options;
    const first = Math.min(this.#afterError.peek()?.until ?? Infinity, this.#afterRefusal.peek()?.until ?? Infinity);
    if (first === Infinity || (this.#alarm && this.#alarm.at <= first)) return;
    this.#alarm?.timer[Symbol.dispose]();
    this.#alarm = { at: first, timer: clock.after(Math.max(0, first - clock.monotonic()), () => this.#wakeRested()) };
  }

  #wakeRested(): void {
    this.#alarm = undefined;
    const now = this.#options.clock.monotonic();
    for (const order of [this.#afterError, this.#afterRefusal])
      for (let next = this.#popOf(order, now); next; next = this.#popOf(order, now)) this.#enqueue(next);
    this.#setAlarm();
  }

  #enqueue({ pod, attempts, arrival, began }: QueuedPod): void {
    const queued = { pod, attempts, arrival, began };
    const gate = this.#options.gate(pod);
    if (gate !== undefined) {
      const parked = { ...queued, refusedBy: new Set([gate]), gated: true, since: this.#options.clock.monotonic() };
      return void this.#parked.set(pod.metadata.uid, parked);
    }
    this.#ready.set(pod.metadata.uid, queued);
    this.#readyOrder.push(queued);
    this.#onReady();
  }

  #flushParked(): void {
    const now = this.#options.clock.monotonic();
    for (const parked of this.#parked.values()) if (!parked.gated && now - parked.since > longestPark) this.#unpark(parked);
  }
}
