import discovered from "../../api/data/discovery.json" with { type: "json" };
import type { ResourceRegistry } from "../registry/resourceRegistry.ts";
import type { ServedResource } from "../registry/servedResource.ts";
import { wherryGroup } from "../wherry/discovery.ts";

export interface DiscoveredSubresource {
  subresource: string;
  responseKind?: { group: string; version: string; kind: string };
  verbs: string[];
}

export interface DiscoveredResource {
  resource: string;
  responseKind: { group: string; version: string; kind: string };
  scope: string;
  singularResource: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
  subresources?: DiscoveredSubresource[];
}

export interface DiscoveredVersion {
  version: string;
  resources: DiscoveredResource[];
  freshness: string;
}

export interface DiscoveredGroup {
  metadata: { name?: string };
  versions: DiscoveredVersion[];
}

/** Usage of nodes and pods, for `kubectl top`. */
const metricsGroup: DiscoveredGroup = {
  metadata: { name: "metrics.k8s.io" },
  versions: [
    {
      version: "v1beta1",
      resources: [
        {
          resource: "nodes",
          responseKind: { group: "", version: "", kind: "NodeMetrics" },
          scope: "Cluster",
          singularResource: "",
          verbs: ["get", "list"],
        },
        {
          resource: "pods",
          responseKind: { group: "", version: "", kind: "PodMetrics" },
          scope: "Namespaced",
          singularResource: "",
          verbs: ["get", "list"],
        },
      ],
      freshness: "Current",
    },
  ],
};

export const coreGroups = discovered.api.items as DiscoveredGroup[];
const builtInGroups = discovered.apis.items as DiscoveredGroup[];

/** All groups but core, in the order of preference: built-in, custom, metrics, the cluster's own. */
export function namedGroups(registry: ResourceRegistry): DiscoveredGroup[] {
  return [...builtInGroups, ...customGroups(registry.custom()), metricsGroup, wherryGroup];
}

function customGroups(resources: ServedResource[]): DiscoveredGroup[] {
  const groups = new Map<string, Map<string, DiscoveredResource[]>>();
  for (const resource of resources) {
    const versions = groups.get(resource.group) ?? new Map<string, DiscoveredResource[]>();
    groups.set(resource.group, versions);
    versions.set(resource.version, [...(versions.get(resource.version) ?? []), describe(resource)]);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, versions]) => ({
      metadata: { name },
      versions: [...versions]
        .sort(([a], [b]) => compareVersions(a, b))
        .map(([version, found]) => ({ version, resources: found, freshness: "Current" })),
    }));
}

function describe(resource: ServedResource): DiscoveredResource {
  const { group, version, kind } = resource;
  return {
    resource: resource.resource,
    responseKind: { group, version, kind },
    scope: resource.namespaced ? "Namespaced" : "Cluster",
    singularResource: resource.singular,
    verbs: [...resource.verbs],
    ...(resource.shortNames.length ? { shortNames: [...resource.shortNames] } : {}),
    ...(resource.categories.length ? { categories: [...resource.categories] } : {}),
    ...(resource.subresources.size
      ? {
          subresources: [...resource.subresources.values()].map((sub) => ({
            subresource: sub.name,
            responseKind: { group: sub.group, version: sub.version, kind: sub.kind },
            verbs: [...sub.verbs],
          })),
        }
      : {}),
  };
}

/** `v2` before `v1` before `v2beta1` before `v1alpha1` before anything else, as Kubernetes orders versions. */
export function compareVersions(a: string, b: string): number {
  const [first, second] = [rank(a), rank(b)];
  for (let i = 0; i < first.length; i++) if (first[i] !== second[i]) return second[i]! - first[i]!;
  return a < b ? -1 : 1;
}

function rank(version: string): number[] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (!match) return [0, 0, 0];
  const stability = match[2] === undefined ? 3 : match[2] === "beta" ? 2 : 1;
  return [stability, Number(match[1]), Number(match[3] ?? 0)];
}
