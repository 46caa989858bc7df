import type { ListMeta } from "../../../shared/kubernetes/types.ts";
import { CompactedError, FutureRevisionError } from "../../store/types.ts";
import { served, type ServedResource } from "../registry/servedResource.ts";
import type { Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { badRequest, expired, tooLargeResourceVersion } from "../request/statusErrors.ts";
import { decodeContinue, encodeContinue } from "../storage/continueToken.ts";
import { storedObjectOf, type StoredObject } from "../storage/storedObject.ts";
import { parseListOptions, type ListOptions } from "./listOptions.ts";
import { type Selection, selectionOf } from "./selection.ts";
import type { VerbContext } from "./verbContext.ts";

interface Page {
  items: StoredObject[];
  metadata: ListMeta;
}

/** GET of a collection. The newest state comes from the cache; pages after the first and exact revisions from the store. */
export async function list(call: ApiCall, resource: ServedResource, context: VerbContext): Promise<Answer> {
  const options = parseListOptions(call.query, false);
  const namespace = resource.namespaced ? call.info.namespace : "";
  const { items, metadata } = await readPage(resource, namespace, options, selectionOf(resource, call.query), context);
  return { type: "list", resource, items: resource.conversion ? items.map((item) => served(resource, item)) : items, metadata };
}

async function readPage(
  resource: ServedResource,
  namespace: string,
  options: ListOptions,
  selection: Selection,
  context: VerbContext,
): Promise<Page> {
  const request = {
    prefix: namespace ? `${resource.cache.prefix}${namespace}/` : resource.cache.prefix,
    // None, and a negative one: no limit.
    limit: options.limit && options.limit > 0 ? options.limit : Infinity,
    selection,
    resource,
  };
  if (options.continue) return continued(request, options, context);
  if (options.resourceVersion !== undefined && options.resourceVersion > context.caches.revision)
    throw tooLargeResourceVersion(options.resourceVersion, context.caches.revision);
  if (options.resourceVersion && (options.match === "Exact" || (!options.match && options.limit)))
    return pageAt(request, options.resourceVersion, undefined, context);
  // A limit means nothing where any state will do, as in Kubernetes' own watch cache.
  return pageOfCache({ ...request, limit: options.resourceVersion === 0 ? Infinity : request.limit }, namespace, context);
}

interface PageRequest {
  prefix: string;
  limit: number;
  selection: Selection;
  resource: ServedResource;
}

function pageOfCache({ prefix, limit, selection, resource }: PageRequest, namespace: string, { caches }: VerbContext): Page {
  const { route } = selection;
  const all = route ? resource.cache.listRoute(route, namespace || undefined) : resource.cache.list(namespace || undefined);
  const metadata: ListMeta = { resourceVersion: String(caches.revision) };
  if (selection.everything && all.length <= limit) return { items: all, metadata };
  const items: StoredObject[] = [];
  let at = 0;
  for (; at < all.length && items.length < limit; at++) if (selection.matches(all[at]!)) items.push(all[at]!);
  if (at < all.length) Object.assign(metadata, continuation(keyIn(prefix, resource, all[at - 1]!), caches.revision, selection, all.length - at));
  return { items, metadata };
}

function keyIn(prefix: string, resource: ServedResource, object: StoredObject): string {
  const key = resource.cache.prefix + (object.namespace ? `${object.namespace}/` : "") + object.name;
  return key.slice(prefix.length);
}

const continuation = (lastKey: string, revision: number, selection: Selection, remaining: number): Partial<ListMeta> => ({
  continue: encodeContinue(lastKey, revision),
  ...(selection.everything ? { remainingItemCount: remaining } : {}),
});

function continued(request: PageRequest, options: ListOptions, context: VerbContext): Promise<Page> {
  const { lastKey, revision } = decodeContinue(options.continue);
  if (options.resourceVersion) throw badRequest("specifying resource version is not allowed when using continue");
  return pageAt(request, revision < 0 ? undefined : revision, lastKey, context);
}

/** Reads from the store, as of `revision`, until the page is full. */
async function pageAt(request: PageRequest, revision: number | undefined, startAfter: string | undefined, context: VerbContext): Promise<Page> {
  const { prefix, limit, selection, resource } = request;
  const items: StoredObject[] = [];
  let from = startAfter;
  let at = revision;
  for (;;) {
    const wanted = limit === Infinity ? undefined : limit - items.length;
    const range = await context.caches.store
      .range({
        prefix,
        ...(from === undefined ? {} : { startAfter: prefix + from }),
        ...(wanted === undefined ? {} : { limit: wanted }),
        ...(at === undefined ? {} : { revision: at }),
      })
      .catch((error: unknown) => refuse(error, startAfter, context));
    at = range.revision;
    for (const entry of range.items) {
      const object = storedObjectOf(entry, resource.cache.prefix);
      if (selection.matches(object)) items.push(object);
      from = entry.key.slice(prefix.length);
    }
    const metadata: ListMeta = { resourceVersion: String(at) };
    if (!range.more) return { items, metadata };
    if (items.length >= limit) return { items, metadata: { ...metadata, ...continuation(from!, at, selection, range.remaining) } };
  }
}

function refuse(error: unknown, lastKey: string | undefined, { caches }: VerbContext): never {
  if (error instanceof FutureRevisionError) throw tooLargeResourceVersion(Infinity, caches.revision);
  if (!(error instanceof CompactedError)) throw error;
  if (lastKey === undefined) throw expired("The resourceVersion for the provided list is too old.");
  throw expired(
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
    { continue: encodeContinue(lastKey, -1) },
  );
}
