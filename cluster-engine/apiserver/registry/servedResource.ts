import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { ResourceType } from "../../api/resourceType.ts";
import type { StoredObject } from "../storage/storedObject.ts";
import { unstoredObject } from "../storage/storedObject.ts";
import type { WatchCache } from "../storage/watchCache.ts";
import type { Strategy } from "../strategy.ts";
import type { CustomResource } from "../customResources/customResource.ts";

export interface ServedSubresource {
  name: string;
  group: string;
  version: string;
  kind: string;
  verbs: readonly string[];
}

/** Between the version that is asked for and the one that is stored. Both make new objects. */
export interface Conversion {
  toServed(object: KubeObject): KubeObject;
  toStored(object: KubeObject): KubeObject;
}

/** One resource in one version, as the server offers it. */
export interface ServedResource extends ResourceType {
  singular: string;
  listKind: string;
  shortNames: readonly string[];
  categories: readonly string[];
  verbs: readonly string[];
  subresources: ReadonlyMap<string, ServedSubresource>;
  /** Where objects live: the resource in its storage version. */
  storage: ResourceType;
  cache: WatchCache;
  strategy: Strategy;
  /** Absent for the storage version. */
  conversion?: Conversion;
  /** Absent for built-in resources. */
  custom?: CustomResource;
}

export const storageApiVersion = ({ storage }: ServedResource): string => (storage.group ? `${storage.group}/${storage.version}` : storage.version);

/** By conversion: a custom resource's is another one when its definition has changed. */
const converted = new WeakMap<Conversion, WeakMap<StoredObject, StoredObject>>();

/** The object in the version that `resource` serves; made once. */
export function served({ conversion }: ServedResource, stored: StoredObject): StoredObject {
  if (!conversion) return stored;
  let views = converted.get(conversion);
  if (!views) converted.set(conversion, (views = new WeakMap()));
  let view = views.get(stored);
  if (!view) views.set(stored, (view = unstoredObject(conversion.toServed(structuredClone(stored.object)))));
  return view;
}

/** Length of `{"kind":…,"apiVersion":…,` in stored bytes: items of lists go without it. 0 keeps the head (custom resources). */
export function headLength(resource: ServedResource): number {
  if (resource.custom) return 0;
  const apiVersion = resource.group ? `${resource.group}/${resource.version}` : resource.version;
  return Buffer.byteLength(JSON.stringify({ kind: resource.kind, apiVersion }));
}
