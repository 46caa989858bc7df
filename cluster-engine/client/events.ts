import { apiVersionOf, parseApiVersion, type KubeObject } from "../../shared/kubernetes/object.ts";
import type { Event, ObjectReference } from "../../shared/kubernetes/types.ts";
import { Events } from "../api/resources.ts";
import { findKind } from "../api/resourceTable.ts";
import { hasReason } from "../api/statusError.ts";
import { rfc3339, type Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { causeOf } from "./client.ts";
import { EventCorrelator } from "./eventCorrelator.ts";
import type { Client, WriteCause } from "./types.ts";

export type EventType = "Normal" | "Warning";

export interface EventRecorder {
  /**
   * Records what happened to `object`. Never throws and never waits: events are best effort.
   * `fieldPath` names a part of the object: `spec.containers{web}`. The cause is the object as it was seen, unless another is given.
   */
  event(object: EventSubject, type: EventType, reason: string, message: string, extra?: { fieldPath?: string; cause?: WriteCause }): void;
}

/** An object or a reference to one. */
export type EventSubject = KubeObject | ObjectReference;

export interface EventRecorderOptions {
  client: Client;
  clock: Clock;
  log: Log;
  /** `deployment-controller`, `kubelet`: the SOURCE that kubectl prints. */
  component: string;
  /** Node name, for kubelets. */
  host?: string;
  /** How many events it knows again, and counts instead of writing another. */
  remembered?: number;
}

/** Events as client-go's recorder writes them to core/v1: counted, aggregated and limited per source and object. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, clock, log, component, host, remembered } = options;
  const correlator = new EventCorrelator(clock, remembered);
  const events = client.resource(Events);
  // One after another: a repeat must find the name of the first.
  let last = Promise.resolve();
  return {
    event(object, type, reason, message, { fieldPath, cause = subjectCause(object) } = {}) {
      const made = correlator.correlate(newEvent(options, reference(object, fieldPath), type, reason, message));
      if (!made) return;
      const write = async () => {
        try {
          await send(made, cause);
        } catch (error) {
          log.debug("event refused", { component, host, reason, error: String(error) });
        }
      };
      last = last.then(write);
    },
  };

  async function send({ event, repeat }: NonNullable<ReturnType<EventCorrelator["correlate"]>>, cause?: WriteCause): Promise<void> {
    if (repeat) {
      const { count, message, lastTimestamp } = event;
      try {
        await events.patch(event.metadata, { count, message, lastTimestamp }, { cause });
        return;
      } catch (error) {
        // It has expired: begin anew.
        if (!hasReason(error, "NotFound")) throw error;
      }
    }
    await events.create(event, { cause });
  }
}

function newEvent(options: EventRecorderOptions, involvedObject: ObjectReference, type: EventType, reason: string, message: string): Event {
  const { clock, component, host } = options;
  const namespace = involvedObject.namespace || "default";
  const now = rfc3339(clock.now());
  const name = `${involvedObject.name}.${nanoseconds(clock).toString(16)}`;
  return {
    apiVersion: apiVersionOf(Events),
    kind: Events.kind,
    metadata: { name, namespace } as Event["metadata"],
    involvedObject,
    reason,
    message,
    type,
    source: { component, ...(host ? { host } : {}) },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    eventTime: null as never,
    reportingComponent: component,
    reportingInstance: host ?? "",
  };
}

let sequence = 0n;

/** Unique within the process: the clock has ms, the rest counts. */
function nanoseconds(clock: Clock): bigint {
  sequence = (sequence + 1n) % 1_000_000n;
  return BigInt(Math.floor(clock.now())) * 1_000_000n + sequence;
}

/** The object of an event at the revision that its reporter saw. */
function subjectCause(subject: EventSubject): WriteCause | undefined {
  const { apiVersion = "", kind = "" } = subject;
  const { namespace, name = "", resourceVersion } = "metadata" in subject ? subject.metadata : subject;
  const type = findKind({ ...parseApiVersion(apiVersion), kind });
  if (!resourceVersion || !type) return undefined;
  return causeOf(type, { metadata: { namespace, name, resourceVersion } } as KubeObject);
}

function reference(subject: EventSubject, fieldPath?: string): ObjectReference {
  if (!("metadata" in subject)) return fieldPath ? { ...subject, fieldPath } : subject;
  const { apiVersion, kind, metadata } = subject;
  const { name, namespace, uid, resourceVersion } = metadata;
  return { kind, ...(namespace ? { namespace } : {}), name, uid, apiVersion, resourceVersion, ...(fieldPath ? { fieldPath } : {}) };
}
