import { apiVersionOf } from "../../shared/kubernetes/object.ts";
import type { ResourceType } from "../api/resourceType.ts";
import { StatusError } from "../api/statusError.ts";

export interface ParsedPath {
  type: ResourceType;
  namespace?: string;
  name?: string;
  subresource?: string;
}

const namespaceSubresources = new Set(["status", "finalize"]);

/** Splits a resource path by `types` (keyed `pods`, `deployments.apps`). @throws StatusError 404 for unknown ones. */
export function parsePath(path: string, types: ReadonlyMap<string, ResourceType>): ParsedPath {
  const parts = path.split("/").filter(Boolean).map(decodeURIComponent);
  const group = parts[0] === "apis" ? parts[1]! : "";
  const rest = parts.slice(parts[0] === "apis" ? 3 : 2);
  let namespace: string | undefined;
  if (rest[0] === "namespaces" && rest.length > 2 && !namespaceSubresources.has(rest[2]!)) {
    namespace = rest[1];
    rest.splice(0, 2);
  }
  const [resource = "", name, subresource] = rest;
  const type = types.get(group ? `${resource}.${group}` : resource);
  if (!type) throw new StatusError(404, "NotFound", "the server could not find the requested resource");
  return { type, namespace, name, subresource };
}

const allVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/** Aggregated discovery of `/api` (core) or `/apis`. */
export function discoveryOf(types: ResourceType[], root: string): unknown {
  const groups = new Map<string, ResourceType[]>();
  for (const type of types) if ((type.group === "") === (root === "/api")) groups.set(type.group, [...(groups.get(type.group) ?? []), type]);
  const items = [...groups].map(([name, members]) => ({ metadata: { name }, versions: versionsOf(members) }));
  return { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", metadata: {}, items };
}

function versionsOf(types: ResourceType[]): unknown[] {
  const versions = new Map<string, ResourceType[]>();
  for (const type of types) versions.set(apiVersionOf(type), [...(versions.get(apiVersionOf(type)) ?? []), type]);
  return [...versions.values()].map((members) => ({
    version: members[0]!.version,
    freshness: "Current",
    resources: members.map(({ group, version, kind, resource, namespaced }) => ({
      resource,
      responseKind: { group, version, kind },
      scope: namespaced ? "Namespaced" : "Cluster",
      verbs: allVerbs,
    })),
  }));
}
