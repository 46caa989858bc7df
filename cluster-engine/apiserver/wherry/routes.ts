import { pageNotFound, type Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { methodNotAllowed } from "../request/statusErrors.ts";
import type { ServerContext } from "../serverContext.ts";
import { journalResource } from "./journal.ts";
import { podScheduling, schedulingReview } from "./scheduling.ts";
import { createSnapshot, deleteSnapshot, listSnapshots } from "./snapshots.ts";
import { usage } from "./usage.ts";

type Handler = (call: ApiCall, context: ServerContext) => Answer | Promise<Answer>;

/** By resource and verb. A GET of a name is `get`, without one `list`. */
const handlers: Record<string, Partial<Record<string, Handler>>> = {
  journal: { get: journalResource, list: journalResource },
  podschedulings: { get: podScheduling, list: podScheduling },
  snapshots: { get: listSnapshots, list: listSnapshots, create: createSnapshot, delete: deleteSnapshot },
  schedulingreviews: { create: schedulingReview },
  usage: { get: usage, list: usage },
};

/** `/apis/wherry.dev/v1/…`: what only this cluster can tell. */
export function wherryResource(call: ApiCall, context: ServerContext): Answer | Promise<Answer> {
  const { resource, verb } = call.info;
  const served = Object.hasOwn(handlers, resource) ? handlers[resource] : undefined;
  if (!served) return pageNotFound();
  const handler = served[verb];
  if (!handler) throw methodNotAllowed();
  return handler(call, context);
}
