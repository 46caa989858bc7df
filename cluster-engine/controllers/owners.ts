import { apiVersionOf, type KubeObject } from "../../shared/kubernetes/object.ts";
import type { OwnerReference } from "../../shared/kubernetes/types.ts";
import type { ResourceType } from "../api/resourceType.ts";
import { hasReason } from "../api/statusError.ts";
import type { Client, Informer } from "../client/types.ts";

export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((reference) => reference.controller);

export const isControlledBy = (object: KubeObject, owner: KubeObject): boolean => controllerOf(object)?.uid === owner.metadata.uid;

/** The reference by which an object names its managing controller. */
export const controllerReference = (type: ResourceType, { metadata: { name, uid } }: KubeObject): OwnerReference => ({
  apiVersion: apiVersionOf(type),
  kind: type.kind,
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});

const index = "controller";

const orphansOf = (namespace: string): string => `orphans/${namespace}`;

/** Lets `dependants` and `candidates` find objects by their controller. */
export function indexByController<T extends KubeObject>(informer: Informer<T>): Informer<T> {
  informer.addIndex(index, (object) => [controllerOf(object)?.uid ?? orphansOf(object.metadata.namespace)]);
  return informer;
}

/** The objects that `owner` controls. */
export const dependants = <T extends KubeObject>(informer: Informer<T>, owner: KubeObject): T[] => informer.byIndex(index, owner.metadata.uid);

/** Those, and what no controller has. */
export const candidates = <T extends KubeObject>(informer: Informer<T>, owner: KubeObject): T[] => [
  ...dependants(informer, owner),
  ...orphans(informer, owner.metadata.namespace),
];

export const orphans = <T extends KubeObject>(informer: Informer<T>, namespace: string): T[] => informer.byIndex(index, orphansOf(namespace));

/** The key of the controller of `object`, when that is of `type` and known under the same uid. */
export function ownerKey(owners: Informer<KubeObject>, object: KubeObject): string[] {
  const reference = controllerOf(object);
  if (!reference || reference.kind !== owners.type.kind || reference.apiVersion !== apiVersionOf(owners.type)) return [];
  const key = `${object.metadata.namespace}/${reference.name}`;
  return owners.get(key)?.metadata.uid === reference.uid ? [key] : [];
}

/**
 * The keys that a change of `object` concerns: its controller or, when it has none, every owner that might adopt it.
 */
export function wakesOwners<O extends KubeObject>(owners: Informer<O>, wants: (owner: O, labels: Record<string, string>) => boolean) {
  return (object: KubeObject): string[] => {
    if (controllerOf(object)) return ownerKey(owners as unknown as Informer<KubeObject>, object);
    const labels = object.metadata.labels;
    if (!labels || object.metadata.deletionTimestamp) return [];
    return owners
      .list(object.metadata.namespace)
      .filter((owner) => wants(owner, labels))
      .map((owner) => `${owner.metadata.namespace}/${owner.metadata.name}`);
  };
}

export interface ClaimRequest<T extends KubeObject> {
  client: Client;
  type: ResourceType<T>;
  owner: KubeObject;
  ownerType: ResourceType;
  selects(labels: Record<string, string>): boolean;
  /** From `candidates`. */
  objects: T[];
  /** Set on what is adopted. */
  finalizer?: string;
}

/**
 * The objects that belong to `owner`: adopts matching ones that nobody controls, releases its own that match no more.
 * @throws StatusError when a patch is refused for another reason than that the object is gone.
 */
export async function claim<T extends KubeObject>(request: ClaimRequest<T>): Promise<T[]> {
  const { objects, owner, selects } = request;
  const claimed: T[] = [];
  for (const object of objects) {
    const matches = selects(object.metadata.labels ?? {});
    if (isControlledBy(object, owner)) {
      if (matches) claimed.push(object);
      else if (!owner.metadata.deletionTimestamp) await release(request, object);
    } else if (matches && !controllerOf(object) && !owner.metadata.deletionTimestamp && !object.metadata.deletionTimestamp) {
      if (await adopt(request, object)) claimed.push(object);
    }
  }
  return claimed;
}

async function adopt<T extends KubeObject>({ client, type, owner, ownerType, finalizer }: ClaimRequest<T>, object: T): Promise<boolean> {
  // The cache may be behind: an owner that is being deleted must not take anything.
  const fresh = await client.resource(ownerType).get(owner.metadata);
  if (fresh.metadata.uid !== owner.metadata.uid)
    throw new Error(`original ${ownerType.kind} ${owner.metadata.namespace}/${owner.metadata.name} is gone`);
  if (fresh.metadata.deletionTimestamp) return false;
  const { uid } = object.metadata;
  const finalizers = finalizer ? { finalizers: [finalizer] } : {};
  return patchReferences(client, type, object, { metadata: { uid, ownerReferences: [controllerReference(ownerType, owner)], ...finalizers } });
}

async function release<T extends KubeObject>({ client, type, owner }: ClaimRequest<T>, object: T): Promise<boolean> {
  const { uid } = object.metadata;
  return patchReferences(client, type, object, { metadata: { uid, ownerReferences: [{ $patch: "delete", uid: owner.metadata.uid }] } });
}

async function patchReferences<T extends KubeObject>(client: Client, type: ResourceType<T>, object: T, patch: unknown): Promise<boolean> {
  try {
    await client.resource(type).patch(object.metadata, patch, { type: "strategic" });
    return true;
  } catch (error) {
    if (hasReason(error, "NotFound") || hasReason(error, "Invalid")) return false;
    throw error;
  }
}
