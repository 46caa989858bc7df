import type { ResourceRef } from "../../shared/kubernetes/object.ts";
import discovery from "./data/discovery.json" with { type: "json" };
import type { ResourceType } from "./resourceType.ts";
import type { GroupVersionKind } from "./schemas.ts";

export interface Subresource {
  name: string;
  kind: GroupVersionKind;
  verbs: string[];
}

/** One built-in resource of one version, as discovery describes it. */
export interface ResourceEntry extends ResourceType {
  singular: string;
  /** Sorted: create, delete, deletecollection, get, list, patch, update, watch. */
  verbs: string[];
  shortNames: string[];
  categories: string[];
  subresources: Subresource[];
  /** Group, version and resource under which objects are stored; differs where two groups or versions serve the same objects. */
  storage: ResourceRef;
}

interface DiscoveredResource {
  resource: string;
  responseKind: GroupVersionKind;
  scope: string;
  singularResource: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
  subresources?: { subresource: string; responseKind?: GroupVersionKind; verbs: string[] }[];
}

interface DiscoveredGroup {
  metadata: { name?: string };
  versions: { version: string; resources: DiscoveredResource[] }[];
}

/** Resources whose objects are stored as those of another. */
const sharedStorage: Record<string, ResourceRef> = {
  "events.k8s.io/v1/events": { group: "", version: "v1", resource: "events" },
  "autoscaling/v1/horizontalpodautoscalers": { group: "autoscaling", version: "v2", resource: "horizontalpodautoscalers" },
};

const refKey = ({ group, version, resource }: ResourceRef): string => `${group}/${version}/${resource}`;
const kindKey = ({ group, version, kind }: GroupVersionKind): string => `${group}/${version}/${kind}`;

/** Kinds of other groups that answer subresources carry their own group; own ones leave it out. */
function kindOf(found: GroupVersionKind | undefined, group: string, version: string): GroupVersionKind {
  if (found?.version) return found;
  return { group: found?.group || group, version, kind: found?.kind ?? "" };
}

function entry(group: string, version: string, found: DiscoveredResource): ResourceEntry {
  const ref = { group, version, resource: found.resource };
  return {
    ...ref,
    kind: found.responseKind.kind,
    namespaced: found.scope === "Namespaced",
    singular: found.singularResource,
    verbs: found.verbs,
    shortNames: found.shortNames ?? [],
    categories: found.categories ?? [],
    subresources: (found.subresources ?? []).map((sub) => ({
      name: sub.subresource,
      kind: kindOf(sub.responseKind, group, version),
      verbs: sub.verbs,
    })),
    storage: sharedStorage[refKey(ref)] ?? ref,
  };
}

const groups = [...discovery.api.items, ...discovery.apis.items] as DiscoveredGroup[];

/** Every built-in resource, in discovery's order. */
export const resourceTable: readonly ResourceEntry[] = groups.flatMap((group) =>
  group.versions.flatMap(({ version, resources }) => resources.map((found) => entry(group.metadata.name ?? "", version, found))),
);

const byRef = new Map(resourceTable.map((found) => [refKey(found), found]));
const byKind = new Map(resourceTable.map((found) => [kindKey(found), found]));

export const findResource = (ref: ResourceRef): ResourceEntry | undefined => byRef.get(refKey(ref));
export const findKind = (kind: GroupVersionKind): ResourceEntry | undefined => byKind.get(kindKey(kind));
