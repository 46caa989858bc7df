import type { Pod } from "../../../shared/kubernetes/types.ts";
import type { StoredObject } from "./storedObject.ts";

/** Fields by whose value watchers and objects are found without a look at all others, as kube-apiserver's watch triggers. */
export type RouteField = "metadata.name" | "spec.nodeName";

/** Only objects whose `field` is `value` are wanted. */
export interface Route {
  field: RouteField;
  value: string;
}

const readers: Record<RouteField, (object: StoredObject) => string> = {
  "metadata.name": (object) => object.name,
  "spec.nodeName": (object) => (object.object as Pod).spec?.nodeName ?? "",
};

/** The route of a field requirement, where there is one. */
export function routeOf(resource: { group: string; resource: string }, field: string, value: string): Route | undefined {
  if (field === "metadata.name") return { field, value };
  return field === "spec.nodeName" && resource.group === "" && resource.resource === "pods" && value ? { field, value } : undefined;
}

/** What is under each value of a field: objects, watchers. */
export class FieldIndex<T> {
  readonly #read: (object: StoredObject) => string;
  readonly #values = new Map<string, Set<T>>();

  constructor(field: RouteField) {
    this.#read = readers[field];
  }

  valueOf(object: StoredObject): string {
    return this.#read(object);
  }

  get(value: string): ReadonlySet<T> | undefined {
    return this.#values.get(value);
  }

  add(value: string, item: T): void {
    const items = this.#values.get(value);
    if (items) items.add(item);
    else this.#values.set(value, new Set([item]));
  }

  remove(value: string, item: T): void {
    const items = this.#values.get(value);
    items?.delete(item);
    if (items?.size === 0) this.#values.delete(value);
  }
}
