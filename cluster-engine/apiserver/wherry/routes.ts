import type { Pod } from "../../../shared/kubernetes/types.ts";
import { document, pageNotFound, type Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { methodNotAllowed, notFound } from "../request/statusErrors.ts";
import type { ServerContext } from "../serverContext.ts";
import { integerParameter } from "../verbs/queryOptions.ts";

const apiVersion = "wherry.dev/v1";

/** `/apis/wherry.dev/v1/…`: what only this cluster can tell. */
export function wherryResource(call: ApiCall, context: ServerContext): Answer {
  if (call.info.verb !== "get" && call.info.verb !== "list") throw methodNotAllowed();
  const [, , , , ...parts] = call.path.split("/").map(decodeURIComponent);
  if (parts[0] === "journal" && parts.length === 1) return journal(call, context);
  if (parts[0] === "usage" && parts[1] === "nodes" && parts.length === 3) return nodeUsage(parts[2]!, context);
  if (parts[0] === "usage" && parts[1] === "namespaces" && parts[3] === "pods" && parts.length === 5) return podUsage(parts[2]!, parts[4]!, context);
  return pageNotFound();
}

/** The latest writes. Query: `group`, `resource`, `namespace`, `name`, `uid`, `user`, `after` (a revision), `limit`. */
function journal(call: ApiCall, { journal: entries, caches }: ServerContext): Answer {
  const parameter = (name: string) => call.query.get(name) ?? undefined;
  const items = entries.find({
    group: parameter("group"),
    resource: parameter("resource"),
    namespace: parameter("namespace"),
    name: parameter("name"),
    uid: parameter("uid"),
    user: parameter("user"),
    after: integerParameter(call.query, "after") ?? 0,
    limit: integerParameter(call.query, "limit") ?? 500,
  });
  return document({ kind: "JournalEntryList", apiVersion, metadata: { resourceVersion: String(caches.revision) }, items });
}

/** Usage of the last hour, oldest first. */
function nodeUsage(name: string, { nodes }: ServerContext): Answer {
  const node = nodes(name);
  if (!node) throw notFound({ group: "", resource: "nodes" }, name);
  return document({ kind: "NodeUsage", apiVersion, metadata: { name }, samples: node.nodeUsage() });
}

function podUsage(namespace: string, name: string, { nodes, registry }: ServerContext): Answer {
  const pod = registry.cacheOf({ group: "", resource: "pods" }).get(namespace, name)?.object as Pod | undefined;
  if (!pod) throw notFound({ group: "", resource: "pods" }, name);
  const containers = (pod.spec?.nodeName && nodes(pod.spec.nodeName)?.podUsage({ namespace, pod: name })) || {};
  return document({ kind: "PodUsage", apiVersion, metadata: { namespace, name }, containers });
}
