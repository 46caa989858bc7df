import { keyOf, type KubeObject, type ObjectKey } from "../../shared/kubernetes/object.ts";
import type { ResourceType } from "../../cluster-engine/api/resourceType.ts";
import type { Store, StoreEvent } from "../../cluster-engine/store/types.ts";

/** One write, as the store tells it. */
export interface Change {
  /** `pods`, `deployments.apps`. */
  resource: string;
  object: KubeObject;
  /** Absent on creation. */
  previous?: KubeObject;
  deleted: boolean;
  /** The test itself is changing (or evicting) this object right now. */
  touched?: boolean;
  /** Monotonic, ms. */
  at: number;
}

interface Version {
  at: number;
  /** Absent: it was deleted. */
  object?: KubeObject;
}

/** All objects as they are and as they were, from a watch on the store: the truth, without any cache between. */
export class History {
  readonly #resources = new Map<string, Map<string, Version[]>>();
  readonly changes: Change[] = [];
  readonly #time: () => number;

  constructor(time: () => number) {
    this.#time = time;
  }

  follow(store: Store, onChange: (change: Change) => void): Disposable {
    const onEvents = (events: StoreEvent[]) => {
      for (const event of events) if (!isNoise(event.current.key)) onChange(this.put(this.#changeOf(event)));
    };
    return store.watch({
      prefix: "/registry/",
      after: 0,
      onEvents,
      onError: (error) => {
        throw error;
      },
    });
  }

  /** Takes a change in. */
  put(change: Change): Change {
    const versions = this.#versions(change.resource, keyOf(change.object.metadata), true);
    versions.push(change.deleted ? { at: change.at } : { at: change.at, object: change.object });
    this.changes.push(change);
    return change;
  }

  list<T extends KubeObject>(type: ResourceType<T>, namespace?: string): T[] {
    const all = [...(this.#resources.get(nameOf(type))?.values() ?? [])].flatMap((versions) => versions.at(-1)!.object ?? []) as T[];
    return namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace);
  }

  /** Everything there is. */
  all(): KubeObject[] {
    return [...this.#resources.values()].flatMap((keys) => [...keys.values()].flatMap((versions) => versions.at(-1)!.object ?? []));
  }

  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): T | undefined {
    return this.#versions(nameOf(type), keyOf(key)).at(-1)?.object as T | undefined;
  }

  /** The states that the object was in at some time since `since` (monotonic ms), the present one last. */
  since<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, since: number): T[] {
    const versions = this.#versions(nameOf(type), keyOf(key));
    const first = versions.findLastIndex(({ at }) => at <= since);
    return versions.slice(Math.max(0, first)).flatMap(({ object }) => object ?? []) as T[];
  }

  #versions(resource: string, key: string, make = false): Version[] {
    let keys = this.#resources.get(resource);
    if (!keys) this.#resources.set(resource, (keys = new Map()));
    let versions = keys.get(key);
    if (!versions) {
      versions = [];
      if (make) keys.set(key, versions);
    }
    return versions;
  }

  #changeOf({ type, current }: StoreEvent): Change {
    const [group, kind] = current.key.slice("/registry/".length).split("/") as [string, string];
    const resource = group === "core" ? kind : `${kind}.${group}`;
    const object = decode(current.value);
    const previous = this.#versions(resource, keyOf(object.metadata)).at(-1)?.object;
    return {
      resource,
      object,
      ...(previous ? { previous } : {}),
      deleted: type === "delete",
      at: this.#time(),
    };
  }
}

export const nameOf = ({ group, resource }: { group: string; resource: string }): string => (group ? `${resource}.${group}` : resource);

/** Signs of life and reports: they never end. */
const isNoise = (key: string): boolean => key.startsWith("/registry/core/events/") || key.startsWith("/registry/coordination.k8s.io/leases/");

const decoder = new TextDecoder();
const decode = (bytes: Uint8Array): KubeObject => JSON.parse(decoder.decode(bytes)) as KubeObject;
