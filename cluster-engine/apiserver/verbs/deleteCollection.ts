import { hasReason } from "../../api/statusError.ts";
import { deleteObject } from "../registry/objectDeletion.ts";
import { served, type ServedResource } from "../registry/servedResource.ts";
import type { Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import type { StoredObject } from "../storage/storedObject.ts";
import { parseDeleteOptions } from "./deleteOptions.ts";
import { parseListOptions } from "./listOptions.ts";
import { selectionOf } from "./selection.ts";
import type { VerbContext } from "./verbContext.ts";

/** DELETE of a collection: each object that the selectors match. Answers with the list as it was. */
export async function deleteCollection(call: ApiCall, resource: ServedResource, context: VerbContext): Promise<Answer> {
  parseListOptions(call.query, false);
  const options = await parseDeleteOptions(call);
  const selection = selectionOf(resource, call.query);
  const revision = context.caches.revision;
  const items = resource.cache.list((resource.namespaced && call.info.namespace) || undefined).filter((object) => selection.matches(object));
  const dryRun = Boolean(options.dryRun?.length);
  const results = await Promise.all(items.map((object) => remove(object)));
  const failure = results.find((result) => result !== undefined);
  if (failure) throw failure;
  return { type: "list", resource, items: items.map((item) => served(resource, item)), metadata: { resourceVersion: String(revision) } };

  /** The failure, unless someone else was faster. */
  async function remove(object: StoredObject): Promise<Error | undefined> {
    const one: ApiCall = {
      ...call,
      info: { ...call.info, namespace: object.namespace, name: object.name },
      header: call.header.bind(call),
      body: call.body.bind(call),
    };
    try {
      await deleteObject({ call: one, resource, context, options: { dryRun, fieldManager: "" }, subresource: "" }, object.name, { ...options });
      return undefined;
    } catch (error) {
      return hasReason(error, "NotFound") ? undefined : (error as Error);
    }
  }
}
