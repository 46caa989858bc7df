import { keyOf, type KubeObject, type ObjectKey } from "../../../shared/kubernetes/object.ts";
import type { OwnerReference } from "../../../shared/kubernetes/types.ts";
import type { ResourceType } from "../../api/resourceType.ts";

export interface GraphNode {
  uid: string;
  type: ResourceType;
  key: ObjectKey;
  owners: OwnerReference[];
  deleting: boolean;
  /** Being deleted in the foreground: waits for its dependents. */
  waitsForDependents: boolean;
  /** Being deleted with its dependents to be orphaned. */
  orphans: boolean;
}

export const foregroundFinalizer = "foregroundDeletion";
export const orphanFinalizer = "orphan";

/** Who owns whom, by uid; also of owners that are not (or no longer) there. */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>();
  readonly #dependents = new Map<string, Set<string>>();

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  dependentsOf(uid: string): GraphNode[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((each) => this.#nodes.get(each) ?? []);
  }

  /** Takes in the state of an object. Answers with the uids that are to be looked at because of it. */
  upsert(type: ResourceType, object: KubeObject): string[] {
    const old = this.#nodes.get(object.metadata.uid);
    const node = nodeOf(type, object);
    this.#nodes.set(node.uid, node);
    const kept = new Set(node.owners.map(({ uid }) => uid));
    for (const { uid } of old?.owners ?? []) if (!kept.has(uid)) this.#unlink(uid, node.uid);
    for (const { uid } of node.owners) this.#link(uid, node.uid);
    return this.#concerned(node, old);
  }

  /** Forgets an object. Answers with the uids that are to be looked at because of it. */
  remove(uid: string): string[] {
    const node = this.#nodes.get(uid);
    if (!node) return [];
    this.#nodes.delete(uid);
    for (const owner of node.owners) this.#unlink(owner.uid, uid);
    const waiting = node.owners.map((owner) => owner.uid).filter((owner) => this.#nodes.get(owner)?.waitsForDependents);
    return [...(this.#dependents.get(uid) ?? []), ...waiting];
  }

  #concerned(node: GraphNode, old: GraphNode | undefined): string[] {
    const concerned: string[] = [];
    if (node.orphans || node.waitsForDependents) concerned.push(node.uid);
    if (node.waitsForDependents && !old?.waitsForDependents) concerned.push(...(this.#dependents.get(node.uid) ?? []));
    // A dependent that lets go of a waiting owner, or blocks it no more, may free it.
    for (const { uid } of old?.owners ?? []) if (this.#nodes.get(uid)?.waitsForDependents) concerned.push(uid);
    const known = new Set(old?.owners.map(({ uid }) => uid));
    const suspicious = node.owners.some(({ uid }) => !known.has(uid) && (!this.#nodes.has(uid) || this.#nodes.get(uid)!.waitsForDependents));
    if (suspicious) concerned.push(node.uid);
    return concerned;
  }

  #link(owner: string, dependent: string): void {
    const dependents = this.#dependents.get(owner);
    if (dependents) dependents.add(dependent);
    else this.#dependents.set(owner, new Set([dependent]));
  }

  #unlink(owner: string, dependent: string): void {
    const dependents = this.#dependents.get(owner);
    dependents?.delete(dependent);
    if (dependents?.size === 0) this.#dependents.delete(owner);
  }
}

export function nodeOf(type: ResourceType, { metadata }: KubeObject): GraphNode {
  const { uid, name, namespace, ownerReferences = [], finalizers = [] } = metadata;
  const deleting = metadata.deletionTimestamp !== undefined;
  return {
    uid,
    type,
    key: namespace ? { namespace, name } : { name },
    owners: ownerReferences,
    deleting,
    waitsForDependents: deleting && finalizers.includes(foregroundFinalizer),
    orphans: deleting && finalizers.includes(orphanFinalizer),
  };
}

export const describe = ({ type, key }: GraphNode): string => `${type.resource}/${keyOf(key)}`;
