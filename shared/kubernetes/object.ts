import type { ListMeta, ObjectMeta } from "./types.ts";

/** What every persistent object has. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

export interface KubeList<T> {
  apiVersion: string;
  kind: string;
  metadata: ListMeta;
  items: T[];
}

/** An object still to be sent: the server fills in apiVersion, kind and the rest of metadata. */
export type New<T extends KubeObject> = Omit<T, "apiVersion" | "kind" | "metadata"> &
  Partial<Pick<T, "apiVersion" | "kind">> & { metadata: Partial<ObjectMeta> };

/** Names one object of one resource. `namespace` is absent for cluster-scoped resources. */
export interface ObjectKey {
  namespace?: string;
  name: string;
}

/** Names a resource, as discovery does. `group` is "" for core. */
export interface ResourceRef {
  group: string;
  version: string;
  /** Plural, lower case: `pods`. */
  resource: string;
}

export const apiVersionOf = (ref: { group: string; version: string }): string => (ref.group ? `${ref.group}/${ref.version}` : ref.version);

/** Splits an apiVersion such as `apps/v1`. */
export function parseApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? { group: "", version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** `namespace/name`, or `name` for cluster-scoped objects: the key of caches and work queues. */
export const keyOf = (key: ObjectKey): string => (key.namespace ? `${key.namespace}/${key.name}` : key.name);

export function parseKey(key: string): ObjectKey {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
