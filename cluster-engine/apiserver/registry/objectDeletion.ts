import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { DeleteOptions } from "../../../shared/kubernetes/types.ts";
import { deepClone } from "../../api/json.ts";
import { rfc3339 } from "../../base/clock.ts";
import { ConflictError } from "../../store/types.ts";
import { admit, validate } from "../admission/chain.ts";
import { conflict, notFound } from "../request/statusErrors.ts";
import { type StoredObject, storedObjectOf, unstoredObject } from "../storage/storedObject.ts";
import { attributesFor, type ObjectWrite, put, removeStored } from "./objectWriter.ts";
import { strategyContext } from "./strategyContext.ts";
import { served } from "./servedResource.ts";
import { toServed } from "./objectWriter.ts";

export interface Deleted {
  object: StoredObject;
  /** False when it waits for its grace period or for finalizers. */
  gone: boolean;
}

const orphan = "orphan";
const foreground = "foregroundDeletion";

/** The road of every deletion. See rest.BeforeDelete and Store.Delete of k8s.io/apiserver. */
export async function deleteObject(write: ObjectWrite, name: string, options: DeleteOptions): Promise<Deleted> {
  const { resource, call, context } = write;
  const namespace = resource.namespaced ? call.info.namespace : "";
  let stored = resource.cache.get(namespace, name);
  const seen = strategyContext(call, context, write.options.dryRun);
  for (;;) {
    if (!stored) throw notFound(resource, name);
    checkPreconditions(write, stored.object, options);
    const attributes = attributesFor({ ...write }, "DELETE", undefined, stored.object);
    await admit(context.admission, attributes, seen);
    await validate(context.admission, attributes, seen);
    try {
      return await deleteStored(write, stored, options);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      if (!error.current) await context.caches.settled(error.key);
      stored = error.current && storedObjectOf(error.current, resource.cache.prefix);
    }
  }
}

async function deleteStored(write: ObjectWrite, stored: StoredObject, options: DeleteOptions): Promise<Deleted> {
  const { resource, context, call } = write;
  const seen = strategyContext(call, context, write.options.dryRun);
  const draft = deepClone(stored.object);
  const begun = draft.metadata.deletionTimestamp !== undefined;
  const grace = decideGrace(write, draft, options);
  if (grace === "pending") return { object: served(resource, stored), gone: false };
  const finalizersChanged = setDependentsFinalizers(write, draft, options);
  await resource.strategy.beginDeletion?.(draft, options, seen);
  const waits = holdsBack(draft);
  if (grace === "none" && waits) markAsDeleting(draft, context.clock.now());
  if (grace === "none" ? !waits : !waits && options.gracePeriodSeconds === 0)
    return { object: await removeStored(write, stored.object, stored, seen), gone: true };
  if (grace === "none" && begun && !finalizersChanged) return { object: served(resource, stored), gone: false };
  if (write.options.dryRun) return { object: unstoredObject(toServed(resource, draft)), gone: false };
  return { object: served(resource, await put(write, draft, stored.revision, "update", stored.object)), gone: false };
}

/** Finalizers, of the metadata or (namespaces) of the spec, keep the object. */
function holdsBack(object: KubeObject): boolean {
  if (object.metadata.finalizers?.length) return true;
  const { finalizers } = (object as { spec?: { finalizers?: string[] } }).spec ?? {};
  return object.kind === "Namespace" && Boolean(finalizers?.length);
}

/**
 * `graceful`: the draft now says when it shall be gone. `pending`: a deletion runs that these options don't hasten.
 * `none`: the kind, or the object as it is, needs no grace.
 */
function decideGrace({ resource, context }: ObjectWrite, draft: KubeObject, options: DeleteOptions): "graceful" | "pending" | "none" {
  const { strategy } = resource;
  const { metadata } = draft;
  if (!strategy.gracePeriod) return "none";
  if (metadata.deletionTimestamp) return hasten(draft, options);
  const seconds = strategy.gracePeriod(draft, options);
  if (seconds === undefined) return "none";
  options.gracePeriodSeconds = seconds;
  metadata.deletionTimestamp = rfc3339(context.clock.now() + seconds * 1000);
  metadata.deletionGracePeriodSeconds = seconds;
  if (metadata.generation) metadata.generation++;
  return "graceful";
}

/** A second deletion may only shorten the grace period. */
function hasten({ metadata }: KubeObject, options: DeleteOptions): "graceful" | "pending" | "none" {
  const running = metadata.deletionGracePeriodSeconds;
  if (!running) return "none";
  const wanted = options.gracePeriodSeconds;
  if (wanted === undefined || wanted >= running) {
    options.gracePeriodSeconds = running;
    return "pending";
  }
  metadata.deletionTimestamp = rfc3339(Date.parse(metadata.deletionTimestamp!) - (running - wanted) * 1000);
  metadata.deletionGracePeriodSeconds = wanted;
  return "graceful";
}

/** Their deletion is carried out in stages by a controller; they say nothing of a grace period. */
const kindsWithoutGrace = new Set(["Namespace", "CustomResourceDefinition"]);

function markAsDeleting({ metadata, kind }: KubeObject, now: number): void {
  if (!metadata.deletionTimestamp && metadata.generation && !kindsWithoutGrace.has(kind)) metadata.generation++;
  metadata.deletionTimestamp ??= rfc3339(now);
  if (kindsWithoutGrace.has(kind)) delete metadata.deletionGracePeriodSeconds;
  else metadata.deletionGracePeriodSeconds = 0;
}

/** Adds or removes the finalizers that let the garbage collector orphan or delete dependents first. True when they changed. */
function setDependentsFinalizers({ resource, call }: ObjectWrite, { metadata }: KubeObject, options: DeleteOptions): boolean {
  const before = metadata.finalizers ?? [];
  const others = before.filter((finalizer) => finalizer !== orphan && finalizer !== foreground);
  const wanted = dependentsFinalizer(options, before, resource.resource === "replicationcontrollers" && call.info.version === "v1");
  const after = wanted ? [...others, wanted] : others;
  if (after.length === before.length && after.every((finalizer) => before.includes(finalizer))) return false;
  if (after.length) metadata.finalizers = after;
  else delete metadata.finalizers;
  return true;
}

function dependentsFinalizer(
  { orphanDependents, propagationPolicy }: DeleteOptions,
  finalizers: string[],
  orphansByDefault: boolean,
): string | undefined {
  if (orphanDependents !== undefined) return orphanDependents ? orphan : undefined;
  if (propagationPolicy) return propagationPolicy === "Orphan" ? orphan : propagationPolicy === "Foreground" ? foreground : undefined;
  if (finalizers.includes(orphan)) return orphan;
  if (finalizers.includes(foreground)) return foreground;
  return orphansByDefault ? orphan : undefined;
}

export function checkPreconditions({ resource }: ObjectWrite, { metadata, kind }: KubeObject, { preconditions }: DeleteOptions): void {
  const refused = (problem: string) => conflict({ group: resource.group, resource: kind }, metadata.name, problem);
  const { uid, resourceVersion } = preconditions ?? {};
  if (uid && uid !== metadata.uid) {
    throw refused(
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion && resourceVersion !== metadata.resourceVersion) {
    throw refused(
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
  }
}
