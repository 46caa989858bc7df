import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { ResourceType } from "../api/resourceType.ts";
import type { Transport } from "./types.ts";

export interface DiscoveredResource extends ResourceType<KubeObject> {
  verbs: string[];
  /** `status`, `scale` … */
  subresources: string[];
}

interface GroupDiscoveryList {
  items: {
    metadata: { name?: string };
    versions: { version: string; resources: ResourceDiscovery[] }[];
  }[];
}

interface ResourceDiscovery {
  resource: string;
  responseKind?: { kind: string };
  scope: string;
  verbs: string[];
  subresources?: { subresource: string }[];
}

const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

/** Every resource that the API serves now, each in the version that its group prefers. @throws StatusError */
export async function discoverResources(transport: Transport): Promise<DiscoveredResource[]> {
  const documents = await Promise.all(["/api", "/apis"].map((path) => fetchDocument(transport, path)));
  const found = new Map<string, DiscoveredResource>();
  for (const { items } of documents)
    for (const { metadata, versions } of items)
      for (const { version, resources } of versions)
        for (const { resource, responseKind, scope, verbs, subresources = [] } of resources) {
          const group = metadata.name ?? "";
          const id = `${resource}.${group}`;
          // Versions come in order of preference.
          const kind = responseKind?.kind ?? "";
          const names = subresources.map(({ subresource }) => subresource);
          if (!found.has(id)) found.set(id, { group, version, resource, kind, namespaced: scope === "Namespaced", verbs, subresources: names });
        }
  return [...found.values()];
}

/** In process the document may come as the text that the server keeps. */
async function fetchDocument(transport: Transport, path: string): Promise<GroupDiscoveryList> {
  const answer = await transport.send({ method: "GET", path, headers: { accept } });
  return (typeof answer === "string" ? JSON.parse(answer) : answer) as GroupDiscoveryList;
}
