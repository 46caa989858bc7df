import type { Pod } from "../../../shared/kubernetes/types.ts";
import { document, pageNotFound, type Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { notFound } from "../request/statusErrors.ts";
import type { ServerContext } from "../serverContext.ts";
import { apiVersion } from "./apiVersion.ts";

/** `usage/nodes/NAME`, `usage/namespaces/NS/pods/NAME`: samples of the last hour, oldest first. */
export function usage(call: ApiCall, context: ServerContext): Answer {
  const [, , , , , ...parts] = call.path.split("/").map(decodeURIComponent);
  if (parts[0] === "nodes" && parts.length === 2) return nodeUsage(parts[1]!, context);
  if (parts[0] === "namespaces" && parts[2] === "pods" && parts.length === 4) return podUsage(parts[1]!, parts[3]!, context);
  return pageNotFound();
}

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
