import { writeFile } from "node:fs/promises";
import type { LogEntry, ObjectRef } from "../../../shared/contract.ts";
import { keyOf } from "../../../shared/kubernetes/object.ts";
import type { Pod, Service } from "../../../shared/kubernetes/types.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { StreamEnds, StreamParamsOf, StreamSource } from "../port/types.ts";
import type { Clock } from "../time.ts";
import { matchesAll } from "../views/labelSelector.ts";
import { Relations } from "../watch/relations.ts";
import type { CacheLease } from "../watch/cachePool.ts";
import { followContainer, restartsOf, startedContainers } from "./logSources.ts";
import { MergeBuffer } from "./mergeBuffer.ts";

/** Lines kept for saving. */
const mostKept = 500_000;
const tick = 100;

/** The logs of a pod, or of all present and future pods of a workload, as one stream by time. */
export class LogStream implements StreamSource<LogEntry[]> {
  readonly #cluster: Cluster;
  readonly #params: StreamParamsOf<"logs">;
  readonly #clock: Clock;
  readonly #ends: StreamEnds;
  readonly #relations: Relations;
  readonly #target: CacheLease;
  readonly #subscription: Disposable;
  readonly #followed = new Map<string, { abort: AbortController; restarts: number }>();
  readonly #buffer = new MergeBuffer();
  readonly #kept: LogEntry[] = [];
  #timer: Disposable | undefined;
  #running = 0;
  #started = false;
  #finished = false;

  constructor(cluster: Cluster, params: StreamParamsOf<"logs">, clock: Clock, ends: StreamEnds) {
    this.#cluster = cluster;
    this.#params = params;
    this.#clock = clock;
    this.#ends = ends;
    this.#relations = new Relations(cluster, ["pods", "replicasets", "jobs"], () => this.#look());
    this.#target = cluster.caches.lease({ ...params.object });
    this.#subscription = this.#target.cache.subscribe({ changed: () => this.#look() });
    this.#look();
  }

  next(): LogEntry[] | undefined {
    // At the end nothing older can come: what waits is due.
    const batch = this.#buffer.take(this.#finished ? Number.POSITIVE_INFINITY : this.#clock.now());
    this.#kept.push(...batch);
    if (this.#kept.length > mostKept) this.#kept.splice(0, this.#kept.length - mostKept);
    if (!this.#buffer.empty) this.#later();
    return batch.length > 0 ? batch : undefined;
  }

  /** Writes what was sent so far to a file, one line each. */
  async save(path: string): Promise<void> {
    const several = new Set(this.#kept.map(({ pod, container }) => `${pod}/${container}`)).size > 1;
    const text = this.#kept
      .map(({ at, pod, container, text: line }) => `${new Date(at).toISOString()} ${several ? `${pod}/${container} ` : ""}${line}\n`)
      .join("");
    await writeFile(path, text);
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#subscription[Symbol.dispose]();
    this.#target[Symbol.dispose]();
    this.#relations[Symbol.dispose]();
    for (const { abort } of this.#followed.values()) abort.abort();
  }

  /** Follows containers that have appeared since the last look, and marks restarts. */
  #look(): void {
    for (const pod of this.#pods()) {
      for (const container of startedContainers(pod)) {
        if (this.#params.container && container !== this.#params.container) continue;
        const key = `${pod.metadata.uid}/${container}`;
        const known = this.#followed.get(key);
        const restarts = restartsOf(pod, container);
        if (!known) this.#follow(key, pod, container, restarts);
        else if (restarts > known.restarts) {
          known.restarts = restarts;
          this.#add([
            { at: this.#clock.now(), pod: pod.metadata.name, container, text: `container ${container} restarted (${restarts})`, marker: "restarted" },
          ]);
        }
      }
    }
    this.#started = true;
  }

  #pods(): Pod[] {
    const { object } = this.#params;
    const target = this.#target.cache.get(keyOf(object as ObjectRef))?.object;
    if (!target) return [];
    if (target.kind === "Pod") return [target as Pod];
    if (target.kind !== "Service") return this.#relations.podsOf(target);
    const selector = (target as Service).spec?.selector ?? {};
    return Object.keys(selector).length === 0
      ? []
      : this.#relations.podsIn(target.metadata.namespace).filter(({ metadata }) => matchesAll(selector, metadata.labels));
  }

  #follow(key: string, pod: Pod, container: string, restarts: number): void {
    const { previous, tailLines, sinceSeconds } = this.#params;
    const abort = new AbortController();
    this.#followed.set(key, { abort, restarts });
    // A pod that came after the stream opened is told, and read from its first line.
    const late = this.#started && this.#followed.size > 1;
    if (late) this.#add([{ at: this.#clock.now(), pod: pod.metadata.name, container, text: `pod ${pod.metadata.name} started`, marker: "started" }]);
    const window = late ? {} : { tailLines, ...(sinceSeconds === undefined ? {} : { sinceSeconds }) };
    this.#running++;
    const onEntries = (entries: Omit<LogEntry, "seq">[]) => this.#add(entries);
    void followContainer(
      { cluster: this.#cluster, clock: this.#clock, pod, container, previous, ...window, onEntries, state: () => this.#stateOf(pod) },
      abort.signal,
    ).finally(() => {
      this.#running--;
      if (!previous || this.#running > 0) return;
      this.#finished = true;
      this.#ends.end();
    });
  }

  #stateOf({ metadata }: Pod): "running" | "ended" | "gone" {
    const pod = this.#relations.get<Pod>("pods", keyOf(metadata));
    if (pod?.metadata.uid !== metadata.uid) return "gone";
    return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed" ? "ended" : "running";
  }

  #add(entries: Omit<LogEntry, "seq">[]): void {
    this.#buffer.add(entries, this.#clock.now());
    this.#later();
  }

  /** Wakes the stream once the lines have waited for older ones. */
  #later(): void {
    this.#timer ??= this.#clock.after(tick, () => {
      this.#timer = undefined;
      this.#ends.wake();
      if (!this.#buffer.empty) this.#later();
    });
  }
}
