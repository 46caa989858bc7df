import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { KeyValue, Revision } from "../../store/types.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * One version of an object as the store has it: its JSON bytes (`{"kind":…,"apiVersion":…,` first), and the parsed
 * object, made at first use and frozen. Shared by everyone who reads.
 */
export class StoredObject {
  readonly bytes: Uint8Array;
  readonly revision: Revision;
  /** "" for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  #object: KubeObject | undefined;

  constructor(bytes: Uint8Array, revision: Revision, namespace: string, name: string, object?: KubeObject) {
    this.bytes = bytes;
    this.revision = revision;
    this.namespace = namespace;
    this.name = name;
    this.#object = object;
  }

  get object(): KubeObject {
    return (this.#object ??= deepFreeze(JSON.parse(decoder.decode(this.bytes)) as KubeObject));
  }
}

/** Reads a store's entry; `prefix` is the key prefix of the resource. */
export function storedObjectOf(entry: KeyValue, prefix: string): StoredObject {
  const rest = entry.key.slice(prefix.length);
  const slash = rest.indexOf("/");
  return new StoredObject(entry.value, entry.modRevision, slash < 0 ? "" : rest.slice(0, slash), rest.slice(slash + 1));
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

/** JSON with kind, apiVersion and metadata first, in Kubernetes' order: lists rely on the head's fixed length. */
export function encodeObject(object: KubeObject, resourceVersion?: string): Uint8Array {
  const { kind, apiVersion, metadata, ...rest } = object;
  return encoder.encode(JSON.stringify({ kind, apiVersion, metadata: orderMetadata(metadata, resourceVersion), ...rest }));
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
