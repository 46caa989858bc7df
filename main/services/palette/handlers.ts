import type { PaletteHit } from "../../../shared/contract.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { Clusters } from "../clusters/clusters.ts";
import { preferredResources } from "../clusters/discovery.ts";
import type { RequestHandlers } from "../port/types.ts";
import { ref } from "../views/kindView.ts";

interface Scored {
  hit: PaletteHit;
  score: number;
}

/** Kinds, namespaces, clusters and every object that some open cache knows, by how well their names match. */
export const paletteRequests = (clusters: Clusters): Pick<RequestHandlers, "palette.search"> => ({
  "palette.search": async ({ query, cluster: id, limit }) => {
    const cluster = clusters.get(id);
    const found = [...(await kindHits(cluster, query)), ...objectHits(cluster, query), ...clusterHits(clusters, query)];
    return found
      .sort((a, b) => b.score - a.score || a.hit.title.localeCompare(b.hit.title))
      .slice(0, limit)
      .map(({ hit }) => hit);
  },
});

/** 0: no match. Exact before prefix before word before anywhere. */
function matchScore(name: string, query: string): number {
  const [text, wanted] = [name.toLowerCase(), query.trim().toLowerCase()];
  if (!wanted) return 1;
  if (text === wanted) return 100;
  if (text.startsWith(wanted)) return 80;
  if (new RegExp(`[-./ ]${wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`).test(text)) return 60;
  return text.includes(wanted) ? 40 : 0;
}

async function kindHits(cluster: Cluster, query: string): Promise<Scored[]> {
  const resources = preferredResources(await cluster.resources()).filter(({ verbs }) => verbs.includes("watch"));
  return resources.flatMap((resource) => {
    const score = Math.max(
      matchScore(resource.resource, query),
      matchScore(resource.kind, query),
      ...resource.shortNames.map((name) => (name === query.trim().toLowerCase() ? 95 : 0)),
    );
    const { group, version, resource: name, kind } = resource;
    return score > 0
      ? [
          {
            score: score + 5,
            hit: {
              kind: "resource" as const,
              title: kind,
              subtitle: group || "core",
              cluster: cluster.id,
              resource: { group, version, resource: name },
            },
          },
        ]
      : [];
  });
}

function objectHits(cluster: Cluster, query: string): Scored[] {
  if (!query.trim()) return [];
  // One object may be in several caches: of its namespace and of all.
  const found = new Map<string, Scored>();
  for (const cache of cluster.caches.open()) {
    const { group, version, resource } = cache.target;
    if (resource === "events" || cache.target.name) continue;
    for (const { object } of cache.entries()) {
      const { name, namespace, uid } = object.metadata;
      const score = matchScore(name, query);
      if (score === 0) continue;
      const target = { group, version, resource };
      const hit: PaletteHit =
        resource === "namespaces"
          ? { kind: "namespace", title: name, subtitle: "Namespace", cluster: cluster.id }
          : {
              kind: "object",
              title: name,
              subtitle: [object.kind, namespace].filter(Boolean).join(" · "),
              cluster: cluster.id,
              object: ref(target, name, namespace),
              resource: target,
            };
      found.set(uid, { hit, score });
    }
  }
  return [...found.values()];
}

function clusterHits(clusters: Clusters, query: string): Scored[] {
  return clusters.summaries.flatMap(({ id, name, server }) => {
    const score = matchScore(name, query);
    return score > 0 ? [{ score, hit: { kind: "cluster" as const, title: name, subtitle: server, cluster: id } }] : [];
  });
}
