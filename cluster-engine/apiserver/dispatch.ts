import type { ServedResource } from "./registry/servedResource.ts";
import { pageNotFound, type Answer } from "./request/answer.ts";
import { warn, type ApiCall } from "./request/apiCall.ts";
import { methodNotAllowed, unknownResource } from "./request/statusErrors.ts";
import { resourceMetrics } from "./metrics/resourceMetrics.ts";
import { wherryResource } from "./wherry/routes.ts";
import { specialSubresources } from "./subresources/registry.ts";
import { specialResources } from "./reviews/registry.ts";
import { create } from "./verbs/create.ts";
import { deleteOne } from "./verbs/delete.ts";
import { deleteCollection } from "./verbs/deleteCollection.ts";
import { get } from "./verbs/get.ts";
import { list } from "./verbs/list.ts";
import { patch } from "./verbs/patch.ts";
import { update } from "./verbs/update.ts";
import type { Verb } from "./verbs/verbContext.ts";
import { watch } from "./verbs/watch.ts";
import type { ServerContext } from "./serverContext.ts";

const deprecations: Record<string, string> = {
  "/componentstatuses": "v1 ComponentStatus is deprecated in v1.19+",
  "/endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
};

const verbs: Record<string, Verb> = { create, get, list, watch, update, patch, delete: deleteOne, deletecollection: deleteCollection };

/** Finds the verb for a request about a resource. */
export async function dispatchResource(call: ApiCall, context: ServerContext): Promise<Answer> {
  const { group, version, resource: name } = call.info;
  if (group === "wherry.dev" && version === "v1") return wherryResource(call, context);
  if (group === "metrics.k8s.io" && version === "v1beta1") return resourceMetrics(call, context);
  const resource = context.registry.find({ group, version, resource: name });
  if (!resource) return unknown(call, context);
  checkScope(call, resource);
  return call.info.subresource ? dispatchSubresource(call, resource, context) : dispatchVerb(call, resource, context);
}

/** A missing group is a missing page; a missing resource in a known one is a Status. */
function unknown({ info }: ApiCall, { registry }: ServerContext): Answer {
  const known = registry
    .all()
    .some((resource) => resource.group === info.group && (info.group === "" || resource.version === info.version || !resource.custom));
  if (known) throw unknownResource();
  return pageNotFound();
}

/** @throws NotFound for a namespaced resource without a namespace, and the other way round */
function checkScope({ info, path }: ApiCall, resource: ServedResource): void {
  const inNamespace = path.includes("/namespaces/") && info.resource !== "namespaces";
  if (!resource.namespaced && inNamespace) throw unknownResource();
  const needsNamespace = info.verb === "create" || (info.name !== "" && info.verb !== "list" && info.verb !== "watch");
  if (resource.namespaced && !inNamespace && needsNamespace) throw info.verb === "create" && !info.name ? methodNotAllowed() : unknownResource();
}

function dispatchVerb(call: ApiCall, resource: ServedResource, context: ServerContext): Answer | Promise<Answer> {
  const { verb, name, group } = call.info;
  const named = ["get", "update", "patch", "delete"].includes(verb);
  if (!resource.verbs.includes(verb) || (named && !name) || (verb === "create" && name)) throw methodNotAllowed();
  const deprecation = deprecations[`${group}/${resource.resource}`];
  if (deprecation) warn(call, deprecation);
  const special = specialResources[`${group}/${resource.resource}`]?.[verb];
  return (special ?? verbs[verb]!)(call, resource, context);
}

function dispatchSubresource(call: ApiCall, resource: ServedResource, context: ServerContext): Answer | Promise<Answer> {
  const { subresource, verb } = call.info;
  const described = resource.subresources.get(subresource);
  if (!described) throw unknownResource();
  const special = specialSubresources[subresource];
  const handler = special ? special[verb] : described.verbs.includes(verb) ? verbs[verb] : undefined;
  if (!handler) throw methodNotAllowed();
  return handler(call, resource, context);
}
