import { isDeepStrictEqual } from "node:util";
import type { Pod, PodStatus } from "../../../shared/kubernetes/types.ts";
import { Pods } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { backoffDelay } from "../../base/backoff.ts";
import { sleep } from "../../base/clock.ts";
import { causeOf } from "../../client/client.ts";
import type { WriteCause } from "../../client/types.ts";
import type { KubeletContext } from "../types.ts";
import { isKubeletCondition } from "./podConditions.ts";
import { sharedParts } from "./sharedParts.ts";

interface Entry {
  /** The newest object known of the pod. */
  pod: Pod;
  status: PodStatus;
  /** The object that the status was computed from. */
  cause: WriteCause;
  written: PodStatus | undefined;
  /** The write under way, which takes in what comes meanwhile. */
  writing: Promise<void> | undefined;
}

const retry = { base: 500, max: 30_000 };

/** Brings computed pod statuses to the API: the newest of each pod, in order, until it is there or the pod is gone. */
export class StatusManager {
  readonly #context: KubeletContext;
  readonly #entries = new Map<string, Entry>();
  readonly #stop = new AbortController();

  constructor(context: KubeletContext) {
    this.#context = context;
  }

  /** The pod with its newest status: the kubelet's own, and conditions that others wrote. */
  current(pod: Pod): Pod {
    const own = this.#entries.get(pod.metadata.uid)?.status;
    return own ? { ...pod, status: merged(pod, own) } : pod;
  }

  /** Sets the status of the pod with this uid; it is written to `object` (a static pod's mirror, else the pod) when it is new. */
  set(uid: string, object: Pod, status: PodStatus): void {
    const entry = this.#entries.get(uid);
    const cause = causeOf(Pods, object);
    if (entry) Object.assign(entry, { pod: newer(entry.pod, object), status, cause });
    else this.#entries.set(uid, { pod: object, status, cause, written: undefined, writing: undefined });
    void this.flush(uid);
  }

  /** Resolves when the newest status is written, or can't be for good. */
  flush(uid: string): Promise<void> {
    const entry = this.#entries.get(uid);
    if (!entry) return Promise.resolve();
    return (entry.writing ??= this.#write(uid, entry).finally(() => (entry.writing = undefined)));
  }

  forget(uid: string): void {
    this.#entries.delete(uid);
  }

  stop(): void {
    this.#stop.abort(new Error("the kubelet stops"));
  }

  async #write(uid: string, entry: Entry): Promise<void> {
    for (let failures = 0; this.#entries.get(uid) === entry && !this.#stop.signal.aborted;) {
      const { status, cause } = entry;
      if (isDeepStrictEqual(status, entry.written)) return;
      try {
        entry.pod = await this.#put(entry.pod, status, cause);
        entry.written = sharedParts(status, entry.pod.status);
        if (entry.status === status) entry.status = entry.written;
        failures = 0;
      } catch (error) {
        if (hasReason(error, "NotFound")) return;
        if (!(await this.#refresh(entry, error, failures++))) return;
      }
    }
  }

  #put(pod: Pod, status: PodStatus, cause: WriteCause): Promise<Pod> {
    return this.#context.client.resource(Pods).updateStatus({ ...pod, status: merged(pod, status) }, { cause });
  }

  /** After a conflict takes the newest object; after another failure waits. False when the pod is another one now. */
  async #refresh(entry: Entry, error: unknown, failures: number): Promise<boolean> {
    const { client, clock, log } = this.#context;
    if (!hasReason(error, "Conflict")) {
      log.warn("pod status not written", { pod: entry.pod.metadata.name, error: (error as Error).message });
      await sleep(clock, backoffDelay(failures, retry), this.#stop.signal).catch(() => {});
      return !this.#stop.signal.aborted;
    }
    try {
      const fresh = await client.resource(Pods).get(entry.pod.metadata);
      if (fresh.metadata.uid !== entry.pod.metadata.uid) return false;
      entry.pod = fresh;
      return true;
    } catch (failure) {
      return !hasReason(failure, "NotFound");
    }
  }
}

const newer = (a: Pod, b: Pod): Pod =>
  a.metadata.uid !== b.metadata.uid || Number(b.metadata.resourceVersion) >= Number(a.metadata.resourceVersion) ? b : a;

function merged(pod: Pod, status: PodStatus): PodStatus {
  const foreign = (pod.status?.conditions ?? []).filter(({ type }) => !isKubeletCondition(type));
  const own = (status.conditions ?? []).filter(({ type }) => isKubeletCondition(type));
  return { ...status, conditions: [...foreign, ...own] };
}
