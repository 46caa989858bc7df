import type { ApiResource } from "../../../shared/contract.ts";
import { apiVersionOf } from "../../../shared/kubernetes/object.ts";
import { ApiError } from "../errors.ts";
import type { Connection } from "./connection.ts";

interface AggregatedResource {
  resource: string;
  responseKind?: { kind: string };
  scope: "Namespaced" | "Cluster";
  verbs?: string[];
  shortNames?: string[];
  categories?: string[];
  subresources?: { subresource: string }[];
}
interface AggregatedList {
  kind: string;
  items: { metadata?: { name?: string }; versions: { version: string; resources?: AggregatedResource[] }[] }[];
}
interface LegacyResources {
  resources: { name: string; kind: string; namespaced: boolean; verbs: string[]; shortNames?: string[]; categories?: string[] }[];
}

const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

/** Everything that a cluster serves, each version of it, preferred versions first within a group. */
export async function discover(connection: Connection): Promise<ApiResource[]> {
  const [core, groups] = await Promise.all(["/api", "/apis"].map((path) => discoverRoot(connection, path)));
  return [...core!, ...groups!];
}

async function discoverRoot(connection: Connection, path: string): Promise<ApiResource[]> {
  const answer = await connection.json<AggregatedList & Record<string, unknown>>({ path, accept: aggregated });
  if (answer.kind === "APIGroupDiscoveryList") return answer.items.flatMap(ofAggregatedGroup);
  return path === "/api" ? legacyVersion(connection, "", "v1") : legacyGroups(connection, answer as never);
}

const ofAggregatedGroup = (group: AggregatedList["items"][number]): ApiResource[] =>
  group.versions.flatMap(({ version, resources = [] }) =>
    resources.map((resource) => ({
      group: group.metadata?.name ?? "",
      version,
      resource: resource.resource,
      kind: resource.responseKind?.kind ?? "",
      namespaced: resource.scope === "Namespaced",
      verbs: resource.verbs ?? [],
      shortNames: resource.shortNames ?? [],
      categories: resource.categories ?? [],
      subresources: (resource.subresources ?? []).map((sub) => sub.subresource),
    })),
  );

async function legacyGroups(connection: Connection, list: { groups?: { name: string; versions: { version: string }[] }[] }): Promise<ApiResource[]> {
  const versions = (list.groups ?? []).flatMap((group) => group.versions.map(({ version }) => ({ group: group.name, version })));
  // One broken aggregated API must not hide the others.
  const parts = await Promise.all(versions.map(({ group, version }) => legacyVersion(connection, group, version).catch(ignoreApiErrors)));
  return parts.flat();
}

function ignoreApiErrors(error: unknown): ApiResource[] {
  if (error instanceof ApiError) return [];
  throw error;
}

async function legacyVersion(connection: Connection, group: string, version: string): Promise<ApiResource[]> {
  const path = group ? `/apis/${apiVersionOf({ group, version })}` : `/api/${version}`;
  const { resources } = await connection.json<LegacyResources>({ path });
  return resources
    .filter(({ name }) => !name.includes("/"))
    .map((entry) => ({
      group,
      version,
      resource: entry.name,
      kind: entry.kind,
      namespaced: entry.namespaced,
      verbs: entry.verbs,
      shortNames: entry.shortNames ?? [],
      categories: entry.categories ?? [],
      subresources: resources.filter(({ name }) => name.startsWith(`${entry.name}/`)).map(({ name }) => name.slice(entry.name.length + 1)),
    }));
}

/** The version to use of each resource: the first that discovery names. */
export function preferredResources(resources: ApiResource[]): ApiResource[] {
  const seen = new Set<string>();
  return resources.filter(({ group, resource }) => {
    const key = `${resource}.${group}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** `/apis/apps/v1/namespaces/default/deployments/web`; without a name the collection, without a namespace all of them. */
export function resourcePath(ref: { group: string; version: string; resource: string; namespace?: string; name?: string }, subresource = ""): string {
  const root = ref.group ? `/apis/${ref.group}/${ref.version}` : `/api/${ref.version}`;
  const namespace = ref.namespace ? `/namespaces/${encodeURIComponent(ref.namespace)}` : "";
  const name = ref.name ? `/${encodeURIComponent(ref.name)}` : "";
  return `${root}${namespace}/${ref.resource}${name}${subresource && `/${subresource}`}`;
}
