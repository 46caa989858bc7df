import { backoffDelay } from "../base/backoff.ts";
import { type Clock, every } from "../base/clock.ts";
import { Disposables } from "../base/disposal.ts";
import { keyOf } from "../../shared/kubernetes/object.ts";
import type { Pod } from "../../shared/kubernetes/types.ts";
import type { ClusterEvent, Plugin } from "./types.ts";

export interface QueuedPod {
  pod: Pod;
  attempts: number;
  /** Order of arrival, for equals in priority. */
  arrival: number;
}

interface Parked extends QueuedPod {
  /** Plugins that refused it; empty: any event wakes it. */
  refusedBy: Set<string>;
  since: number;
}

const backoff = { base: 1_000, max: 10_000 };
const longestPark = 300_000;

/**
 * Pods that wait for a node: ready ones by priority, those that failed lately (back-off), and those that nothing could
 * help so far (parked until an event that a refusing plugin waits for, or five minutes).
 */
export class SchedulingQueue implements Disposable {
  readonly #clock: Clock;
  readonly #plugins: readonly Plugin[];
  readonly #ready = new Map<string, QueuedPod>();
  readonly #parked = new Map<string, Parked>();
  readonly #waiting = new Map<string, { queued: QueuedPod; timer: Disposable }>();
  readonly #disposables = new Disposables();
  #arrivals = 0;
  #onReady = () => {};

  constructor(clock: Clock, plugins: readonly Plugin[]) {
    this.#clock = clock;
    this.#plugins = plugins;
    this.#disposables.add(every(clock, 30_000, () => this.#flushParked()));
  }

  set onReady(listener: () => void) {
    this.#onReady = listener;
  }

  /** A pod that has no node yet, new or changed. */
  add(pod: Pod): void {
    const key = keyOf(pod.metadata);
    const waiting = this.#ready.get(key) ?? this.#waiting.get(key)?.queued;
    if (waiting) return void (waiting.pod = pod);
    const parked = this.#parked.get(key);
    if (parked) {
      parked.pod = pod;
      if (this.#wakes(parked, { type: "self" })) this.#unpark(key, parked);
      return;
    }
    this.#enqueue({ pod, attempts: 0, arrival: this.#arrivals++ });
  }

  remove(pod: Pod): void {
    const key = keyOf(pod.metadata);
    this.#ready.delete(key);
    this.#parked.delete(key);
    this.#waiting.get(key)?.timer[Symbol.dispose]();
    this.#waiting.delete(key);
  }

  /** The most important ready pod. */
  take(): QueuedPod | undefined {
    let first: QueuedPod | undefined;
    for (const queued of this.#ready.values()) if (!first || before(queued, first)) first = queued;
    if (first) this.#ready.delete(keyOf(first.pod.metadata));
    return first && { ...first, attempts: first.attempts + 1 };
  }

  /** Puts a pod back that no node would take. */
  park(queued: QueuedPod, refusedBy: Set<string>): void {
    this.#parked.set(keyOf(queued.pod.metadata), { ...queued, refusedBy, since: this.#clock.monotonic() });
  }

  /** Tries again after the pod's back-off, whatever happens. */
  retry(queued: QueuedPod): void {
    this.#delay(queued);
  }

  /** Wakes the parked pods that this event may help. */
  notify(event: ClusterEvent): void {
    for (const [key, parked] of this.#parked) if (this.#wakes(parked, event)) this.#unpark(key, parked);
  }

  get size(): number {
    return this.#ready.size + this.#parked.size + this.#waiting.size;
  }

  [Symbol.dispose](): void {
    this.#disposables[Symbol.dispose]();
    for (const { timer } of this.#waiting.values()) timer[Symbol.dispose]();
  }

  #wakes({ pod, refusedBy }: Parked, event: ClusterEvent): boolean {
    return refusedBy.size === 0 || this.#plugins.some((plugin) => refusedBy.has(plugin.name) && plugin.wakesOn(event, pod));
  }

  #unpark(key: string, parked: Parked): void {
    this.#parked.delete(key);
    const queued = { pod: parked.pod, attempts: parked.attempts, arrival: parked.arrival };
    const rested = this.#clock.monotonic() - parked.since;
    if (rested >= backoffDelay(parked.attempts - 1, backoff) || parked.attempts === 0) this.#enqueue(queued);
    else this.#delay(queued, rested);
  }

  #delay(queued: QueuedPod, rested = 0): void {
    const key = keyOf(queued.pod.metadata);
    const timer = this.#clock.after(backoffDelay(Math.max(0, queued.attempts - 1), backoff) - rested, () => {
      const waiting = this.#waiting.get(key);
      this.#waiting.delete(key);
      if (waiting) this.#enqueue(waiting.queued);
    });
    this.#waiting.set(key, { queued, timer });
  }

  #enqueue(queued: QueuedPod): void {
    const gated = this.#plugins.find((plugin) => plugin.gate?.(queued.pod) !== undefined);
    if (gated) return this.park(queued, new Set([gated.name]));
    this.#ready.set(keyOf(queued.pod.metadata), queued);
    this.#onReady();
  }

  #flushParked(): void {
    for (const [key, parked] of this.#parked) if (this.#clock.monotonic() - parked.since > longestPark) this.#unpark(key, parked);
  }
}

const before = (a: QueuedPod, b: QueuedPod): boolean =>
  (a.pod.spec.priority ?? 0) === (b.pod.spec.priority ?? 0) ? a.arrival < b.arrival : (a.pod.spec.priority ?? 0) > (b.pod.spec.priority ?? 0);
