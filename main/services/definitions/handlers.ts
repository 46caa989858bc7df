import type { DefinitionsMessage, SchemaMessage } from "../../../shared/definitions.ts";
import type { CustomResourceDefinition } from "../../../shared/kubernetes/types.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { Clusters } from "../clusters/clusters.ts";
import { latest } from "../port/latest.ts";
import type { StreamEnds, StreamHandlers, StreamSource } from "../port/types.ts";
import type { Clock } from "../time.ts";
import { freshnessOf } from "../watch/freshness.ts";
import { definitionOf } from "./definition.ts";
import { InstanceCounts } from "./instanceCounts.ts";
import { schemaTree } from "./schemaTree.ts";

const resource = { group: "apiextensions.k8s.io", version: "v1", resource: "customresourcedefinitions" };

/** The CustomResourceDefinitions of a cluster, and their schemas one by one. */
export const definitionStreams = (clusters: Clusters, clock: Clock): Pick<StreamHandlers, "definitions" | "schema"> => ({
  definitions: { pace: 500, open: ({ cluster }, ends) => definitionsStream(clusters.get(cluster), clock, ends) },
  schema: { pace: 500, open: ({ cluster, name, version }, ends) => schemaStream(clusters.get(cluster), name, version, ends) },
});

function definitionsStream(cluster: Cluster, clock: Clock, ends: StreamEnds): StreamSource<DefinitionsMessage> {
  const lease = cluster.caches.lease(resource);
  const counts = new InstanceCounts(cluster.connection, clock, () => ends.wake());
  const state = (): DefinitionsMessage => {
    const definitions = [...lease.cache.entries()].map(({ object }) => definitionOf(object as CustomResourceDefinition));
    counts.keepOnly(definitions.flatMap(({ instances }) => instances ?? []));
    return {
      definitions: definitions
        .map((definition) => ({ ...definition, ...(definition.instances ? counts.of(definition.instances) : {}) }))
        .sort((a, b) => a.group.localeCompare(b.group) || a.kind.localeCompare(b.kind)),
      freshness: freshnessOf(lease.cache.status, resource),
    };
  };
  return latest(state, (wake) => subscribed(lease.cache.subscribe({ changed: wake, status: wake }), [lease, counts], wake), ends);
}

function schemaStream(cluster: Cluster, name: string, version: string, ends: StreamEnds): StreamSource<SchemaMessage> {
  const lease = cluster.caches.lease(resource);
  const state = (): SchemaMessage => schemaOf(lease.cache.get(name)?.object as CustomResourceDefinition | undefined, version);
  return latest(state, (wake) => subscribed(lease.cache.subscribe({ changed: wake }), [lease], wake), ends);
}

function schemaOf(definition: CustomResourceDefinition | undefined, version: string): SchemaMessage {
  const found = definition?.spec.versions.find((each) => each.name === version);
  const schema = found?.schema?.openAPIV3Schema;
  return {
    ...(schema ? schemaTree(schema) : { root: null, truncated: false }),
    columns: (found?.additionalPrinterColumns ?? []).map(({ name, type, jsonPath, description = "" }) => ({ name, type, jsonPath, description })),
    subresources: Object.keys(found?.subresources ?? {}),
  };
}

function subscribed(subscription: Disposable, held: Disposable[], wake: () => void): Disposable {
  wake();
  return {
    [Symbol.dispose]() {
      for (const each of [subscription, ...held]) each[Symbol.dispose]();
    },
  };
}
