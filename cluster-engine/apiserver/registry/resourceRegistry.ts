import type { ResourceRef } from "../../../shared/kubernetes/object.ts";
import type { ResourceType } from "../../api/resourceType.ts";
import { resourceTable, type ResourceEntry } from "../../api/resourceTable.ts";
import type { WatchCaches } from "../storage/watchCaches.ts";
import { keyPrefix } from "../storage/watchCaches.ts";
import type { Strategy } from "../strategy.ts";
import { withCleanup } from "../customResources/definitionStrategy.ts";
import { conversions } from "./conversions.ts";
import type { ServedResource } from "./servedResource.ts";

export type StrategyFor = (type: { group: string; resource: string }) => Strategy;

const refKey = ({ group, version, resource }: ResourceRef): string => `${group}/${version}/${resource}`;

/** Everything that is served: the built-in table and, as they come and go, custom resources. */
export class ResourceRegistry {
  readonly #caches: WatchCaches;
  readonly #strategyFor: StrategyFor;
  readonly #builtIn = new Map<string, ServedResource>();
  readonly #custom = new Map<string, ServedResource>();
  /** Raised when custom resources change: discovery and OpenAPI are made anew. */
  generation = 0;

  constructor(caches: WatchCaches, strategyFor: StrategyFor) {
    this.#caches = caches;
    this.#strategyFor = strategyFor;
    for (const entry of resourceTable) this.#builtIn.set(refKey(entry), this.#serve(entry));
  }

  find(ref: ResourceRef): ServedResource | undefined {
    return this.#builtIn.get(refKey(ref)) ?? this.#custom.get(refKey(ref));
  }

  /** Built-in resources in discovery's order, then custom ones. */
  all(): ServedResource[] {
    return [...this.#builtIn.values(), ...this.#custom.values()];
  }

  custom(): ServedResource[] {
    return [...this.#custom.values()];
  }

  /** Serves exactly these custom resources. */
  replaceCustom(resources: ServedResource[]): void {
    this.#custom.clear();
    for (const resource of resources) this.#custom.set(refKey(resource), resource);
    this.generation++;
  }

  /** True when anything is served in this group and version. */
  hasVersion(group: string, version: string): boolean {
    return this.all().some((resource) => resource.group === group && resource.version === version);
  }

  cacheOf(type: { group: string; resource: string }) {
    return this.#caches.of(keyPrefix(type));
  }

  strategyFor(type: { group: string; resource: string }): Strategy {
    return this.#strategyFor(type);
  }

  #serve(entry: ResourceEntry): ServedResource {
    const storage = storageType(entry);
    const conversion = conversions[refKey(entry)];
    return {
      group: entry.group,
      version: entry.version,
      resource: entry.resource,
      kind: entry.kind,
      namespaced: entry.namespaced,
      singular: entry.singular,
      listKind: `${entry.kind}List`,
      shortNames: entry.shortNames,
      categories: entry.categories,
      verbs: entry.verbs,
      subresources: new Map(entry.subresources.map((sub) => [sub.name, { ...sub.kind, name: sub.name, verbs: sub.verbs }])),
      storage,
      cache: this.#caches.of(keyPrefix(storage)),
      strategy: entry.resource === "customresourcedefinitions" ? withCleanup(this.#strategyFor(storage)) : this.#strategyFor(storage),
      ...(conversion ? { conversion } : {}),
    };
  }
}

const storageType = (entry: ResourceEntry): ResourceType => ({ ...entry.storage, kind: entry.kind, namespaced: entry.namespaced });
