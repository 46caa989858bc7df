import type { Event } from "../../shared/kubernetes/types.ts";
import { rfc3339, type Clock } from "../base/clock.ts";

// Limits of client-go's tools/record.
const cacheSize = 4096;
const aggregateAfter = 10;
const aggregateWindowMs = 600_000;
const spamBurst = 25;
const spamRefillMs = 300_000;

interface Observed {
  name: string;
  firstTimestamp: string;
  count: number;
}

interface Similar {
  messages: Set<string>;
  at: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

export interface Correlated {
  event: Event;
  /** An earlier event of this name is to be counted up, instead of a new one. */
  repeat: boolean;
}

/**
 * What becomes of an event before it is sent, as client-go decides: the same event is counted, from the tenth message of
 * one reason within 10 minutes on they are combined, and beyond 25 per source and object one passes every 5 minutes.
 */
export class EventCorrelator {
  readonly #clock: Clock;
  readonly #similar: LeastRecent<Similar>;
  readonly #observed: LeastRecent<Observed>;
  readonly #buckets: LeastRecent<Bucket>;

  /** `remembered`: so many events, and so many objects. */
  constructor(clock: Clock, remembered = cacheSize) {
    this.#clock = clock;
    this.#similar = new LeastRecent(remembered);
    this.#observed = new LeastRecent(remembered);
    this.#buckets = new LeastRecent(remembered);
  }

  /** Undefined when the event is one too many. */
  correlate(event: Event): Correlated | undefined {
    const combined = this.#combine(event);
    if (!this.#allowed(event)) return undefined;
    return this.#count(combined.event, combined.key);
  }

  #combine(event: Event): { event: Event; key: string } {
    const now = this.#clock.now();
    const similarKey = `${subjectKey(event)}|${event.reason}`;
    let similar = this.#similar.get(similarKey);
    if (!similar || now - similar.at > aggregateWindowMs) similar = { messages: new Set(), at: now };
    similar.at = now;
    similar.messages.add(event.message ?? "");
    this.#similar.set(similarKey, similar);
    if (similar.messages.size < aggregateAfter) return { event, key: `${similarKey}|${event.involvedObject.fieldPath}|${event.message}` };
    similar.messages.delete(event.message ?? "");
    return { event: { ...event, message: `(combined from similar events): ${event.message}` }, key: similarKey };
  }

  #allowed(event: Event): boolean {
    const key = subjectKey(event);
    const now = this.#clock.now();
    const bucket = this.#buckets.get(key) ?? { tokens: spamBurst, at: now };
    bucket.tokens = Math.min(spamBurst, bucket.tokens + (now - bucket.at) / spamRefillMs);
    bucket.at = now;
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  #count(event: Event, key: string): Correlated {
    const before = this.#observed.get(key);
    const now = rfc3339(this.#clock.now());
    const observed = before ? { ...before, count: before.count + 1 } : { name: event.metadata.name, firstTimestamp: now, count: 1 };
    this.#observed.set(key, observed);
    const { name, count, firstTimestamp } = observed;
    return { event: { ...event, metadata: { ...event.metadata, name }, count, firstTimestamp, lastTimestamp: now }, repeat: before !== undefined };
  }
}

function subjectKey({ source, involvedObject: object, type }: Event): string {
  return [source?.component, source?.host, object.kind, object.namespace, object.name, object.uid, object.apiVersion, type].join("|");
}

/** A map that forgets what was used least recently. */
class LeastRecent<V> {
  readonly #size: number;
  readonly #entries = new Map<string, V>();

  constructor(size: number) {
    this.#size = size;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#size) this.#entries.delete(this.#entries.keys().next().value!);
  }
}
