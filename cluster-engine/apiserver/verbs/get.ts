import { notFound, tooLargeResourceVersion } from "../request/statusErrors.ts";
import type { Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { served, type ServedResource } from "../registry/servedResource.ts";
import type { StoredObject } from "../storage/storedObject.ts";
import type { VerbContext } from "./verbContext.ts";
import { revisionParameter } from "./listOptions.ts";

/** GET of one object, from the cache: what was acknowledged to any writer is in it. */
export function get(call: ApiCall, resource: ServedResource, context: VerbContext): Answer {
  const wanted = revisionParameter(call.query.get("resourceVersion"));
  if (wanted !== undefined && wanted > context.caches.revision) throw tooLargeResourceVersion(wanted, context.caches.revision);
  return { type: "object", code: 200, resource, object: served(resource, existing(resource, call.info.namespace, call.info.name)) };
}

/** @throws NotFound */
export function existing(resource: ServedResource, namespace: string, name: string): StoredObject {
  const stored = resource.cache.get(resource.namespaced ? namespace : "", name);
  if (!stored) throw notFound(resource, name);
  return stored;
}
