import type { KubeObject, ResourceRef } from "../../shared/kubernetes/object.ts";
import { apiVersionOf } from "../../shared/kubernetes/object.ts";

/** A resource as code names it: `Pods`, `Deployments`. `T` is the type of its objects. */
export interface ResourceType<T extends KubeObject = KubeObject> extends ResourceRef {
  kind: string;
  namespaced: boolean;
  /** Never set; carries `T`. */
  readonly object?: T;
}

/** `/api/v1/namespaces/ns/pods/name/status`, with the parts that are given. */
export function resourcePath(type: ResourceType, key: { namespace?: string; name?: string } = {}, subresource?: string): string {
  const root = type.group ? `/apis/${apiVersionOf(type)}` : `/api/${type.version}`;
  const scope = type.namespaced && key.namespace ? `/namespaces/${key.namespace}` : "";
  const name = key.name ? `/${encodeURIComponent(key.name)}` : "";
  return `${root}${scope}/${type.resource}${name}${subresource ? `/${subresource}` : ""}`;
}
