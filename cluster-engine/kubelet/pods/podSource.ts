import { resourcePath, type ResourceType } from "../../api/resourceType.ts";
import type { ApiRequest, Transport } from "../../client/types.ts";

/** A transport whose lists and watches of one resource see only what `fieldSelector` admits: a node reads its own alone. */
export function selecting(transport: Transport, type: ResourceType, fieldSelector: string): Transport {
  const path = resourcePath(type);
  const narrowed = (request: ApiRequest): ApiRequest =>
    request.method === "GET" && request.path === path ? { ...request, query: { ...request.query, fieldSelector } } : request;
  return {
    send: (request) => transport.send(narrowed(request)),
    watch: (request, sink) => transport.watch(narrowed(request), sink),
  };
}
