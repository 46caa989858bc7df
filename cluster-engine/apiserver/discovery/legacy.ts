import { createHash } from "node:crypto";
import { document, type Answer } from "../request/answer.ts";
import { coreGroups, type DiscoveredGroup, type DiscoveredResource, type DiscoveredVersion } from "./groups.ts";

/** `/api`. `address` is host:port. */
export const coreVersions = (address: string): Answer =>
  document({ kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }] });

/** `/apis`. */
export const groupList = (groups: DiscoveredGroup[]): Answer =>
  document({ kind: "APIGroupList", apiVersion: "v1", groups: groups.map(describeGroup) });

/** `/apis/<group>`. */
export const group = (found: DiscoveredGroup): Answer => document({ kind: "APIGroup", apiVersion: "v1", ...describeGroup(found) });

function describeGroup({ metadata, versions }: DiscoveredGroup) {
  const described = versions.map(({ version }) => ({ groupVersion: `${metadata.name}/${version}`, version }));
  return { name: metadata.name, versions: described, preferredVersion: described[0] };
}

/** `/api/v1`, `/apis/<group>/<version>`. */
export function resourceList(groupName: string, found: DiscoveredVersion): Answer {
  const groupVersion = groupName ? `${groupName}/${found.version}` : found.version;
  const resources = found.resources.flatMap((resource) => describeResource(resource, groupName, found.version));
  return document({ kind: "APIResourceList", ...(groupName ? { apiVersion: "v1" } : {}), groupVersion, resources });
}

export const coreResourceList = (): Answer => resourceList("", coreGroups[0]!.versions[0]!);

function describeResource(resource: DiscoveredResource, group: string, version: string): object[] {
  const namespaced = resource.scope === "Namespaced";
  const { shortNames, categories } = resource;
  const own = {
    name: resource.resource,
    singularName: resource.singularResource,
    namespaced,
    kind: resource.responseKind.kind,
    verbs: resource.verbs,
    ...(shortNames ? { shortNames } : {}),
    ...(categories ? { categories } : {}),
    ...(resource.verbs.includes("watch") ? { storageVersionHash: storageVersionHash(group, version, resource.responseKind.kind) } : {}),
  };
  const subresources = (resource.subresources ?? []).map(({ subresource, responseKind, verbs }) => ({
    name: `${resource.resource}/${subresource}`,
    singularName: "",
    namespaced,
    ...otherGroup(responseKind, group, version),
    kind: responseKind?.kind ?? "",
    verbs,
  }));
  return [own, ...subresources];
}

/** Lets clients see that the storage version has changed. */
const storageVersionHash = (group: string, version: string, kind: string): string =>
  createHash("sha256").update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString("base64");

/** Named only where a subresource answers with a kind of another group: `autoscaling/v1` for a Scale. */
function otherGroup(kind: { group: string; version: string } | undefined, group: string, version: string): object {
  if (!kind?.version || (kind.group === group && kind.version === version)) return {};
  return { group: kind.group, version: kind.version };
}
