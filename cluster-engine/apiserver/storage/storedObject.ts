import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { KeyValue, Revision } from "../../store/types.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * One version of an object as the store has it: its JSON bytes (`{"kind":…,"apiVersion":…,` first), and the parsed
 * object, made at first use and frozen. Shared by everyone who reads.
 */
export class StoredObject {
  /** Absent while it is only in the store. */
  #bytes: Uint8Array | undefined;
  #load: (() => Uint8Array) | undefined;
  readonly revision: Revision;
  /** "" for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  #object: KubeObject | undefined;
  /** Made at hand with the bytes, and not asked for yet. */
  #unread: KubeObject | undefined;

  constructor(bytes: Uint8Array, revision: Revision, namespace: string, name: string, object?: KubeObject) {
    this.#bytes = bytes;
    this.revision = revision;
    this.namespace = namespace;
    this.name = name;
    this.#unread = object;
  }

  get bytes(): Uint8Array {
    return this.#bytes ?? this.#load!();
  }

  /** Leaves its bytes to the store: each use reads them by `load`. */
  leave(load: () => Uint8Array): void {
    this.#load = load;
    this.#bytes = this.#object = this.#unread = undefined;
  }

  /** Takes its bytes back: the store will not keep them for long. */
  recall(): void {
    this.#bytes = this.bytes;
    this.#load = undefined;
  }

  get object(): KubeObject {
    if (this.#load) return deepFreeze(JSON.parse(decoder.decode(this.bytes)) as KubeObject);
    if (!this.#object) {
      this.#object = deepFreeze(this.#unread ?? (JSON.parse(decoder.decode(this.bytes)) as KubeObject));
      this.#unread = undefined;
    }
    return this.#object;
  }

  /** Keeps the bytes alone of what nobody has asked for. */
  forgetUnread(): void {
    this.#unread = undefined;
  }
}

/** Reads a store's entry; `prefix` is the key prefix of the resource. */
export function storedObjectOf(entry: KeyValue, prefix: string): StoredObject {
  const known = recent.get(entry.value);
  if (known instanceof StoredObject) return known;
  const rest = entry.key.slice(prefix.length);
  const slash = rest.indexOf("/");
  const stored = new StoredObject(entry.value, entry.modRevision, slash < 0 ? "" : rest.slice(0, slash), rest.slice(slash + 1), known);
  if (known) recent.set(entry.value, stored);
  return stored;
}

/** What was written lately, by its bytes: the writer's answer, the watch cache and its watchers share one object, never parsed. */
const recent = new Map<Uint8Array, KubeObject | StoredObject>();
const recentSize = 512;

function remember(bytes: Uint8Array, object: KubeObject): void {
  recent.set(bytes, object);
  if (recent.size > recentSize) for (const oldest of recent.keys()) return void recent.delete(oldest);
}

/** An object that is served but not stored as it is: a converted version, a dry run's result, a Scale. */
export function unstoredObject(object: KubeObject): StoredObject {
  const { namespace = "", name = "", resourceVersion } = object.metadata as Partial<KubeObject["metadata"]>;
  return new StoredObject(encodeObject(object), Number(resourceVersion ?? 0), namespace, name, deepFreeze(object));
}

const metadataOrder = [
  "name",
  "generateName",
  "namespace",
  "selfLink",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "labels",
  "annotations",
  "ownerReferences",
  "finalizers",
  "managedFields",
];

/**
 * JSON with kind, apiVersion and metadata first, in Kubernetes' order: lists rely on the head's fixed length.
 * With a `resourceVersion` these are the bytes to store, and nothing of the (canonical) object may be changed from then on.
 */
export function encodeObject(object: KubeObject, resourceVersion?: string): Uint8Array {
  const whole = ordered(object, resourceVersion);
  const bytes = encoder.encode(JSON.stringify(whole));
  if (resourceVersion !== undefined) remember(bytes, whole);
  return bytes;
}

function ordered({ kind, apiVersion, metadata, ...rest }: KubeObject, resourceVersion?: string): KubeObject {
  return { kind, apiVersion, metadata: orderMetadata(metadata, resourceVersion), ...rest } as unknown as KubeObject;
}

function orderMetadata(metadata: KubeObject["metadata"], resourceVersion: string | undefined): Record<string, unknown> {
  const source = { ...metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) } as unknown as Record<string, unknown>;
  const ordered: Record<string, unknown> = {};
  for (const key of metadataOrder) if (source[key] !== undefined) ordered[key] = source[key];
  for (const key of Object.keys(source)) if (!(key in ordered)) ordered[key] = source[key];
  return ordered;
}

export function deepFreeze<T>(value: T): T {
  if (value === null || typeof value !== "object" || Object.isFrozen(value)) return value;
  for (const child of Object.values(value)) deepFreeze(child);
  return Object.freeze(value);
}
