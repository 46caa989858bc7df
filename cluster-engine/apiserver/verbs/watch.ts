import { apiVersionOf, type KubeObject } from "../../../shared/kubernetes/object.ts";
import { every } from "../../base/clock.ts";
import { Disposables } from "../../base/disposal.ts";
import { CompactedError } from "../../store/types.ts";
import { served, type ServedResource } from "../registry/servedResource.ts";
import type { Answer, WatchEvent, WatchReceiver } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { expired } from "../request/statusErrors.ts";
import { unstoredObject, type StoredObject } from "../storage/storedObject.ts";
import type { CacheEvent } from "../storage/watchCache.ts";
import { type ListOptions, parseListOptions } from "./listOptions.ts";
import { type Selection, selectionOf } from "./selection.ts";
import type { VerbContext } from "./verbContext.ts";

/** ms between bookmarks, as Kubernetes has it. */
const bookmarkEvery = 60_000;
/** s: a watch without timeoutSeconds ends after this time and up to as much again. */
const minimumTimeout = 1800;

/** WATCH of a collection or one object. See "Efficient detection of changes" in the API concepts. */
export function watch(call: ApiCall, resource: ServedResource, context: VerbContext): Answer {
  const options = parseListOptions(call.query, true);
  const selection = selectionOf(resource, call.query, call.info.name);
  const namespace = resource.namespaced ? call.info.namespace : "";
  return { type: "watch", resource, start: (receiver) => startWatch({ resource, namespace, options, selection, context, receiver }) };
}

interface WatchSetup {
  resource: ServedResource;
  namespace: string;
  options: ListOptions;
  selection: Selection;
  context: VerbContext;
  receiver: WatchReceiver;
}

function startWatch(setup: WatchSetup): Disposable {
  const { resource, options, context, receiver } = setup;
  const running = new Disposables();
  const end = () => {
    if (running.disposed) return;
    running[Symbol.dispose]();
    receiver.onEnd();
  };
  const mark = () => receiver.onEvent(bookmark(resource, context.caches.revision));
  const seconds = options.timeoutSeconds ?? minimumTimeout * (1 + context.random.next());
  const onTime = () => {
    // Whoever resumes then has missed nothing, and asks for no history.
    if (options.allowWatchBookmarks) mark();
    end();
  };
  running.add(context.clock.after(seconds * 1000, onTime));
  const initial = sendsInitialEvents(options);
  if (initial) sendInitialEvents(setup);
  const after = initial || options.resourceVersion === undefined ? context.caches.revision : options.resourceVersion;
  const fail = (error: Error) => {
    receiver.onEvent({ type: "ERROR", object: tooOld(error, after) });
    end();
  };
  try {
    running.add(resource.cache.subscribe(after, { onEvents: (events) => sendEvents(setup, events, after), onError: fail }, setup.selection.route));
  } catch (error) {
    // Told once the caller holds the watch: a receiver may end it from inside.
    running.add(context.clock.after(0, () => fail(error as Error)));
  }
  if (options.allowWatchBookmarks) running.add(every(context.clock, bookmarkEvery, mark));
  return running;
}

/** "Get state and start" of a watch without a version, and the streaming list. */
const sendsInitialEvents = ({ sendInitialEvents, resourceVersion }: ListOptions): boolean => sendInitialEvents ?? !resourceVersion;

function sendInitialEvents({ resource, namespace, options, selection, context, receiver }: WatchSetup): void {
  const { route } = selection;
  const objects = route ? resource.cache.listRoute(route, namespace || undefined) : resource.cache.list(namespace || undefined);
  for (const object of objects) {
    if (selection.matches(object)) receiver.onEvent({ type: "ADDED", object: served(resource, object) });
  }
  if (options.sendInitialEvents && options.allowWatchBookmarks)
    receiver.onEvent(bookmark(resource, context.caches.revision, { "k8s.io/initial-events-end": "true" }));
}

function sendEvents({ resource, namespace, selection, receiver }: WatchSetup, events: CacheEvent[], after: number): void {
  for (const event of events) {
    if (event.revision <= after || (namespace && event.object.namespace !== namespace)) continue;
    const seen = watchEvent(event, selection);
    if (seen) receiver.onEvent({ type: seen.type, object: served(resource, seen.object) });
  }
}

/** What a watcher with this selection sees of a change; nothing when the object was and is outside. */
export function watchEvent(event: CacheEvent, selection: Selection): { type: WatchEvent["type"]; object: StoredObject } | undefined {
  const was = event.previous !== undefined && selection.matches(event.previous);
  if (event.type === "delete") return was ? { type: "DELETED", object: event.object } : undefined;
  const is = selection.matches(event.object);
  if (is) return { type: was ? "MODIFIED" : "ADDED", object: event.object };
  return was ? { type: "DELETED", object: atRevision(event.previous!, event.revision) } : undefined;
}

/** The object as it was, with the revision at which it left the watcher's sight. */
function atRevision(object: StoredObject, revision: number): StoredObject {
  return unstoredObject({ ...object.object, metadata: { ...object.object.metadata, resourceVersion: String(revision) } });
}

function bookmark(resource: ServedResource, revision: number, annotations?: Record<string, string>): WatchEvent {
  const metadata = { resourceVersion: String(revision), ...(annotations ? { annotations } : {}) } as unknown as KubeObject["metadata"];
  return { type: "BOOKMARK", object: unstoredObject({ kind: resource.kind, apiVersion: apiVersionOf(resource), metadata }) };
}

function tooOld(error: Error, after: number) {
  if (error instanceof CompactedError) return expired(`too old resource version: ${after} (${error.compacted})`).status;
  return expired(error.message).status;
}
